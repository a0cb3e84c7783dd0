package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.TimeSource;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** What is counted of a server, and when the control thread is told. */
class FailuresTest {

    private final AtomicInteger told = new AtomicInteger();
    private final Failures failures = new Failures(TimeSource.SYSTEM, told::incrementAndGet);

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            failures.failed("ConnectFailed");
        }
    }

    @Test
    void nobodyIsToldUnlessHeAsks() {
        fail(1_000);

        assertThat(told).hasValue(0);
        assertThat(failures.inRow()).isEqualTo(1_000);
    }

    @Test
    void whoAsksIsToldOnceHoweverManyFollow() {
        failures.tellFrom(3);
        fail(2);
        assertThat(told).hasValue(0);
        fail(1_000);
        assertThat(told).hasValue(1);

        failures.tellFrom(3);
        fail(1_000);
        assertThat(told).as("the row has gone on: the next one is enough").hasValue(2);
    }

    @Test
    void aSuccessBeginsTheRowAnew() {
        failures.tellFrom(3);
        for (int i = 0; i < 10; i++) {
            fail(2);
            failures.succeeded();
        }

        assertThat(told).hasValue(0);
        assertThat(failures.inRow()).isZero();
    }

    @Test
    void manyThreadsMissNoFailure() throws InterruptedException {
        failures.tellFrom(40_000);
        CountDownLatch done = new CountDownLatch(4);
        for (int thread = 0; thread < 4; thread++) {
            new Thread(() -> {
                        fail(10_000);
                        done.countDown();
                    })
                    .start();
        }
        done.await();

        assertThat(failures.inRow()).isEqualTo(40_000);
        assertThat(told).hasValue(1);
    }

    @Test
    void theCountHasABound() {
        fail((1 << 20) + 10);

        assertThat(failures.inRow()).isEqualTo(1 << 20);
    }
}
