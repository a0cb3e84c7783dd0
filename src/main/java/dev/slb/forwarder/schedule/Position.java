package dev.slb.forwarder.schedule;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How far a group has been walked through: one per group, counting picks since it began, whatever happens to its tables.
 * Listeners that share a group share its position, so that the sum of their traffic follows the weights.
 */
public final class Position {

    private final AtomicLong picks = new AtomicLong();

    long next() {
        return picks.getAndIncrement();
    }

    long get() {
        return picks.get();
    }
}
