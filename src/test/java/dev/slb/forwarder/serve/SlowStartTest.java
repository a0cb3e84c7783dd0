package dev.slb.forwarder.serve;

import dev.slb.forwarder.serve.SlowStart.Seen;
import dev.slb.plan.Health;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;

/** How weights grow, on a clock that is wound by hand. */
class SlowStartTest {

    private static final long DURATION = 20_000;

    private final Map<String, Seen> seen = new LinkedHashMap<>();
    private final List<Due> scheduled = new ArrayList<>();
    private final SlowStart slowStart = new SlowStart(this::nanos, this::schedule, this::update);
    private long millis = 1_000;
    private long duration = DURATION;
    private int updates;

    private record Due(long at, Runnable task, CompletableFuture<Void> future) {}

    private long nanos() {
        return millis * 1_000_000;
    }

    private Future<?> schedule(long delay, Runnable task) {
        Due due = new Due(millis + delay, task, new CompletableFuture<>());
        scheduled.add(due);
        return due.future();
    }

    private void update() {
        updates++;
        slowStart.update(duration, seen.values());
    }

    /** Lets time go by with all that is due in it. */
    private void pass(long time) {
        long until = millis + time;
        while (true) {
            scheduled.removeIf(due -> due.future().isCancelled());
            Due next = scheduled.stream()
                    .filter(due -> due.at() <= until)
                    .findFirst()
                    .orElse(null);
            if (next == null) {
                millis = until;
                return;
            }
            scheduled.remove(next);
            millis = next.at();
            next.task().run();
        }
    }

    private void see(String name, Health health) {
        see(name, health, true);
    }

    private void see(String name, Health health, boolean weighted) {
        seen.put(name, new Seen(name, health, weighted));
        update();
    }

    /** In twentieths of the full weight. */
    private long share(String name) {
        return slowStart.weight(name, 100, 100) / 100;
    }

    @Test
    void whoComesFirstBeginsWithAllOfItsWeight() {
        see("a", Health.NORMAL);

        assertThat(share("a")).isEqualTo(SlowStart.STEPS);
        assertThat(slowStart.isRamping()).isFalse();
        assertThat(scheduled).isEmpty();
    }

    @Test
    void whoComesLaterBeginsSmallAndGetsThereInEqualSteps() {
        see("a", Health.NORMAL);
        see("b", Health.NORMAL);
        List<Long> shares = new ArrayList<>(List.of(share("b")));
        for (int i = 0; i < 20; i++) {
            pass(DURATION / 20);
            shares.add(share("b"));
        }

        assertThat(shares.get(0)).isEqualTo(1);
        assertThat(shares.get(10)).isBetween(10L, 11L);
        assertThat(shares.get(20)).isEqualTo(SlowStart.STEPS);
        for (int i = 1; i < shares.size(); i++) {
            assertThat(shares.get(i) - shares.get(i - 1)).isBetween(0L, 1L);
        }
        assertThat(share("a")).isEqualTo(SlowStart.STEPS);
        assertThat(slowStart.isRamping()).isFalse();
    }

    @Test
    void thereAreAsManyStepsAsThatHoweverManyServersCome() {
        see("a", Health.NORMAL);
        for (int i = 0; i < 50; i++) {
            seen.put("b" + i, new Seen("b" + i, Health.UNCHECKED, true));
        }
        update();
        updates = 0;
        pass(10 * DURATION);

        assertThat(updates).isBetween(19, 21);
        assertThat(scheduled).isEmpty();
    }

    @Test
    void whoComesBackFromAbnormalBeginsSmallAgain() {
        see("a", Health.NORMAL);
        see("b", Health.NORMAL);
        pass(DURATION);
        see("b", Health.ABNORMAL);
        pass(DURATION);
        see("b", Health.NORMAL);

        assertThat(share("b")).isEqualTo(1);
    }

    @Test
    void atAStartAllBeginWithAllOfTheirWeightHoweverTheirFirstVerdictsCome() {
        see("a", Health.UNAVAILABLE);
        see("b", Health.UNAVAILABLE);
        see("c", Health.UNAVAILABLE);
        see("a", Health.NORMAL);
        pass(500);
        see("b", Health.NORMAL);
        see("c", Health.ABNORMAL);
        pass(500);
        see("c", Health.NORMAL);

        assertThat(share("b")).isEqualTo(SlowStart.STEPS);
        assertThat(share("c")).isEqualTo(1);
    }

    @Test
    void afterAllFailedTheFirstThatIsBackIsNotLeftAloneWithEverything() {
        see("a", Health.NORMAL);
        see("b", Health.UNAVAILABLE);
        see("b", Health.NORMAL);
        pass(DURATION);
        see("a", Health.ABNORMAL);
        see("b", Health.ABNORMAL);
        pass(DURATION);
        see("a", Health.NORMAL);
        pass(300);
        see("b", Health.NORMAL);

        assertThat(share("a")).isEqualTo(SlowStart.STEPS);
        assertThat(share("b")).isEqualTo(SlowStart.STEPS);

        see("b", Health.ABNORMAL);
        see("b", Health.NORMAL);
        assertThat(share("b")).isEqualTo(1);
    }

    @Test
    void theSecondThatIsAddedBeginsSmallHoweverSoon() {
        see("a", Health.NORMAL);
        pass(1);
        see("b", Health.UNAVAILABLE);
        see("b", Health.NORMAL);

        assertThat(share("b")).isEqualTo(1);
    }

    @Test
    void serversOfWeightZeroDontServe() {
        see("a", Health.NORMAL, false);
        see("b", Health.NORMAL);

        assertThat(share("b")).isEqualTo(SlowStart.STEPS);
    }

    @Test
    void withoutATimeThereIsNoSlowStart() {
        duration = 0;
        see("a", Health.NORMAL);
        see("b", Health.NORMAL);
        assertThat(share("b")).isEqualTo(SlowStart.STEPS);

        duration = DURATION;
        see("b", Health.NORMAL);
        assertThat(share("b")).isEqualTo(SlowStart.STEPS);
    }

    @Test
    void aShorterTimeCountsAtOnce() {
        see("a", Health.NORMAL);
        see("b", Health.NORMAL);
        pass(DURATION / 2);
        duration = DURATION / 4;
        update();

        assertThat(share("b")).isEqualTo(SlowStart.STEPS);
    }

    @Test
    void anotherTargetGoesOnWhereThisOneIs() {
        see("a", Health.NORMAL);
        see("b", Health.NORMAL);
        pass(DURATION / 2);
        SlowStart successor = new SlowStart(this::nanos, this::schedule, () -> {});
        successor.inherit(slowStart);
        successor.update(DURATION, seen.values());

        assertThat(successor.weight("b", 100, 100)).isBetween(1_000L, 1_100L);
        assertThat(successor.weight("a", 100, 100)).isEqualTo(2_000);
    }

    @Test
    void largeWeightsAreDividedRatherThanMultiplied() {
        long large = 1L << 60;
        see("a", Health.NORMAL);
        see("b", Health.NORMAL);

        assertThat(slowStart.weight("a", large, large)).isEqualTo(large / 20 * 20);
        assertThat(slowStart.weight("b", large, large)).isEqualTo(large / 20);
    }

    @Test
    void nothingIsLeftBehindAtTheEnd() {
        see("a", Health.NORMAL);
        see("b", Health.NORMAL);
        slowStart.close();
        updates = 0;
        pass(DURATION);

        assertThat(updates).isZero();
    }
}
