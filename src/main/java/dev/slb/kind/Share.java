package dev.slb.kind;

/** What an object has a part of, so that the others of its LoadBalancer may get more or less when it changes. */
public enum Share {
    /** Ports of the LoadBalancer, and its quotas of listeners and of bandwidth. */
    PORTS,
    /** The quota of distinct servers. */
    SERVERS,
    NOTHING
}
