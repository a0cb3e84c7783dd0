package dev.slb.forwarder.table;

import dev.slb.forwarder.balance.Balancer;

/**
 * What a target may choose from now: swapped as a whole on every change of servers, weights or health.
 *
 * @param balancer over the usable members; null when there is none
 * @param reason when there is none: one of {@link Reasons}
 * @param successor the target that has taken over, whose choice it is; else null
 */
public record Selection(Balancer<Member> balancer, String reason, Target successor) {

    public static Selection of(Balancer<Member> balancer) {
        return new Selection(balancer, null, null);
    }

    public static Selection none(String reason) {
        return new Selection(null, reason, null);
    }

    static Selection of(Target successor) {
        return new Selection(successor::pick, null, successor);
    }
}
