package dev.slb.forwarder.table;

import dev.slb.plan.DocumentId;

import java.util.concurrent.atomic.LongAdder;

/**
 * One server as one group has it, the same for all listeners: what picking gives. Counts what runs over it for all of them; what a
 * listener has of it is a {@link Usage}.
 */
public final class Member {

    private final DocumentId group;
    private final Server server;
    private final String name;
    private final int hash;
    // Many event loops count here for each request.
    private final LongAdder active = new LongAdder();
    private final LongAdder connecting = new LongAdder();
    private volatile boolean gone;

    public Member(DocumentId group, Server server, String name) {
        this.group = group;
        this.server = server;
        this.name = name;
        this.hash = 31 * group.name().hashCode() + server.key().id().hashCode();
    }

    public DocumentId group() {
        return group;
    }

    public Server server() {
        return server;
    }

    /** What people call the server. */
    public String name() {
        return name;
    }

    /** What counts for least connections, over all listeners: those that run, and those that are being made and will run. */
    public int load() {
        return (int) (active.sum() + connecting.sum());
    }

    /** A connection that was picked for this server is being made, and has not {@link Usage#begin begun}. */
    public void startConnecting() {
        connecting.increment();
    }

    /** It has been made, or can't be. */
    public void endConnecting() {
        connecting.decrement();
    }

    /** @return false when nobody has it any more: then nothing has begun */
    boolean begin() {
        active.increment(); // before the flag is read: retire() sets it and then reads the sum
        if (gone) {
            active.decrement();
            return false;
        }
        return true;
    }

    void finish() {
        active.decrement();
    }

    /**
     * Control thread: lets nothing begin any more, if nothing runs.
     *
     * @return false when something runs, or was just about to begin: then all is as it was
     */
    public boolean retire() {
        gone = true;
        if (active.sum() == 0) {
            return true;
        }
        gone = false;
        return false;
    }

    /** The same in each run, so that tables of members are walked through in the same order. */
    @Override
    public int hashCode() {
        return hash;
    }

    /** Only itself. */
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public String toString() {
        return server + " of " + group;
    }
}
