package dev.slb.forwarder.limits;

import dev.slb.forwarder.transport.TimeSource;
import io.netty.channel.EventLoop;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * So many bytes per second for one or several {@link PipeShare}s: a token bucket that may be overdrawn by what was in hand
 * already, and then is refilled before anybody goes on. Whose turn it is then decides how much each share was given, so
 * that shares which all want more get equal parts, however many connections each has.
 *
 * <p>No lock: what is left is one number, and pacing (some times per slice at most, only while somebody waits) is done by
 * one loop at a time.
 */
final class Pipe implements Runnable {

    /** What comes in while nobody takes it is kept for so long. */
    static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** Those who wait are let go on about so often. */
    private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** At the latest then it is looked at again, since the rate may be another by then. */
    private static final long LONGEST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final double SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final PipeShare[] NOBODY = {};

    /** Time at which the bucket is empty, {@link TimeSource#nanoTime}: later than now when it is overdrawn. */
    private final AtomicLong empty;

    private final TimeSource time;

    private volatile double nanosPerByte = 1;
    private volatile PipeShare[] shares = NOBODY;
    /** Somebody waits, and a task is on its way. */
    private final AtomicBoolean pacing = new AtomicBoolean();

    private volatile EventLoop pacer;
    /** What the share whose turn it was last had been given by then. */
    private volatile long turn;

    Pipe(TimeSource time) {
        this.time = time;
        this.empty = new AtomicLong(time.nanoTime());
    }

    /** Control thread. */
    void set(double bytesPerSecond, PipeShare... members) {
        double cost = SECOND / bytesPerSecond;
        long overdrawn = empty.get() - time.nanoTime();
        if (overdrawn > 0) {
            empty.addAndGet((long) (overdrawn * (cost / nanosPerByte)) - overdrawn);
        }
        nanosPerByte = cost;
        shares = members.clone();
    }

    /** @return whether something is left */
    boolean charge(long bytes, long now) {
        long cost = (long) (bytes * nanosPerByte);
        for (; ; ) {
            long before = empty.get();
            long after = from(before, now) + cost;
            if (empty.compareAndSet(before, after)) {
                return after - now <= 0;
            }
        }
    }

    private static long from(long empty, long now) {
        long earliest = now - BURST_NANOS;
        return empty - earliest < 0 ? earliest : empty;
    }

    /** Charges, unless nothing is left or somebody waits who was given less. */
    boolean passes(PipeShare share, long bytes, long now) {
        if (empty.get() - now > 0) {
            return false;
        }
        if (pacing.get()) {
            PipeShare next = next();
            if (next != null && next != share && next.served() < share.served()) {
                return false;
            }
        }
        charge(bytes, now);
        return true;
    }

    boolean isAwaited() {
        return pacing.get();
    }

    /** Whether it is overdrawn by less than a slice. */
    boolean isNearlyLeft(long now) {
        return empty.get() - now < SLICE_NANOS;
    }

    long turn() {
        return turn;
    }

    /** Somebody waits. */
    void pace(EventLoop loop) {
        if (pacing.compareAndSet(false, true)) {
            pacer = loop;
            schedule(time.nanoTime());
        }
    }

    private void schedule(long now) {
        long wait = Math.max(SLICE_NANOS, empty.get() - now);
        pacer.schedule(this, Math.min(wait, LONGEST_WAIT_NANOS), TimeUnit.NANOSECONDS);
    }

    @Override
    public void run() {
        long now = time.nanoTime();
        long left = now - from(empty.get(), now);
        if (left > 0) {
            letGoOn(left / nanosPerByte);
        }
        if (next() == null) {
            pacing.set(false);
            if (next() == null || !pacing.compareAndSet(false, true)) {
                return;
            }
        }
        schedule(now);
    }

    /** What there is goes in equal parts to the shares in which somebody waits, and from there to those who wait. */
    private void letGoOn(double bytes) {
        long part = (long) (bytes / Math.max(1, awaited()));
        double left = bytes;
        while (left > 0) {
            PipeShare next = next();
            if (next == null) {
                return;
            }
            turn = next.served();
            left -= next.wakeNext(part / next.queued());
        }
    }

    private int awaited() {
        int count = 0;
        for (PipeShare each : shares) {
            count += each.isAwaited() ? 1 : 0;
        }
        return count;
    }

    /** Of those who wait the one that was given least. */
    private PipeShare next() {
        PipeShare least = null;
        for (PipeShare each : shares) {
            if (each.isAwaited() && (least == null || each.served() < least.served())) {
                least = each;
            }
        }
        return least;
    }
}
