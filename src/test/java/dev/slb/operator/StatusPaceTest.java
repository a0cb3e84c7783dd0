package dev.slb.operator;

import dev.slb.api.VServerGroup;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.testing.TestObjects;
import org.junit.jupiter.api.Test;

import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;

class StatusPaceTest {

    private static final ObjectId WEB = Kinds.V_SERVER_GROUP.id("shop", "web");

    private long nanos = 7;
    private final StatusPace pace = new StatusPace(() -> nanos);

    private static VServerGroup group(String programmed, String reason, int generation) {
        return TestObjects.object(VServerGroup.class, """
                kind: VServerGroup
                metadata: {name: web, generation: %3$d}
                status: {conditions: [{type: Programmed, status: "%1$s", reason: %2$s, observedGeneration: %3$d}]}
                """.formatted(programmed, reason, generation));
    }

    private static VServerGroup without() {
        return TestObjects.object(VServerGroup.class, "{kind: VServerGroup, metadata: {name: web, generation: 1}}");
    }

    private void pass(long millis) {
        nanos += Duration.ofMillis(millis).toNanos();
    }

    @Test
    void aFirstStatusIsWrittenAtOnce() {
        assertThat(pace.waitBefore(WEB, without(), group("False", "Pending", 1)))
                .isEmpty();
    }

    @Test
    void theNextOneComesAfterASecond() {
        pace.written(WEB);
        pass(400);
        assertThat(pace.waitBefore(WEB, group("False", "Pending", 1), group("True", "Programmed", 1)))
                .contains(Duration.ofMillis(600));
        pass(600);
        assertThat(pace.waitBefore(WEB, group("False", "Pending", 1), group("True", "Programmed", 1)))
                .isEmpty();
    }

    @Test
    void whatPeopleChangeShowsAtOnce() {
        pace.written(WEB);
        pass(10);
        assertThat(pace.waitBefore(WEB, group("True", "Programmed", 1), group("False", "Refused", 2)))
                .isEmpty();
    }

    @Test
    void forwardersGetAMomentToTakeANewVersion() {
        VServerGroup programmed = group("True", "Programmed", 1);
        VServerGroup pending = group("False", "Pending", 1);
        assertThat(pace.waitBefore(WEB, programmed, pending)).isPresent();
        pass(1900);
        assertThat(pace.waitBefore(WEB, programmed, pending)).isPresent();
        pass(100);
        assertThat(pace.waitBefore(WEB, programmed, pending)).isEmpty();
    }

    @Test
    void butNotWhatPeopleChangedNorWhatIsRefused() {
        VServerGroup programmed = group("True", "Programmed", 1);
        assertThat(pace.waitBefore(WEB, programmed, group("False", "Pending", 2)))
                .isEmpty();
        assertThat(pace.waitBefore(WEB, programmed, group("False", "Refused", 1)))
                .isEmpty();
    }

    @Test
    void eachNewVersionGivesThemAnother() {
        VServerGroup programmed = group("True", "Programmed", 1);
        VServerGroup pending = group("False", "Pending", 1);
        pace.waitBefore(WEB, programmed, pending);
        pass(1500);
        pace.waitBefore(WEB, programmed, programmed);
        pass(1500);
        assertThat(pace.waitBefore(WEB, programmed, pending)).isPresent();
    }
}
