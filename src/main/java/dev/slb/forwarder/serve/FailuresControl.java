package dev.slb.forwarder.serve;

import dev.slb.forwarder.health.Probers;
import dev.slb.forwarder.table.Failures;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.PassivePlan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The control side of {@link Failures}: who leaves the server out now. Failures are counted once; each check specification has
 * its own {@link Pause}, by its own numbers. Owned by the control thread.
 */
final class FailuresControl {

    private static final Logger LOG = LoggerFactory.getLogger(FailuresControl.class);

    /** Calls later. */
    interface Timer {
        Future<?> schedule(Runnable task, long millis);
    }

    /** @param check whose good results end a pause; null for none */
    private record Specification(PassivePlan numbers, Probers.Check check) {}

    private final String server;
    private final Timer timer;
    private final Runnable begun;
    private final Failures failures;
    private final Map<Specification, Pause> pauses = new LinkedHashMap<>();
    private Future<?> next;
    private final TimeSource time;
    private long quietUntil;

    /**
     * @param server for people
     * @param control runs tasks on the control thread
     * @param begun run when a pause begins
     */
    FailuresControl(String server, TimeSource time, Executor control, Timer timer, Runnable begun) {
        this.server = server;
        this.time = time;
        this.quietUntil = time.nanoTime();
        this.timer = timer;
        this.begun = begun;
        this.failures = new Failures(time, () -> control.execute(this::look));
    }

    Failures failures() {
        return failures;
    }

    /**
     * Begins to leave the server out by these numbers, or joins who does so already; there may be a pause at once.
     *
     * @param check of the same user; null for none
     * @param changed run on the control thread when a pause begins and ends; also the key for {@link Pause#leave}
     */
    Pause join(PassivePlan numbers, Probers.Check check, Runnable changed) {
        Pause pause = pauses.computeIfAbsent(new Specification(numbers, check), Pause::new);
        look();
        pause.users.add(changed);
        return pause;
    }

    /** Nobody has the server any more. */
    void close() {
        if (next != null) {
            next.cancel(false);
        }
    }

    /** A pause may begin or end. */
    private void look() {
        tellFrom(false); // what is not seen below is told
        long now = time.nanoTime();
        for (Pause pause : pauses.values()) {
            if (pause.turns(now)) {
                if (pause.isOn()) {
                    began(pause, now);
                }
                pause.users.forEach(Runnable::run);
            }
        }
        tellFrom(true);
        awaitEnd(now);
    }

    /** Has the control thread told of failures by which a pause may begin. */
    private void tellFrom(boolean asTheyAre) {
        pauses.values().stream()
                .filter(pause -> !asTheyAre || !pause.isOn())
                .mapToInt(pause -> pause.specification.numbers.failures())
                .min()
                .ifPresentOrElse(failures::tellFrom, failures::tellNothing);
    }

    private void awaitEnd(long now) {
        close();
        next = null;
        pauses.values().stream()
                .filter(Pause::isOn)
                .mapToLong(pause -> pause.leftNanos(now))
                .min()
                .ifPresent(left ->
                        next = timer.schedule(this::look, TimeUnit.NANOSECONDS.toMillis(Math.max(0, left)) + 1));
    }

    private void began(Pause pause, long now) {
        begun.run();
        if (pause.specification.check != null) {
            pause.specification.check.whenGood(pause.end);
        }
        if (now - quietUntil >= 0) { // a line in a pause, however often checks end it
            PassivePlan numbers = pause.specification.numbers;
            quietUntil = now + TimeUnit.MILLISECONDS.toNanos(numbers.pauseMillis());
            LOG.info(
                    "{} has failed {} times in a row, the last time by {}: for {} s it gets nothing new where there are others",
                    server,
                    failures.inRow(),
                    pause.reason(),
                    TimeUnit.MILLISECONDS.toSeconds(numbers.pauseMillis()));
        }
    }

    /** A server as one check specification leaves it out. */
    final class Pause {

        private final Specification specification;
        private final List<Runnable> users = new ArrayList<>();
        private final Runnable end = this::end;
        private String reason;
        /** When the last failure was that a good check has made up for. */
        private Long forgiven;

        private Pause(Specification specification) {
            this.specification = specification;
        }

        /** Whether the server is to get nothing new. */
        boolean isOn() {
            return reason != null;
        }

        /** How it has failed; null when {@link #isOn not on}. */
        String reason() {
            return reason;
        }

        /** The last user that leaves ends it. */
        void leave(Runnable user) {
            if (users.remove(user) && users.isEmpty()) {
                pauses.remove(specification);
                FailuresControl.this.look();
            }
        }

        private long leftNanos(long now) {
            return failures.lastNanos() + TimeUnit.MILLISECONDS.toNanos(specification.numbers.pauseMillis()) - now;
        }

        /**
         * Whether it begins or ends. A success does not end it: it may be of a connection that is there, or of others, who have gone
         * on with the server.
         */
        private boolean turns(long now) {
            boolean failing = isOn() || failures.inRow() >= specification.numbers.failures();
            boolean on = failing && leftNanos(now) > 0 && (forgiven == null || failures.lastNanos() != forgiven);
            if (on == isOn()) {
                return false;
            }
            reason = on ? failures.lastReason() : null;
            return true;
        }

        /** There was a good check. */
        private void end() {
            forgiven = failures.lastNanos();
            FailuresControl.this.look();
        }
    }
}
