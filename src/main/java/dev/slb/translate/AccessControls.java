package dev.slb.translate;

import dev.slb.api.AccessControl;
import dev.slb.plan.AccessControlPlan;

/** Which source addresses may connect. */
final class AccessControls {

    private AccessControls() {}

    static void check(AccessControl spec, FieldProblems problems) {
        if (spec == null) {
            return;
        }
        problems.present(spec.policy(), "spec.accessControl.policy");
        problems.known(spec.policy(), "spec.accessControl.policy");
        Networks.check(spec.cidrs(), "spec.accessControl.cidrs", problems);
    }

    static void quota(AccessControl spec, Quotas quotas, FieldProblems problems) {
        if (spec != null) {
            problems.atMost(quotas.cidrs(), spec.cidrs().size(), "CIDRs", "spec.accessControl.cidrs");
        }
    }

    /** @return null when everybody may */
    static AccessControlPlan plan(AccessControl spec) {
        return spec == null
                ? null
                : new AccessControlPlan(
                        switch (spec.policy()) {
                            case Allow -> AccessControlPlan.Policy.ALLOW;
                            case Deny -> AccessControlPlan.Policy.DENY;
                            case Unknown -> throw Fields.unchecked();
                        },
                        Networks.plan(spec.cidrs()));
    }
}
