package dev.slb.forwarder.schedule;

/**
 * What a choice may depend on. Implemented by the connection or request itself, so that picking allocates nothing; the
 * hashes are asked for only by a picker that needs them, so they may be computed then.
 */
public interface PickContext {

    /** The first attempt of something that nothing is known of. */
    PickContext FIRST = candidate -> false;

    /** Whether an attempt on this candidate has failed already: then another one is chosen. */
    boolean tried(Object candidate);

    /** Whether an attempt has failed already. A choice that is not the first takes nobody's turn. */
    default boolean isRetry() {
        return this != FIRST;
    }

    /** {@link Hashes#source} of the client's address: the same for all that one client does, on every forwarder. */
    default long sourceHash() {
        return 0;
    }

    /** {@link Hashes#flow} of the client's address and port and those that it connected to. */
    default long flowHash() {
        return sourceHash();
    }

    /** UDP: {@link QuicConnectionId#hash}, or {@link #flowHash} of what is not QUIC. */
    default long connectionIdHash() {
        return flowHash();
    }
}
