package dev.slb.forwarder.schedule;

/**
 * Chooses among candidates that may all be chosen; who may be is decided when a picker is built. Immutable but for its
 * position, and used by all event loops at once.
 */
public interface Picker<T> {

    /** The next candidate that was not tried, or null when there is none. */
    T pick(PickContext context);

    /** A key has turned out to belong to a candidate. For pickers that remember; to others it means nothing. */
    default void learn(long key, T candidate) {}
}
