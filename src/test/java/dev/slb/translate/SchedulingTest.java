package dev.slb.translate;

import dev.slb.api.Protocol;
import dev.slb.api.Scheduler;
import dev.slb.plan.SchedulerType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class SchedulingTest {

    @ParameterizedTest
    @EnumSource(value = Scheduler.class, names = "Unknown", mode = EnumSource.Mode.EXCLUDE)
    void everySchedulerThatUsersMayNameCanBePlanned(Scheduler scheduler) {
        assertThat(Scheduling.plan(scheduler).name()).isEqualTo(scheduler.name());
    }

    @ParameterizedTest
    @EnumSource(SchedulerType.class)
    void everySchedulerOfPlansCanBeNamedByUsers(SchedulerType type) {
        assertThat(Scheduler.valueOf(type.name())).isNotEqualTo(Scheduler.Unknown);
    }

    @ParameterizedTest
    @CsvSource({
        "WRR, HTTP, true",
        "RR, HTTPS, true",
        "WLC, TCP, true",
        "SCH, HTTP, false",
        "SCH, TCP, true",
        "TCH, UDP, true",
        "TCH, HTTPS, false",
        "QCH, TCP, false",
        "QCH, HTTP, false",
        "QCH, UDP, true"
    })
    void schedulersGoWithTheProtocolsThatHaveWhatTheyNeed(Scheduler scheduler, Protocol protocol, boolean fits) {
        FieldProblems problems = new FieldProblems();
        Scheduling.check(scheduler, protocol, "spec.scheduler", problems);
        assertThat(problems.list().isEmpty()).isEqualTo(fits);
    }
}
