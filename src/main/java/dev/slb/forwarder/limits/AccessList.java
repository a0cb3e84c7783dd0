package dev.slb.forwarder.limits;

import dev.slb.plan.AccessControlPlan;

import java.net.InetAddress;

/** One version of a listener's access control, compiled. Immutable. */
public final class AccessList {

    private final CidrSet networks;
    private final boolean allow;

    private AccessList(AccessControlPlan plan) {
        this.networks = CidrSet.of(plan.cidrs());
        this.allow = plan.policy() == AccessControlPlan.Policy.ALLOW;
    }

    /** @return null when everybody may connect */
    public static AccessList of(AccessControlPlan plan) {
        return plan == null
                        || plan.policy() == AccessControlPlan.Policy.DENY
                                && plan.cidrs().isEmpty()
                ? null
                : new AccessList(plan);
    }

    public boolean permits(InetAddress client) {
        return networks.contains(client) == allow;
    }
}
