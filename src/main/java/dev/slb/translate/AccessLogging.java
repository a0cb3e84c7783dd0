package dev.slb.translate;

import dev.slb.api.AccessLogSpec;
import dev.slb.plan.AccessLogPlan;
import dev.slb.plan.LogFormat;

import static dev.slb.translate.Fields.or;

/** The access log of a listener. */
final class AccessLogging {

    private AccessLogging() {}

    static void check(AccessLogSpec spec, FieldProblems problems) {
        if (spec != null && spec.format() != null) {
            LogFormat.validate(spec.format()).forEach(problem -> problems.add("spec.accessLog.format", problem));
        }
    }

    /** @return null when there is none */
    static AccessLogPlan plan(AccessLogSpec spec) {
        AccessLogSpec usual = AccessLogSpec.DEFAULT;
        AccessLogSpec log = or(spec, usual);
        return or(log.enabled(), usual.enabled()) ? new AccessLogPlan(or(log.format(), usual.format())) : null;
    }
}
