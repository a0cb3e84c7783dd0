package dev.slb.forwarder.table;

import dev.slb.forwarder.balance.Balancer;
import dev.slb.forwarder.persistence.CookieTable;

/**
 * What a target may choose from now: swapped as a whole on every change of servers, weights or health.
 *
 * @param balancer over the usable members; null when there is none
 * @param reason when there is none: one of {@link Reasons}
 * @param cookies the same members by their sticky cookies; null without such persistence
 * @param successor the target that has taken over, whose choice it is; else null
 */
public record Selection(
        Balancer<Member> balancer, String reason, CookieTable<Member> cookies, TargetRuntime successor) {

    public static Selection of(Balancer<Member> balancer, CookieTable<Member> cookies) {
        return new Selection(balancer, null, cookies, null);
    }

    public static Selection of(Balancer<Member> balancer) {
        return of(balancer, null);
    }

    public static Selection none(String reason) {
        return new Selection(null, reason, null, null);
    }

    static Selection of(TargetRuntime successor) {
        return new Selection(successor::pick, null, null, successor);
    }
}
