package dev.slb.forwarder.table;

import dev.slb.forwarder.balance.Balancer;

/**
 * What a target may choose from now: swapped as a whole on every change of servers, weights or health.
 *
 * @param balancer over the usable members; null when there is none
 * @param reason when there is none: one of {@link Reasons}
 */
public record Selection(Balancer<Member> balancer, String reason) {

    public static Selection none(String reason) {
        return new Selection(null, reason);
    }
}
