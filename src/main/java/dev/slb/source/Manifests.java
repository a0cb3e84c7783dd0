package dev.slb.source;

import java.nio.file.Path;
import java.util.List;

/** Reads manifests once, for example for {@code slb validate}. */
public final class Manifests {
    private Manifests() {}

    /**
     * Reads files and folders: {@code *.yaml}, {@code *.yml} and {@code *.json}, with any number of documents, in folders
     * of folders too; a folder with a {@code kustomization.yaml} stands for its {@code resources}.
     *
     * <p>Objects of the four kinds get the defaults of the CRDs and are checked as an API server checks them at create, but
     * strictly: unknown fields are problems. What the CRDs can not see (references, conflicts, quotas) is left to
     * translation.
     */
    public static ManifestSet read(List<Path> paths) {
        ManifestLoader loader = new ManifestLoader(paths);
        return loader.load(loader.list());
    }
}
