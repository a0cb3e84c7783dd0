package dev.slb.operator;

import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class KeyedQueueTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final ObjectId A = Kinds.LISTENER.id("shop", "a");
    private static final ObjectId B = Kinds.LISTENER.id("shop", "b");

    @Test
    void whatIsAddedWhileItRunsRunsOnceMoreAndNeverTwiceAtATime() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch go = new CountDownLatch(1);
        try (KeyedQueue queue = new KeyedQueue("test", 4, id -> {
            assertThat(running.incrementAndGet()).isEqualTo(1);
            runs.incrementAndGet();
            assertThat(go.await(30, TimeUnit.SECONDS)).isTrue();
            running.decrementAndGet();
        })) {
            queue.add(A);
            await().atMost(PATIENCE).untilAtomic(runs, org.hamcrest.Matchers.is(1));
            queue.addAll(List.of(A, A, A));
            go.countDown();

            await().atMost(PATIENCE).untilAtomic(runs, org.hamcrest.Matchers.is(2));
            queue.add(A);
            await().atMost(PATIENCE).untilAtomic(runs, org.hamcrest.Matchers.is(3));
        }
    }

    @Test
    void aFailureIsTriedAgainAndHoldsUpNobodyElse() {
        AtomicInteger failures = new AtomicInteger(3);
        List<ObjectId> done = new CopyOnWriteArrayList<>();
        try (KeyedQueue queue = new KeyedQueue("test", 1, id -> {
            if (id.equals(A) && failures.getAndDecrement() > 0) {
                throw new IOException("not yet");
            }
            done.add(id);
        })) {
            queue.addAll(List.of(A, B));

            await().atMost(PATIENCE).until(() -> done.size() == 2);
            assertThat(done).containsExactly(B, A);
        }
    }
}
