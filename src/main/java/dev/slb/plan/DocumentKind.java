package dev.slb.plan;

/** What a plan document describes, in the order in which documents are sent: groups before the listeners that name them. */
public enum DocumentKind {
    LOAD_BALANCER("loadbalancer"),
    POOL("pool"),
    V_SERVER_GROUP("vservergroup"),
    MASTER_SLAVE_GROUP("masterslavegroup"),
    LISTENER("listener");

    private final String text;

    DocumentKind(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }

    public boolean isGroup() {
        return this == POOL || this == V_SERVER_GROUP || this == MASTER_SLAVE_GROUP;
    }

    /** Whether it is a group whose servers are a master and a slave; in all others each has a weight. */
    public boolean hasRoles() {
        return this == MASTER_SLAVE_GROUP;
    }

    static DocumentKind of(String text) {
        for (DocumentKind kind : values()) {
            if (kind.text.equals(text)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("unknown kind of document: " + text);
    }
}
