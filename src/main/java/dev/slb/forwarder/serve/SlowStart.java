package dev.slb.forwarder.serve;

import dev.slb.plan.Health;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How far the servers of a target are on their way to their full weight: one that comes, new or back from abnormal, begins
 * with a twentieth of it and gets there in equal steps. Owned by the control thread.
 *
 * <p>Who comes while nobody serves begins with all of it: somebody has to take the traffic, and the second one then
 * begins small beside it. The same holds for those that only wait for their first verdict in that moment (a start), and
 * for those that served before all failed: else whoever is first back would carry everything for the whole time.
 */
final class SlowStart {

    static final int STEPS = 20;

    /** Above this, weights are divided into steps instead of being multiplied by them. */
    private static final long LARGE = 1L << 40;

    /** Calls later. */
    interface Timer {
        Future<?> schedule(long millis, Runnable task);
    }

    /**
     * What a server is like now.
     *
     * @param server its id
     * @param weighted whether its weight is more than 0
     */
    record Seen(String server, Health health, boolean weighted) {

        boolean isUsable() {
            return health == Health.NORMAL || health == Health.UNCHECKED;
        }
    }

    private static final class Progress {
        private Health health;
        private boolean usable;
        private boolean everUsable;
        private boolean exempt;
        private boolean ramping;
        private long begun;
        private int step = STEPS;

        Progress copy() {
            Progress copy = new Progress();
            copy.health = health;
            copy.usable = usable;
            copy.everUsable = everUsable;
            copy.exempt = exempt;
            copy.ramping = ramping;
            copy.begun = begun;
            copy.step = step;
            return copy;
        }
    }

    private final LongSupplier nanoTime;
    private final Timer timer;
    private final Runnable stepDue;
    private final Map<String, Progress> servers = new HashMap<>();
    private boolean serving;
    private long servingSince;
    private boolean ramping;
    private Future<?> next;

    /** @param stepDue has {@link #update} called again, soon */
    SlowStart(LongSupplier nanoTime, Timer timer, Runnable stepDue) {
        this.nanoTime = nanoTime;
        this.timer = timer;
        this.stepDue = stepDue;
    }

    /** Goes on with what another target of the same group knew. */
    void inherit(SlowStart predecessor) {
        predecessor.servers.forEach((key, progress) -> servers.put(key, progress.copy()));
        serving = predecessor.serving;
        servingSince = predecessor.servingSince;
    }

    /** Looks who has come and gone, and how far the others are. */
    void update(long durationMillis, Collection<Seen> seen) {
        long now = nanoTime.getAsLong();
        long duration = TimeUnit.MILLISECONDS.toNanos(durationMillis);
        Map<String, Progress> before = Map.copyOf(servers);
        servers.clear();
        boolean nowServing = seen.stream().anyMatch(each -> each.isUsable() && each.weighted());
        boolean start = nowServing && !serving;
        if (start) {
            servingSince = now;
        }
        serving = nowServing;
        ramping = false;
        for (Seen each : seen) {
            Progress progress = before.getOrDefault(each.server(), new Progress());
            servers.put(each.server(), progress);
            look(progress, each, start, now, duration);
            ramping |= progress.ramping;
        }
        close();
        if (ramping) {
            next = timer.schedule(Math.max(1, (durationMillis + STEPS - 1) / STEPS), stepDue);
        }
    }

    private void look(Progress progress, Seen seen, boolean start, long now, long duration) {
        if (seen.health() == Health.ABNORMAL && progress.health != Health.ABNORMAL) {
            progress.exempt = false;
        }
        if (start) {
            progress.exempt = seen.isUsable() || seen.health() == Health.UNAVAILABLE || progress.everUsable;
        }
        if (seen.isUsable() && !progress.usable) {
            boolean exempt = progress.exempt && (start || now - servingSince < duration);
            progress.ramping = duration > 0 && !exempt;
            progress.begun = now;
            progress.exempt = false;
            progress.everUsable = true;
        }
        progress.health = seen.health();
        progress.usable = seen.isUsable();
        progress.ramping &= progress.usable && now - progress.begun < duration;
        progress.step = progress.ramping ? 1 + (int) ((now - progress.begun) * (STEPS - 1) / duration) : STEPS;
    }

    /** Whether some server has not its full weight: then all must be asked for their {@link #weight}. */
    boolean isRamping() {
        return ramping;
    }

    /**
     * What a server's weight is now, in proportion to what this gives for the others.
     *
     * @param most the highest weight among them
     */
    long weight(String server, long weight, long most) {
        int step = servers.get(server).step;
        return most <= LARGE ? weight * step : Math.max(1, weight / STEPS * step);
    }

    void close() {
        if (next != null) {
            next.cancel(false);
            next = null;
        }
    }
}
