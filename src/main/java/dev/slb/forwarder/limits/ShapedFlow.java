package dev.slb.forwarder.limits;

import dev.slb.forwarder.transport.TimeSource;
import io.netty.channel.EventLoop;

/** One direction of one connection whose bytes are limited. Used on the connection's loop but for {@link #wake}. */
abstract class ShapedFlow implements Runnable {

    private static final long SMALLEST = 1024;

    private final EventLoop loop;
    private final TimeSource time;
    private boolean waiting;
    private long waitingSince;
    /** What it moves at once. */
    private volatile long piece = SMALLEST;
    /** What it has moved since it last waited, and what that was the time before. */
    private long thisTurn;

    private volatile long lastTurn = SMALLEST;
    /** What it may still move in this turn although others wait. */
    private long allowance;
    /** What was written down for it when its turn came, before it had moved anything. */
    private long prepaid;
    /** The last two, on their way to the loop. */
    private long nextAllowance;

    private long nextPrepaid;

    ShapedFlow(EventLoop loop, TimeSource time) {
        this.loop = loop;
        this.time = time;
    }

    EventLoop loop() {
        return loop;
    }

    boolean isWaiting() {
        return waiting;
    }

    void startWaiting(long now) {
        waiting = true;
        waitingSince = now;
        lastTurn = thisTurn;
        thisTurn = 0;
    }

    /** It has moved so much. @return what its share has not been charged with yet */
    long settle(long bytes) {
        piece = Math.max(SMALLEST, bytes);
        thisTurn += bytes;
        allowance -= bytes;
        long due = bytes - prepaid;
        prepaid = 0;
        return due;
    }

    boolean hasAllowance() {
        return allowance > 0;
    }

    /** About how much it moves in a turn with this allowance. */
    long expected(long ofAllowance) {
        return Math.max(SMALLEST, Math.min(lastTurn, Math.max(piece, ofAllowance)));
    }

    /** Its turn has come. Called by whoever paces, on any loop. */
    void wake(long ofAllowance, long expected) {
        nextAllowance = ofAllowance;
        nextPrepaid = expected;
        loop.execute(this);
    }

    @Override
    public final void run() {
        if (waiting) {
            waiting = false;
            allowance = nextAllowance;
            prepaid = nextPrepaid;
            resume(time.nanoTime() - waitingSince);
        }
    }

    /** Whether it will never go on, since its connection is closed. May be asked on any loop. */
    abstract boolean isOver();

    /** It may move bytes again. */
    abstract void resume(long waitedNanos);
}
