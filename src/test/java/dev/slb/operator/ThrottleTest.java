package dev.slb.operator;

import dev.slb.plan.DocumentId;
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

    private static final DocumentId A = DocumentId.listener("shop", "a");
    private static final DocumentId B = DocumentId.listener("shop", "b");

    @Test
    void theFirstGoesAtOnceAndTheNextAreGatheredForAPeriod() {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try {
            List<Collection<DocumentId>> passed = new CopyOnWriteArrayList<>();
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
