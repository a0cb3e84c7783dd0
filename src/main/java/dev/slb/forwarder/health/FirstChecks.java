package dev.slb.forwarder.health;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * The first checks of the servers of one event loop: at once, unless there are more than so many per second, as at a start. Then they
 * wait, and each server goes by its turn within its group: of every group somebody is checked soon, and small groups are through first.
 * Only used on the loop, but for {@link #waiting}.
 */
final class FirstChecks {

    /** What comes in such a time, as far as the rate allows, is checked at once. */
    private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Whose first check it is. */
    abstract static class Candidate {
        private int turn;
        private long number;
        private boolean waits;

        /** Its time has come. */
        abstract void firstCheck();
    }

    private final long costNanos;
    private final LongSupplier nanoTime;
    private final LongConsumer wakeAfter;
    private final PriorityQueue<Candidate> waiting = new PriorityQueue<>(
            Comparator.comparingInt((Candidate each) -> each.turn).thenComparingLong(each -> each.number));
    private long added;
    /** How many of those in the queue have left. */
    private int left;
    /** How many of them wait; written by the loop alone. */
    private volatile int waits;
    /** Up to which time the rate is used up. */
    private long used;

    /**
     * @param perSecond more than 0
     * @param nanoTime what time it is
     * @param wakeAfter has {@link #goOn} called in so many nanoseconds, or later
     */
    FirstChecks(int perSecond, LongSupplier nanoTime, LongConsumer wakeAfter) {
        this.costNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
        this.nanoTime = nanoTime;
        this.wakeAfter = wakeAfter;
        this.used = nanoTime.getAsLong() - BURST_NANOS;
    }

    /**
     * Checks it, now or later.
     *
     * @param turn how many of its group are to be checked before it, when not all can be at once
     */
    void add(Candidate candidate, int turn) {
        candidate.turn = turn;
        candidate.number = added++;
        candidate.waits = true;
        waiting.add(candidate);
        if (waiting.size() == 1 + left) {
            goOn();
        } else {
            waits = waiting.size() - left;
        }
    }

    /** How many wait. Any thread. */
    int waiting() {
        return waits;
    }

    /** It need not be checked any more; nothing happens when it was. */
    void remove(Candidate candidate) {
        if (!candidate.waits) {
            return;
        }
        candidate.waits = false;
        if (++left > waiting.size() / 2) { // not one by one: a whole group may leave
            waiting.removeIf(each -> !each.waits);
            left = 0;
        }
        waits = waiting.size() - left;
    }

    /** Checks as many as may be checked by now. */
    void goOn() {
        long now = nanoTime.getAsLong();
        used = Math.max(used - now, -Math.max(BURST_NANOS, costNanos)) + now;
        while (!waiting.isEmpty()) {
            if (!waiting.peek().waits) {
                waiting.poll();
                left--;
            } else if (used + costNanos - now <= 0) {
                used += costNanos;
                Candidate next = waiting.poll();
                next.waits = false;
                next.firstCheck();
            } else {
                wakeAfter.accept(used + costNanos - now);
                break;
            }
        }
        waits = waiting.size() - left;
    }
}
