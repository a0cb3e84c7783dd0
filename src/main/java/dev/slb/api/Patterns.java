package dev.slb.api;

/** Patterns of the schema, in the syntax that Java and the API server (RE2) share. */
final class Patterns {
    private static final String LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
    private static final String HOST_BODY = "(\\*\\.)?" + LABEL + "(\\." + LABEL + ")*";
    private static final String LABEL_VALUE = "[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?";

    /** Printable ASCII without space and question mark: a query string takes no part in matching. */
    private static final String PATH_BODY = "/[!->@-~]*";

    static final String DNS_LABEL = "^" + LABEL + "$";
    static final String OBJECT_NAME = "^" + LABEL + "(\\." + LABEL + ")*$";
    static final String HOST = "^" + HOST_BODY + "$";
    static final String OPTIONAL_HOST = "^(" + HOST_BODY + ")?$";
    static final String OPTIONAL_HOST_NAME = "^([A-Za-z0-9.-]+)?$";
    static final String OPTIONAL_LABEL_VALUE = "^(" + LABEL_VALUE + ")?$";
    static final String OPTIONAL_QUALIFIED_NAME = "^((" + LABEL + "(\\." + LABEL + ")*/)?" + LABEL_VALUE + ")?$";
    static final String PATH = "^/[!-~]*$";
    static final String OPTIONAL_PATH = "^(" + PATH_BODY + ")?$";
    static final String RULE_NAME = "^[A-Za-z0-9._/-]+$";
    static final String OPTIONAL_COOKIE_NAME = "^([A-Za-z0-9!#%&'*+.^_`|~-][A-Za-z0-9!#$%&'*+.^_`|~-]*)?$";
    static final String CONDITION_TYPE = "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
            + "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$";
    static final String CONDITION_REASON = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$";

    /** The name of a container port: lower case, at least one letter, no two hyphens in a row. */
    static final String PORT_NAME = "^([a-z0-9]+-)*[0-9]*[a-z][a-z0-9]*(-[a-z0-9]+)*$";

    /** A quantity such as 500m or 1Gi. */
    static final String QUANTITY =
            "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$";

    private Patterns() {}
}
