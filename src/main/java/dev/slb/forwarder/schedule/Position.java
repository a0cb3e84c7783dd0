package dev.slb.forwarder.schedule;

import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/**
 * How far a group has been walked through: one per group, counting picks since it began, whatever happens to its tables.
 * Listeners that share a group share its position, so that the sum of their traffic follows the weights.
 *
 * <p>Retries have a place of their own: whoever can't be reached would else cost the next one its turn, and of two servers the dead
 * one would be tried first by everybody.
 */
public final class Position {

    /** 2^64 divided by the golden ratio. */
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private final AtomicLong picks = new AtomicLong();
    private final AtomicLong retries = new AtomicLong();
    private final RandomGenerator chance;

    /** @param chance only used by whoever replaces the group's tables */
    public Position(RandomGenerator chance) {
        this.chance = chance;
    }

    long next() {
        return picks.getAndIncrement();
    }

    long get() {
        return picks.get();
    }

    /** Whether something comes true that does so {@code part} times in {@code of}. */
    boolean chance(long part, long of) {
        return chance.nextLong(of) < part;
    }

    /**
     * Where a retry falls, from 0 to 1 exclusively. However many there were, they are spread evenly, and so is every second or third
     * of them (the multiples of the golden ratio): those that avoid one server don't skew those that avoid another.
     */
    double nextRetry() {
        return (retries.getAndIncrement() * GOLDEN >>> 11) * 0x1p-53;
    }
}
