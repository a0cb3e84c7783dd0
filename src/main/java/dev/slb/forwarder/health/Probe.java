package dev.slb.forwarder.health;

import dev.slb.forwarder.transport.Loop;
import io.netty.channel.ChannelException;

/**
 * One kind of check of one server: it begins a check and reports its result once. When to begin, how long it may take and
 * what follows from the result is the {@link Prober}'s.
 */
interface Probe {

    /** Takes the result of one check; only the first counts. Called on the loop. */
    interface Result {

        void success();

        /** @param cause for people, such as {@code connection refused} */
        void failure(String cause);

        /** Nothing is left of the check. If there was no result until now, it has failed. */
        void closed();
    }

    /** A check that has begun. */
    interface Attempt {

        /** Ends it at once, without caring for a result: it took too long, or nobody wants to know any more. */
        void abort();
    }

    /**
     * Begins a check. Called on the loop.
     *
     * @throws ChannelException when there is no socket for it, which says nothing of the server
     */
    Attempt start(Loop loop, Result result);

    /** What it means when there is no result until the timeout: usually that the server is bad. */
    default boolean isSilenceGood() {
        return false;
    }
}
