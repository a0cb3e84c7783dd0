package dev.slb.forwarder.transport;

import io.netty.util.concurrent.EventExecutor;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The timeouts of one event loop in a hierarchical timing wheel: arming, moving and cancelling cost a few writes,
 * whatever the number of connections, where one scheduled task per connection would cost a heap operation and garbage.
 * Deadlines are met up to one tick (about 8 ms) late, never early. The loop is woken only when something may be due.
 *
 * <p>The fine wheel has one slot per tick for the next 4.3 seconds, the coarse one a slot per 512 ticks for the next 37
 * minutes; what is further away waits in the last coarse slot. When time reaches a coarse slot, its deadlines move to
 * the fine wheel.
 */
public final class Wheel {

    private static final int TICK_SHIFT = 23;
    static final long TICK_NANOS = 1L << TICK_SHIFT;
    private static final int LEVEL_SHIFT = 9;
    private static final int LEVEL_SLOTS = 1 << LEVEL_SHIFT;
    private static final int LEVEL_MASK = LEVEL_SLOTS - 1;
    /** One more slot, for what is due and about to be called: there it can still be cancelled or armed anew. */
    private static final int DUE = 2 * LEVEL_SLOTS;

    /** Runs a task on the loop after a delay. */
    interface Alarm {
        void set(Runnable task, long delayNanos);
    }

    private final LongSupplier clock;
    private final Alarm alarm;
    private final Faults faults;
    private final long origin;
    private final Deadline[] slots = new Deadline[DUE + 1];
    private int armed;
    /** Every tick up to this one has been dealt with. */
    private long done;

    private long wakeTick = Long.MAX_VALUE;

    Wheel(TimeSource time, EventExecutor loop, Faults faults) {
        this(time::nanoTime, (task, delay) -> loop.schedule(task, delay, TimeUnit.NANOSECONDS), faults);
    }

    Wheel(LongSupplier clock, Alarm alarm, Faults faults) {
        this.clock = clock;
        this.alarm = alarm;
        this.faults = faults;
        this.origin = clock.getAsLong();
    }

    /** What time it is, as {@link TimeSource#nanoTime}. */
    public long nanoTime() {
        return clock.getAsLong();
    }

    private long now() {
        return clock.getAsLong() - origin;
    }

    /** Arms or moves a deadline to so many nanoseconds from now. */
    public void arm(Deadline deadline, long delayNanos) {
        cancel(deadline);
        long now = now();
        if (armed == 0) {
            done = now >> TICK_SHIFT;
        }
        // The first tick by which the delay has passed for certain.
        deadline.tick = Math.max((now + Math.max(0, delayNanos) >> TICK_SHIFT) + 1, done + 1);
        armed++;
        wakeBy(place(deadline));
    }

    /** Disarms; nothing happens when it is not armed. */
    public void cancel(Deadline deadline) {
        if (deadline.isArmed()) {
            remove(deadline);
            armed--;
        }
    }

    /** Puts a deadline into the slot where it belongs as seen from {@link #done}, and returns the tick of that slot. */
    private long place(Deadline deadline) {
        long tick = deadline.tick;
        if (tick - done <= LEVEL_SLOTS) {
            add(deadline, (int) tick & LEVEL_MASK);
            return tick;
        }
        long coarse = Math.min(tick >> LEVEL_SHIFT, (done >> LEVEL_SHIFT) + LEVEL_SLOTS);
        add(deadline, LEVEL_SLOTS + ((int) coarse & LEVEL_MASK));
        return coarse << LEVEL_SHIFT;
    }

    private void add(Deadline deadline, int slot) {
        Deadline head = slots[slot];
        deadline.slot = slot;
        deadline.next = head;
        if (head != null) {
            head.previous = deadline;
        }
        slots[slot] = deadline;
    }

    private void remove(Deadline deadline) {
        if (deadline.previous == null) {
            slots[deadline.slot] = deadline.next;
        } else {
            deadline.previous.next = deadline.next;
        }
        if (deadline.next != null) {
            deadline.next.previous = deadline.previous;
        }
        deadline.previous = null;
        deadline.next = null;
        deadline.slot = -1;
    }

    private void wakeBy(long tick) {
        if (tick >= wakeTick) {
            return;
        }
        wakeTick = tick;
        long delay = (tick << TICK_SHIFT) - now();
        alarm.set(() -> wake(tick), Math.max(0, delay));
    }

    private void wake(long tick) {
        if (tick != wakeTick) {
            return; // an earlier wake-up has taken over
        }
        wakeTick = Long.MAX_VALUE;
        long now = now() >> TICK_SHIFT;
        while (done < now && armed > 0) {
            long each = done + 1;
            if ((each & LEVEL_MASK) == 0) {
                refine(LEVEL_SLOTS + (int) (each >> LEVEL_SHIFT & LEVEL_MASK));
            }
            done = each;
            expire((int) each & LEVEL_MASK);
        }
        if (armed > 0) {
            wakeBy(nextOccupied());
        }
    }

    /** Moves the deadlines of a coarse slot to the fine wheel (the very far ones to a later coarse slot). */
    private void refine(int slot) {
        Deadline following;
        for (Deadline each = slots[slot]; each != null; each = following) {
            following = each.next;
            remove(each);
            place(each);
        }
    }

    private void expire(int slot) {
        Deadline each;
        while ((each = slots[slot]) != null) {
            remove(each);
            add(each, DUE);
        }
        while ((each = slots[DUE]) != null) {
            cancel(each);
            call(each);
        }
    }

    private void call(Deadline deadline) {
        try {
            deadline.expired();
        } catch (Throwable e) { // one connection's fault must not take the timeouts of all others with it
            faults.tell("a timeout", e);
        }
    }

    private long nextOccupied() {
        long fine = done + 1;
        while (fine <= done + LEVEL_SLOTS && slots[(int) fine & LEVEL_MASK] == null) {
            fine++;
        }
        long coarse = (done >> LEVEL_SHIFT) + 1;
        while (coarse << LEVEL_SHIFT < fine && slots[LEVEL_SLOTS + ((int) coarse & LEVEL_MASK)] == null) {
            coarse++;
        }
        if (fine > done + LEVEL_SLOTS) {
            // Nothing in the fine wheel: the next coarse slot that holds something, a round at most.
            long last = (done >> LEVEL_SHIFT) + LEVEL_SLOTS;
            while (coarse < last && slots[LEVEL_SLOTS + ((int) coarse & LEVEL_MASK)] == null) {
                coarse++;
            }
            return coarse << LEVEL_SHIFT;
        }
        return Math.min(fine, coarse << LEVEL_SHIFT);
    }
}
