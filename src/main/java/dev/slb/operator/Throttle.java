package dev.slb.operator;

import dev.slb.kind.ObjectId;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Passes ids on, gathered: the first at once, what follows not before a period has passed. */
final class Throttle {

    private final ScheduledExecutorService timer;
    private final Duration period;
    private final Consumer<Collection<ObjectId>> next;

    // Guarded by this.
    private final Set<ObjectId> waiting = new HashSet<>();
    private boolean scheduled;
    private long lastNanos = Long.MIN_VALUE;

    Throttle(ScheduledExecutorService timer, Duration period, Consumer<Collection<ObjectId>> next) {
        this.timer = timer;
        this.period = period;
        this.next = next;
    }

    synchronized void addAll(Collection<ObjectId> ids) {
        waiting.addAll(ids);
        if (scheduled || waiting.isEmpty()) {
            return;
        }
        long wait = lastNanos == Long.MIN_VALUE ? 0 : Math.max(0, period.toNanos() - (System.nanoTime() - lastNanos));
        try {
            timer.schedule(this::flush, wait, TimeUnit.NANOSECONDS);
            scheduled = true;
        } catch (RejectedExecutionException e) {
            waiting.clear();
        }
    }

    private void flush() {
        Set<ObjectId> ids;
        synchronized (this) {
            ids = Set.copyOf(waiting);
            waiting.clear();
            scheduled = false;
            lastNanos = System.nanoTime();
        }
        next.accept(ids);
    }
}
