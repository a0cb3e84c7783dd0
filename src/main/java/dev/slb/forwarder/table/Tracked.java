package dev.slb.forwarder.table;

/** A connection in a {@link ConnectionRegistry}. All methods are called on its event loop. */
public interface Tracked {

    /** How a connection is ended by force. */
    enum End {
        CLOSE,
        RESET
    }

    /** Place in the registry, -1 when in none. Kept for the registry, a plain field. */
    int registryIndex();

    void registryIndex(int index);

    /** Nothing new may come over it: end as soon as what runs has ended. What is still there later gets {@link #end}. */
    void drain();

    /**
     * The server that it runs over has left or turned abnormal. A connection can't move to another: for it that is a
     * {@link #drain}.
     */
    default void serverLeaves() {
        drain();
    }

    /** A bandwidth limit came while it was there; only a client's connection has anything to do then. */
    default void limitBandwidth() {}

    /** End now. Leaves its registry before this returns or soon after. */
    void end(End how);
}
