package dev.slb.forwarder.transport;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class WheelTest {

    private static final long TICK = Wheel.TICK_NANOS;

    /** Time that only moves when the test says so, and wakes who asked for it. */
    private static final class Time {
        private record Alarm(long at, Runnable task) {}

        private final PriorityQueue<Alarm> alarms = new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
        private long now = 12_345_678_901L;
        private int wakeUps;

        Wheel wheel() {
            return new Wheel(
                    () -> now, (task, delay) -> alarms.add(new Alarm(now + delay, task)), new Faults(Faults.HALT));
        }

        void pass(long nanos) {
            long until = now + nanos;
            while (!alarms.isEmpty() && alarms.peek().at <= until) {
                Alarm alarm = alarms.poll();
                now = Math.max(now, alarm.at);
                wakeUps++;
                alarm.task.run();
            }
            now = until;
        }
    }

    private final Time time = new Time();
    private final Wheel wheel = time.wheel();

    private final class Recorded extends Deadline {
        private long armedFor;
        private final List<Long> expired = new ArrayList<>();

        void arm(long delay) {
            armedFor = time.now + delay;
            wheel.arm(this, delay);
        }

        @Override
        protected void expired() {
            expired.add(time.now);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 5, 8, 9, 100, 4_294, 4_295, 4_300, 60_000, 900_000, 2_100_000, 2_300_000, 90_000_000})
    void aDeadlineIsMetWithinTwoTicksAndNeverEarly(long millis) {
        Recorded deadline = new Recorded();
        deadline.arm(TimeUnit.MILLISECONDS.toNanos(millis));

        time.pass(TimeUnit.MILLISECONDS.toNanos(millis) + 3 * TICK);

        assertThat(deadline.expired).hasSize(1);
        assertThat(deadline.expired.get(0)).isBetween(deadline.armedFor, deadline.armedFor + 2 * TICK);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void manyDeadlinesArmedMovedAndCancelledAtRandomAreEachMetInTime(long seed) {
        Random random = new Random(seed);
        List<Recorded> deadlines = new ArrayList<>();
        List<Recorded> cancelled = new ArrayList<>();
        for (int step = 0; step < 3_000; step++) {
            Recorded deadline = new Recorded();
            deadline.arm(delay(random));
            deadlines.add(deadline);
            Recorded other = deadlines.get(random.nextInt(deadlines.size()));
            if (other.isArmed() && random.nextInt(4) == 0) {
                other.arm(delay(random));
            } else if (other.isArmed() && random.nextInt(4) == 0) {
                wheel.cancel(other);
                cancelled.add(other);
                deadlines.remove(other);
            }
            time.pass(random.nextInt(50_000_000));
        }
        time.pass(TimeUnit.HOURS.toNanos(2));

        assertThat(deadlines).as("seed %d", seed).allSatisfy(deadline -> {
            assertThat(deadline.expired).hasSize(1);
            assertThat(deadline.expired.get(0)).isBetween(deadline.armedFor, deadline.armedFor + 2 * TICK);
        });
        assertThat(cancelled).as("seed %d", seed).allMatch(deadline -> deadline.expired.isEmpty());
    }

    private static long delay(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> random.nextInt(100_000_000);
            case 1 -> (long) (random.nextDouble() * 10e9);
            default -> (long) (random.nextDouble() * 4000e9);
        };
    }

    @Test
    void whatExpiresMayArmItselfAndCancelAnotherThatIsDueInTheSameTick() {
        Recorded victim = new Recorded();
        int[] times = {0};
        Deadline repeated = new Deadline() {
            @Override
            protected void expired() {
                wheel.cancel(victim);
                if (++times[0] < 3) {
                    wheel.arm(this, TICK);
                }
            }
        };
        victim.arm(TICK);
        wheel.arm(repeated, TICK); // put before the other in its slot, hence called after it or before: try both
        Recorded second = new Recorded();
        second.arm(TICK);

        time.pass(20 * TICK);

        assertThat(times[0]).isEqualTo(3);
        assertThat(second.expired).hasSize(1);
        assertThat(victim.isArmed()).isFalse();
    }

    @Test
    void theLoopIsNotWokenWhileNothingIsDue() {
        for (int i = 0; i < 1_000; i++) {
            new Recorded().arm(TimeUnit.SECONDS.toNanos(900));
            time.pass(TimeUnit.MILLISECONDS.toNanos(1));
        }
        time.pass(TimeUnit.SECONDS.toNanos(800));

        assertThat(time.wakeUps).isLessThan(5);
    }
}
