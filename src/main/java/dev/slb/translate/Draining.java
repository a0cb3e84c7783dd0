package dev.slb.translate;

import dev.slb.api.ConnectionDrain;
import dev.slb.plan.DrainPlan;

import static dev.slb.translate.Fields.millis;
import static dev.slb.translate.Fields.or;

/** What becomes of connections whose server, or whose listener, goes. */
final class Draining {

    private Draining() {}

    static void check(ConnectionDrain spec, FieldProblems problems) {
        if (spec != null) {
            problems.range(spec.timeoutSeconds(), 10, 900, "spec.connectionDrain.timeoutSeconds");
        }
    }

    /** Asked for explicitly it also covers the connections of a failed master. */
    static DrainPlan plan(ConnectionDrain spec) {
        ConnectionDrain usual = ConnectionDrain.DEFAULT;
        ConnectionDrain drain = or(spec, usual);
        int seconds = or(drain.enabled(), usual.enabled()) ? or(drain.timeoutSeconds(), usual.timeoutSeconds()) : 0;
        return new DrainPlan(millis(seconds), spec != null);
    }
}
