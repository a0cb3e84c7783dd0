package dev.slb.forwarder.l7.exchange;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class LingeringTest {

    private static long seconds(long count) {
        return TimeUnit.SECONDS.toNanos(count);
    }

    @Test
    void itEndsAfterFiveSecondsOfSilenceAndThirtyInAll() {
        Lingering lingering = new Lingering();
        long begin = Long.MAX_VALUE - seconds(10); // clocks may overflow
        assertThat(lingering.begin(begin)).isEqualTo(seconds(5));
        assertThat(lingering.goOn(begin + seconds(4))).isEqualTo(seconds(5));
        assertThat(lingering.goOn(begin + seconds(25))).isEqualTo(seconds(5));
        assertThat(lingering.goOn(begin + seconds(28))).isEqualTo(seconds(2));
        assertThat(lingering.goOn(begin + seconds(31))).isZero();
    }
}
