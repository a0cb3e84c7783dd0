package dev.slb.forwarder.limits;

import dev.slb.forwarder.transport.TimeSource;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * So many per second, without a lock: a token bucket that holds what comes in in one second, written as the one point in
 * time at which it was, or will be, empty. A new rate takes what is in the bucket as time, so it holds at once.
 */
final class Rate {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** Time at which the bucket is empty, {@link TimeSource#nanoTime}. */
    private final AtomicLong empty;

    private final TimeSource time;
    /** What one costs; 0, as at the start: no limit. */
    private volatile long costNanos;

    Rate(TimeSource time) {
        this.time = time;
        this.empty = new AtomicLong(time.nanoTime() - TimeUnit.DAYS.toNanos(1));
    }

    /** @param perSecond 0: no limit; may be less than one */
    void set(double perSecond) {
        costNanos = perSecond <= 0 ? 0 : Math.max(1, (long) (SECOND / perSecond));
    }

    /** Takes one, when there is one. */
    boolean take() {
        long cost = costNanos;
        if (cost == 0) {
            return true;
        }
        long now = time.nanoTime();
        for (; ; ) {
            long before = empty.get();
            long from = from(before, now, cost);
            if (now - from < cost) {
                return false;
            }
            if (empty.compareAndSet(before, from + cost)) {
                return true;
            }
        }
    }

    /** Whether {@link #take} would take one. */
    boolean has() {
        long cost = costNanos;
        if (cost == 0) {
            return true;
        }
        long now = time.nanoTime();
        return now - from(empty.get(), now, cost) >= cost;
    }

    /** More than a second's worth is not kept, but one always is. */
    private static long from(long empty, long now, long cost) {
        long earliest = now - Math.max(SECOND, cost);
        return empty - earliest < 0 ? earliest : empty;
    }
}
