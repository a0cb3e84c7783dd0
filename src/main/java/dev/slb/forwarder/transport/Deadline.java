package dev.slb.forwarder.transport;

/**
 * Something that happens on an event loop when a time has passed, unless it is cancelled or armed anew before. Armed
 * by {@link Wheel#arm}. It is its own list entry, so arming allocates nothing; extend it by what owns the timeout.
 */
public abstract class Deadline {

    Deadline previous;
    Deadline next;
    /** Tick by which it is due. */
    long tick;

    int slot = -1;

    /** The time has passed. Called on the loop, disarmed; may arm itself again. */
    protected abstract void expired();

    public final boolean isArmed() {
        return slot >= 0;
    }
}
