package dev.slb.operator;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class HeartbeatTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final AtomicLong nanos = new AtomicLong();
    private final Lock lock = new ReentrantLock();
    private final List<Thread> threads = new ArrayList<>();
    private Heartbeat heartbeat;

    private Heartbeat heartbeat() {
        heartbeat = new Heartbeat(
                () -> {
                    lock.lock();
                    lock.unlock();
                },
                folder.resolve("heartbeat"),
                nanos::get);
        return heartbeat;
    }

    @AfterEach
    void close() throws InterruptedException {
        heartbeat.close();
        for (Thread thread : threads) {
            thread.interrupt();
            thread.join();
        }
    }

    private String content() throws Exception {
        return Files.readString(folder.resolve("heartbeat"));
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    @Test
    void theFileIsAnotherOneWithEveryBeat() throws Exception {
        heartbeat().start();

        await().atMost(PATIENCE).until(() -> Files.exists(folder.resolve("heartbeat")));
        String before = content();
        await().atMost(PATIENCE)
                .until(() -> !content().equals(before) && !content().isEmpty());
    }

    @Test
    void whoeverHoldsWhatTranslationNeedsForTooLongIsAProblem() throws Exception {
        heartbeat().beat();
        lock.lock();
        try {
            heartbeat.start();
            pass(LIMIT);
            assertThat(heartbeat.problem(LIMIT)).isEmpty();
            pass(Duration.ofSeconds(1));
            assertThat(heartbeat.problem(LIMIT)).contains("no progress for 31 s");
            assertThat(content()).isEqualTo("1\n");
        } finally {
            lock.unlock();
        }
        await().atMost(PATIENCE).until(() -> heartbeat.problem(LIMIT).isEmpty());
        await().atMost(PATIENCE).until(() -> !content().equals("1\n"));
    }

    @Test
    void threadsThatWaitForEachOtherAreAProblem() throws Exception {
        Lock first = new ReentrantLock();
        Lock second = new ReentrantLock();
        CountDownLatch both = new CountDownLatch(2);
        deadlock("left", first, second, both);
        deadlock("right", second, first, both);

        heartbeat();
        await().atMost(PATIENCE).untilAsserted(() -> {
            heartbeat.beat();
            pass(LIMIT.plusSeconds(1));
            assertThat(heartbeat.problem(LIMIT))
                    .get()
                    .asString()
                    .endsWith("these threads wait for each other: left, right");
        });

        for (Thread thread : threads) {
            thread.interrupt();
            thread.join();
        }
        heartbeat.beat();
        assertThat(heartbeat.problem(LIMIT)).isEmpty();
    }

    private void deadlock(String name, Lock one, Lock other, CountDownLatch both) {
        Thread thread = new Thread(
                () -> {
                    one.lock();
                    try {
                        both.countDown();
                        both.await();
                        other.lockInterruptibly();
                        other.unlock();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } finally {
                        one.unlock();
                    }
                },
                name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }
}
