package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.table.Tracked;

/**
 * A leg that can be one client's alone, from one request to the next: see {@link ClientLogin}. While no request is on it, it is
 * what runs over its server.
 */
public interface OwnLeg extends ServerLeg, Tracked {

    /** Whether it can still carry a request. */
    boolean isActive();

    /** No request is on it, and none will be. */
    void close();
}
