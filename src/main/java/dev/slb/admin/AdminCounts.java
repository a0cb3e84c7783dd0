package dev.slb.admin;

import java.util.concurrent.atomic.AtomicLongArray;

/** What an admin port counts, since the start of its process. Written by its thread, read by any. */
public final class AdminCounts {

    private final AtomicLongArray refusals = new AtomicLongArray(AdminRefusal.values().length);
    private volatile int connections;

    void refused(AdminRefusal why) {
        refusals.lazySet(why.ordinal(), refusals.get(why.ordinal()) + 1);
    }

    void connections(int open) {
        connections = open;
    }

    public long refusals(AdminRefusal why) {
        return refusals.get(why.ordinal());
    }

    /** Those that are open, the reserve included. */
    public int connections() {
        return connections;
    }
}
