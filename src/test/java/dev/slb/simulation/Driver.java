package dev.slb.simulation;

import dev.slb.forwarder.transport.TimeSource;
import io.netty.util.concurrent.Ticker;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Virtual time, and the order of everything: one thing after the other on one thread, chosen by a seed among what may be next.
 * Time passes when nothing is left to do, and now and then before that, as on a machine that is busy.
 */
public final class Driver implements TimeSource, Ticker {

    /** 2026-01-01. */
    private static final long EPOCH_MILLIS = 1_767_225_600_000L;

    private static final int LATE_ONE_IN = 200;
    private static final long MOST_LATE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private record Event(long due, long number, Runnable task) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return due == other.due ? Long.compare(number, other.number) : Long.compare(due, other.due);
        }
    }

    private final SplittableRandom chance;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<SimulatedLoop> loops = new ArrayList<>();
    private final List<SimulatedLoop> ready = new ArrayList<>();
    private long now = TimeUnit.SECONDS.toNanos(1);
    private long number;
    private long steps;
    private SimulatedLoop running;

    /** @param chance decides what is next */
    public Driver(SplittableRandom chance) {
        this.chance = chance;
    }

    /** An event loop, driven from here. */
    public SimulatedLoop newLoop(String name) {
        SimulatedLoop loop = new SimulatedLoop(this, name);
        loops.add(loop);
        return loop;
    }

    SimulatedLoop running() {
        return running;
    }

    void running(SimulatedLoop loop) {
        running = loop;
    }

    /** Outside of all event loops: something of the network, or of a model. */
    public void after(long delayNanos, Runnable task) {
        at(now + Math.max(0, delayNanos), task);
    }

    /** The same at a time of {@link #nanoTime}. */
    public void at(long due, Runnable task) {
        events.add(new Event(Math.max(now, due), number++, task));
    }

    /** Runs until this time has come, or until so many steps were made. @return whether the time has come */
    public boolean runUntil(long until, long mostSteps) {
        for (long last = steps + mostSteps; steps < last; steps++) {
            if (!step(until)) {
                now = Math.max(now, until);
                return true;
            }
        }
        return false;
    }

    private boolean step(long until) {
        ready.clear();
        for (SimulatedLoop each : loops) {
            if (each.isReady(now)) {
                ready.add(each);
            }
        }
        boolean due = !events.isEmpty() && events.peek().due <= now;
        int choices = ready.size() + (due ? 1 : 0);
        if (choices == 0) {
            long next = nextDue();
            if (next > until) {
                return false;
            }
            now = next;
            return true;
        }
        if (chance.nextInt(LATE_ONE_IN) == 0) {
            now += chance.nextLong(MOST_LATE_NANOS);
        }
        int chosen = choices == 1 ? 0 : chance.nextInt(choices);
        if (chosen < ready.size()) {
            ready.get(chosen).turn();
        } else {
            events.poll().task.run();
        }
        return true;
    }

    private long nextDue() {
        long next = events.isEmpty() ? Long.MAX_VALUE : events.peek().due;
        for (SimulatedLoop each : loops) {
            next = Math.min(next, each.nextDue());
        }
        return Math.max(next, now);
    }

    /** How many things have happened. */
    public long steps() {
        return steps;
    }

    @Override
    public long initialNanoTime() {
        return 0;
    }

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public long currentTimeMillis() {
        return EPOCH_MILLIS + TimeUnit.NANOSECONDS.toMillis(now);
    }

    @Override
    public void sleep(long delay, TimeUnit unit) {
        throw new UnsupportedOperationException("nobody sleeps here");
    }
}
