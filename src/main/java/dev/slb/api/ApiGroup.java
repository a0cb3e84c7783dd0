package dev.slb.api;

/** The names that all kinds share. */
public final class ApiGroup {
    /** The API group of all kinds. */
    public static final String NAME = "slb.dev";

    /** The one version there is. */
    public static final String VERSION = "v1alpha1";

    /** What manifests write as {@code apiVersion}. */
    public static final String API_VERSION = NAME + "/" + VERSION;

    /** {@code kubectl get slb} lists all kinds. */
    public static final String CATEGORY = "slb";

    private ApiGroup() {}
}
