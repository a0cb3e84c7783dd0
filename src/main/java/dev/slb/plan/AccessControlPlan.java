package dev.slb.plan;

import java.util.List;

/**
 * Which source addresses may connect (classic SLB). An empty {@code ALLOW} lets nobody in, an empty
 * {@code DENY} everybody.
 *
 * @param cidrs networks such as {@code 10.0.0.0/8} or {@code 2001:db8::/32}, sorted
 */
public record AccessControlPlan(Policy policy, List<String> cidrs) {

    /** What the list means. */
    public enum Policy {
        ALLOW,
        DENY
    }

    public AccessControlPlan {
        cidrs = cidrs == null ? List.of() : List.copyOf(cidrs);
    }

    List<String> validate() {
        return new Problems().require(policy != null, "policy", "is missing").list();
    }
}
