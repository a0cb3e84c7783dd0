package dev.slb.forwarder.table;

/** The idle connections to one server that one event loop keeps for later requests. */
public interface IdlePool {

    /** Closes them all: the server left or turned abnormal. Called on the loop. */
    void clear();
}
