package dev.slb.forwarder.limits;

import dev.slb.forwarder.transport.TimeSource;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one listener moves in one direction, out of a {@link Pipe} that it may have to share with others. Connections that
 * have to wait stand in a queue: each moves what it has in hand when its turn has come, so that none is left behind.
 */
final class PipeShare {

    private final ConcurrentLinkedQueue<ShapedFlow> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    /** Bytes that it was given, raised to what others have whenever it comes back from having wanted nothing. */
    private final AtomicLong served = new AtomicLong();

    private final LongAdder waits = new LongAdder();
    private final LongAdder waitedNanos = new LongAdder();
    private final TimeSource time;
    /** Null: no limit. */
    private volatile Pipe pipe;

    PipeShare(TimeSource time) {
        this.time = time;
    }

    TimeSource time() {
        return time;
    }

    boolean isLimited() {
        return pipe != null;
    }

    /** Control thread: from now on out of this pipe (null: no limit). Whoever waits tries again. */
    void join(Pipe next) {
        if (pipe != next) {
            served.set(next == null ? 0 : next.turn());
            pipe = next;
            releaseAll();
        }
    }

    private void releaseAll() {
        for (ShapedFlow each = waiting.poll(); each != null; each = waiting.poll()) {
            queued.decrementAndGet();
            each.wake(0, 0);
        }
    }

    /**
     * These bytes have been moved. Called on the flow's loop.
     *
     * @return false when it must stop: {@link ShapedFlow#resume} follows
     */
    boolean charge(ShapedFlow flow, long bytes) {
        Pipe from = pipe;
        if (from == null) {
            return true;
        }
        long now = time.nanoTime();
        served.addAndGet(flow.settle(bytes));
        boolean left = from.charge(bytes, now);
        if (flow.isWaiting()) {
            return false;
        }
        if (from.isAwaited() ? flow.hasAllowance() && from.isNearlyLeft(now) : left) {
            return true;
        }
        raise(from.turn());
        flow.startWaiting(now);
        waits.increment();
        queued.incrementAndGet();
        waiting.add(flow);
        if (pipe == from) {
            from.pace(flow.loop());
        } else {
            releaseAll(); // the pipe was changed just now
        }
        return false;
    }

    /** Whether a datagram of this size may pass; when not, it is to be dropped. */
    boolean pass(long bytes) {
        Pipe from = pipe;
        if (from == null) {
            return true;
        }
        raise(from.turn());
        if (!from.passes(this, bytes, time.nanoTime())) {
            return false;
        }
        served.addAndGet(bytes);
        return true;
    }

    /** Having wanted nothing for a while is not saved up. */
    private void raise(long turn) {
        long before = served.get();
        while (before < turn && !served.compareAndSet(before, turn)) {
            before = served.get();
        }
    }

    boolean isAwaited() {
        return !waiting.isEmpty();
    }

    long served() {
        return served.get();
    }

    /** How many wait, about. */
    int queued() {
        return Math.max(1, queued.get());
    }

    /**
     * The one that has waited longest goes on, unless its connection has gone.
     *
     * @param allowance what it may move although others wait
     * @return what it is expected to move
     */
    long wakeNext(long allowance) {
        ShapedFlow next = waiting.poll();
        if (next == null) {
            return 0;
        }
        queued.decrementAndGet();
        if (next.isOver()) {
            return 0;
        }
        long expected = next.expected(allowance);
        served.addAndGet(expected);
        next.wake(allowance, expected);
        return expected;
    }

    void countWait(long nanos) {
        waitedNanos.add(nanos);
    }

    long waits() {
        return waits.sum();
    }

    long waitedNanos() {
        return waitedNanos.sum();
    }
}
