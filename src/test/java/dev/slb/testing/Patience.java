package dev.slb.testing;

import org.awaitility.Awaitility;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

import static org.assertj.core.api.Assertions.assertThat;

/** How long a test waits for what comes by itself: much longer than any machine needs. */
public final class Patience {

    private Patience() {}

    /** Waits until a number that has begun to grow stands still for a moment, and gives it. */
    public static long awaitStandstill(LongSupplier number) {
        AtomicLong last = new AtomicLong();
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> {
                    long now = number.getAsLong();
                    return last.getAndSet(now) == now && now > 0;
                });
        return last.get();
    }

    /** The slowness that is under test; never a wait for something to have happened. */
    public static void pause(long millis) throws InterruptedIOException {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new InterruptedIOException(e.toString());
        }
    }

    /** A condition may throw, an assertion's error too, until it holds. */
    public static void await(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(condition.call()).isTrue());
    }
}
