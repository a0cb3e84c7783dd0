package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.transport.Deadline;
import dev.slb.forwarder.transport.Wheel;

/**
 * A deadline that moves several times per request. The wheel is touched only when the deadline comes nearer than what
 * is armed; a later one is found when the earlier passes.
 */
public abstract class Timeout extends Deadline {

    private final Wheel wheel;
    private boolean set;
    private long due;
    private long armed;

    /** @param wheel of the owner's event loop */
    public Timeout(Wheel wheel) {
        this.wheel = wheel;
    }

    /** @param now {@link Wheel#nanoTime} */
    public final void set(long now, long delayNanos) {
        set = true;
        due = now + delayNanos;
        if (!isArmed() || due - armed < 0) {
            arm(delayNanos);
        }
    }

    private void arm(long delayNanos) {
        armed = due;
        wheel.arm(this, delayNanos);
    }

    /** No timeout until it is set again. */
    public final void clear() {
        set = false;
    }

    /** For good: the owner is gone. */
    public final void cancel() {
        set = false;
        wheel.cancel(this);
    }

    @Override
    protected final void expired() {
        if (!set) {
            return;
        }
        long left = due - wheel.nanoTime();
        if (left > 0) {
            arm(left);
        } else {
            set = false;
            try {
                timedOut();
            } catch (Throwable e) {
                failed(e);
            }
        }
    }

    protected abstract void timedOut();

    /** What {@link #timedOut} has thrown: whose time is over must not stay for that. */
    protected abstract void failed(Throwable cause);
}
