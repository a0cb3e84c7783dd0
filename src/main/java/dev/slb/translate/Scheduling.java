package dev.slb.translate;

import dev.slb.api.Protocol;
import dev.slb.api.Scheduler;
import dev.slb.plan.SchedulerType;

import java.util.Set;

import static dev.slb.translate.Fields.or;

/** How listeners and rules choose a server. */
final class Scheduling {

    private static final Set<Scheduler> LAYER_4_ONLY = Set.of(Scheduler.SCH, Scheduler.TCH, Scheduler.QCH);

    private Scheduling() {}

    static void check(Scheduler spec, Protocol protocol, String path, FieldProblems problems) {
        problems.known(spec, path);
        problems.require(
                spec == null || !Listening.isLayer7(protocol) || !LAYER_4_ONLY.contains(spec),
                path,
                spec + " belongs to layer 4");
        problems.require(spec != Scheduler.QCH || protocol == Protocol.UDP, path, "QCH belongs to protocol UDP");
    }

    /** @param spec null: the default */
    static SchedulerType plan(Scheduler spec) {
        return SchedulerType.valueOf(or(spec, Scheduler.WRR).name());
    }
}
