package dev.slb.forwarder.tls;

import dev.slb.plan.TlsPlan;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class StapleTest {

    @Test
    void countsFromItsFirstMillisecondToBeforeItsLast() {
        Staple staple = Staple.of(new TlsPlan.Staple("MAMKAQA=", 1000, 2000));

        assertThat(staple.counts(999)).isFalse();
        assertThat(staple.counts(1000)).isTrue();
        assertThat(staple.counts(1999)).isTrue();
        assertThat(staple.counts(2000)).isFalse();
    }

    @Test
    void noneNeverCounts() {
        assertThat(Staple.of(null).counts(System.currentTimeMillis())).isFalse();
    }
}
