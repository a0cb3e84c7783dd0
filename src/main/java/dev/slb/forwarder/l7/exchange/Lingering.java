package dev.slb.forwarder.l7.exchange;

import java.util.concurrent.TimeUnit;

/**
 * How long a client's connection is read on when all is said: a close with bytes unread would be a reset, which takes away what the
 * client has not read yet. It ends by the client's silence, and has a bound.
 */
public final class Lingering {

    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(30);

    private long end;

    /**
     * All is said.
     *
     * @param now {@link System#nanoTime}
     * @return how long to wait for the client
     */
    public long begin(long now) {
        end = now + MOST_NANOS;
        return SILENCE_NANOS;
    }

    /** The client has sent something: how long to wait from now on, not for more than there is left. */
    public long goOn(long now) {
        return Math.max(0, Math.min(SILENCE_NANOS, end - now));
    }
}
