package dev.slb.operator;

import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class MeasuresTest {

    private static final ObjectId WEB = Kinds.V_SERVER_GROUP.id("shop", "web");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private boolean elected = true;
    private long now = 1;
    private final Measures measures = new Measures(registry, () -> elected, () -> now);

    private Timer timer(String name) {
        return registry.get(name).tag("kind", "VServerGroup").timer();
    }

    private double programmed(long count) {
        Timer timer = timer("slb.operator.edit.to.programmed");
        assertThat(timer.count()).isEqualTo(count);
        return timer.totalTime(TimeUnit.NANOSECONDS);
    }

    @Test
    void anEditCountsOnceFromWhereItWasSeenFirst() {
        measures.seen(WEB, 1L);
        now = 11;
        measures.seen(WEB, 1L); // a status was written
        measures.programmed(WEB, 1L);
        now = 50;
        measures.programmed(WEB, 1L);
        assertThat(programmed(1)).isEqualTo(10);

        measures.seen(WEB, 2L);
        measures.programmed(WEB, 1L); // of before
        now = 55;
        measures.programmed(WEB, 2L);
        assertThat(programmed(2)).isEqualTo(15);
    }

    @Test
    void whatWaitsForPeopleOrWasSeenByAnotherReplicaDoesNotCount() {
        measures.seen(WEB, 1L);
        measures.refused(WEB, 1L);
        measures.programmed(WEB, 1L);

        elected = false;
        measures.seen(WEB, 2L);
        elected = true;
        measures.programmed(WEB, 2L);

        measures.seen(WEB, 3L);
        measures.forgetEdits();
        measures.seen(WEB, 3L);
        measures.programmed(WEB, 3L);

        measures.seen(WEB, 4L);
        measures.gone(WEB);
        measures.programmed(WEB, 4L);
        assertThat(programmed(0)).isZero();
    }

    @Test
    void aReconciliationBeginsWhereTheObjectWasTouchedFirst() {
        measures.touched(List.of(WEB));
        now = 5;
        measures.touched(List.of(WEB));
        assertThat(measures.waiting()).isEqualTo(1);
        now = 11;

        String result = measures.reconcile(WEB, () -> {
            measures.touched(List.of(WEB)); // meanwhile
            now = 14;
            return "meaning";
        });

        assertThat(result).isEqualTo("meaning");
        assertThat(measures.waiting()).isEqualTo(1);
        assertThat(timer("slb.operator.reconcile").totalTime(TimeUnit.NANOSECONDS))
                .isEqualTo(13);
        assertThat(timer("slb.operator.translate").totalTime(TimeUnit.NANOSECONDS))
                .isEqualTo(3);
    }
}
