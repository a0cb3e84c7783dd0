package dev.slb.translate;

import dev.slb.api.Protocol;
import dev.slb.api.Scheduler;
import dev.slb.plan.SchedulerType;

import static dev.slb.translate.Fields.or;

/** How listeners and rules choose a server. */
final class Scheduling {

    private Scheduling() {}

    static void check(Scheduler spec, Protocol protocol, String path, FieldProblems problems) {
        problems.known(spec, path);
        if (spec == null || spec == Scheduler.Unknown) {
            return;
        }
        SchedulerType type = plan(spec);
        problems.require(!type.layer4Only() || !Listening.isLayer7(protocol), path, type + " belongs to layer 4");
        problems.require(!type.udpOnly() || protocol == Protocol.UDP, path, type + " belongs to protocol UDP");
    }

    /** @param spec null: the default */
    static SchedulerType plan(Scheduler spec) {
        return SchedulerType.valueOf(or(spec, Scheduler.WRR).name());
    }
}
