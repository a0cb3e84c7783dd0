package dev.slb.operator;

import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class ThrottleTest {

    private static final ObjectId A = Kinds.LISTENER.id("shop", "a");
    private static final ObjectId B = Kinds.LISTENER.id("shop", "b");

    @Test
    void theFirstGoesAtOnceAndTheNextAreGatheredForAPeriod() {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try {
            List<Collection<ObjectId>> passed = new CopyOnWriteArrayList<>();
            List<Long> times = new CopyOnWriteArrayList<>();
            Throttle throttle = new Throttle(timer, Duration.ofMillis(500), ids -> {
                times.add(System.nanoTime());
                passed.add(ids);
            });
            throttle.addAll(List.of(A));
            await().until(() -> passed.size() == 1);
            for (int i = 0; i < 100; i++) {
                throttle.addAll(List.of(A, B));
            }

            await().until(() -> passed.size() == 2);
            assertThat(passed).containsExactly(Set.of(A), Set.of(A, B));
            assertThat(Duration.ofNanos(times.get(1) - times.get(0))).isGreaterThanOrEqualTo(Duration.ofMillis(490));
        } finally {
            timer.shutdownNow();
        }
    }
}
