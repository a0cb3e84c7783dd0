package dev.slb.testing;

import org.awaitility.Awaitility;

import java.time.Duration;
import java.util.concurrent.Callable;

import static org.assertj.core.api.Assertions.assertThat;

/** How long a test waits for what comes by itself: much longer than any machine needs. */
public final class Patience {

    private Patience() {}

    /** A condition may throw, an assertion's error too, until it holds. */
    public static void await(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertThat(condition.call()).isTrue());
    }
}
