package dev.slb.translate;

import dev.slb.api.Protocol;
import dev.slb.api.Timeouts;
import dev.slb.plan.TimeoutsPlan;

import static dev.slb.translate.Fields.millis;
import static dev.slb.translate.Fields.or;

/** Timeouts of a listener, with SLB's defaults. */
final class TimeLimits {

    private static final int LAYER_7_IDLE_SECONDS = 15;
    private static final int TCP_IDLE_SECONDS = 900;
    private static final int UDP_IDLE_SECONDS = 90;

    private TimeLimits() {}

    static void check(Timeouts spec, Protocol protocol, FieldProblems problems) {
        if (spec == null) {
            return;
        }
        boolean layer7 = Listening.isLayer7(protocol);
        problems.range(
                spec.idleSeconds(),
                protocol == Protocol.TCP ? 10 : 1,
                layer7 ? 3600 : 900,
                "spec.timeouts.idleSeconds");
        problems.range(spec.requestSeconds(), 1, 3600, "spec.timeouts.requestSeconds");
        problems.range(spec.responseIdleSeconds(), 1, 3600, "spec.timeouts.responseIdleSeconds");
        problems.range(spec.connectSeconds(), 1, 60, "spec.timeouts.connectSeconds");
        problems.range(spec.webSocketIdleSeconds(), 1, 3600, "spec.timeouts.webSocketIdleSeconds");
    }

    /** @param spec null: defaults */
    static TimeoutsPlan plan(Timeouts spec, Protocol protocol) {
        Timeouts usual = Timeouts.DEFAULT;
        Timeouts timeouts = or(spec, usual);
        return new TimeoutsPlan(
                millis(or(timeouts.idleSeconds(), idleSeconds(protocol))),
                millis(or(timeouts.connectSeconds(), usual.connectSeconds())),
                millis(or(timeouts.requestSeconds(), usual.requestSeconds())),
                millis(or(timeouts.webSocketIdleSeconds(), usual.webSocketIdleSeconds())),
                millis(or(timeouts.responseIdleSeconds(), usual.responseIdleSeconds())));
    }

    private static int idleSeconds(Protocol protocol) {
        return switch (protocol) {
            case HTTP, HTTPS -> LAYER_7_IDLE_SECONDS;
            case UDP -> UDP_IDLE_SECONDS;
            case TCP -> TCP_IDLE_SECONDS;
            case Unknown -> throw Fields.unchecked();
        };
    }
}
