package dev.slb.forwarder.transport;

import dev.slb.testing.LogWatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

class PacedLogTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(2)); // which it passes
    private final LogWatch watch = LogWatch.start();
    private final PacedLog log = new PacedLog(LoggerFactory.getLogger(PacedLogTest.class), 3, now::get);

    @AfterEach
    void stop() {
        watch.close();
    }

    private void say(int times) {
        for (int i = 0; i < times; i++) {
            log.warn("number {}", i);
        }
    }

    private void pass(long millis) {
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void soManyAtOnceAndThenOneASecond() {
        say(100);
        assertThat(watch.lines()).hasSize(3).last().asString().endsWith("PacedLogTest: number 2");
        pass(999);
        say(10);
        assertThat(watch.lines()).hasSize(3);
        pass(1);
        say(10);
        assertThat(watch.lines()).hasSize(4).last().asString().endsWith("number 0 (107 more went unsaid)");
    }

    @Test
    void quietSecondsAreMadeUpForAsFarAsSoManyAtOnce() {
        say(100);
        pass(2000);
        say(100);
        assertThat(watch.lines()).hasSize(5);
        pass(100_000);
        say(100);
        assertThat(watch.lines()).hasSize(8);
    }

    @Test
    void aLineIsOneAndBoundedWhateverTheArgumentsAre() {
        log.error("{} and {} and {}", "a\r\nb\u001b[1m", "x".repeat(100_000), null);
        assertThat(watch.lines()).singleElement().asString().startsWith("ERROR").contains("a??b?[1m and xxx");
        watch.assertBounded(1, 0);
    }
}
