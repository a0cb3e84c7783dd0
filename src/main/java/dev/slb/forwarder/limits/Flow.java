package dev.slb.forwarder.limits;

import io.netty.channel.EventLoop;

/** One direction of one connection whose bytes are limited. Used on the connection's loop but for {@link #wake}. */
abstract class Flow implements Runnable {

    private static final long SMALLEST = 1024;

    private final EventLoop loop;
    private boolean waiting;
    private long waitingSince;
    private long last = SMALLEST;
    /** What was written down for it when it was let go on, before it had moved anything. */
    private long prepaid;
    /** The same, on its way to the loop. */
    private long advance;

    Flow(EventLoop loop) {
        this.loop = loop;
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
    }

    /** @return what the share has not been charged with yet */
    long settle(long bytes) {
        last = Math.max(SMALLEST, bytes);
        long due = bytes - prepaid;
        prepaid = 0;
        return due;
    }

    /** About how much it moves when it is let go on. */
    long expected() {
        return last;
    }

    /** Its turn has come. Called by whoever paces, on any loop. */
    void wake(long expected) {
        advance = expected;
        loop.execute(this);
    }

    @Override
    public final void run() {
        if (waiting) {
            waiting = false;
            prepaid = advance;
            resume(System.nanoTime() - waitingSince);
        }
    }

    /** Whether it will never go on, since its connection is closed. May be asked on any loop. */
    abstract boolean isOver();

    /** It may move bytes again. */
    abstract void resume(long waitedNanos);
}
