package dev.slb.plan;

/** What checks say of a server, from good to bad. */
public enum Health {
    /** Admitted by its checks. */
    NORMAL,
    /** Nobody checks it. */
    UNCHECKED,
    /** No verdict yet. */
    UNAVAILABLE,
    /** Failed its checks. */
    ABNORMAL;

    public Health worse(Health other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
