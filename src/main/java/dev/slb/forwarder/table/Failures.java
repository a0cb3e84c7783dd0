package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.TimeSource;

import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * What traffic has noticed of one server as it is spoken to: how many connections and requests have failed in a row, over all
 * listeners and event loops. These count without a lock, and a success writes only where there is something to forget.
 *
 * <p>The control thread decides what follows. It is told when it asks for that, and then once: what fails a thousand times in a
 * second must not be a thousand tasks.
 */
public final class Failures {

    /** So many in a row that nobody asks for more. */
    private static final int MOST = 1 << 20;

    private static final int NEVER = Integer.MAX_VALUE;

    private static final AtomicIntegerFieldUpdater<Failures> IN_ROW =
            AtomicIntegerFieldUpdater.newUpdater(Failures.class, "inRow");

    private final Runnable noticed;
    private volatile int inRow;
    private volatile int tellFrom = NEVER;
    private final TimeSource time;
    private volatile long lastNanos;
    private volatile String lastReason;

    /** @param noticed run on an event loop, when as many have failed as {@link #tellFrom} says */
    public Failures(TimeSource time, Runnable noticed) {
        this.time = time;
        this.lastNanos = time.nanoTime();
        this.noticed = noticed;
    }

    /**
     * A connection can't be made, or ended before a new one had an answer, or none came in time.
     *
     * @param reason how, for people
     */
    public void failed(String reason) {
        lastReason = reason;
        lastNanos = time.nanoTime(); // before it is counted: whoever sees the number sees the time
        int row = inRow < MOST ? IN_ROW.incrementAndGet(this) : MOST;
        if (row >= tellFrom) {
            tellFrom = NEVER;
            noticed.run();
        }
    }

    /** It has answered. */
    public void succeeded() {
        if (inRow != 0) {
            inRow = 0;
        }
    }

    /** Control thread: wants to be told when a failure is the one of this number, or a later one. {@link #inRow} is to be asked after that. */
    public void tellFrom(int count) {
        tellFrom = count;
    }

    /** Control thread: wants to be told of nothing. */
    public void tellNothing() {
        tellFrom = NEVER;
    }

    /** How many have failed since something succeeded. */
    public int inRow() {
        return inRow;
    }

    /** When the last one has failed, {@link TimeSource#nanoTime}; of no meaning when none has. */
    public long lastNanos() {
        return lastNanos;
    }

    /** How it has failed; null when none has. */
    public String lastReason() {
        return lastReason;
    }
}
