package dev.slb.forwarder.limits;

import dev.slb.forwarder.transport.TimeSource;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static dev.slb.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

class RateTest {

    private static long takeAll(Rate rate) {
        long taken = 0;
        while (rate.take()) {
            taken++;
        }
        return taken;
    }

    @Test
    void aSecondsWorthMayComeAtOnceAndThenAsMuchAsComesIn() {
        Rate rate = new Rate(TimeSource.SYSTEM);
        rate.set(10_000);
        long start = System.nanoTime();
        long taken = takeAll(rate);
        long again = 0;
        while (System.nanoTime() - start < TimeUnit.MILLISECONDS.toNanos(300)) {
            again += takeAll(rate);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        assertThat(taken).isGreaterThanOrEqualTo(10_000);
        assertThat(taken + again)
                .isBetween((long) (10_000 * (1 + seconds) * 0.8), (long) (10_000 * (1 + seconds) + 50));
    }

    @Test
    void whatIsTakenIsWhatThereIs() {
        Rate rate = new Rate(TimeSource.SYSTEM);
        rate.set(0.5);
        assertThat(rate.has()).isTrue();
        assertThat(rate.take()).isTrue();
        assertThat(rate.has()).isFalse();
        assertThat(rate.take()).isFalse();
        rate.set(1_000);
        await(rate::take);
    }

    @Test
    void withoutALimitThereIsAlwaysOne() {
        Rate rate = new Rate(TimeSource.SYSTEM);
        for (int i = 0; i < 1_000; i++) {
            assertThat(rate.take()).isTrue();
        }
        rate.set(1);
        rate.set(0);
        assertThat(rate.take()).isTrue();
    }
}
