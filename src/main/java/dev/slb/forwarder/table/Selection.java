package dev.slb.forwarder.table;

import dev.slb.forwarder.persistence.CookieTable;
import dev.slb.forwarder.schedule.Picker;

/**
 * What a target may choose from now: swapped as a whole on every change of servers, weights or health.
 *
 * @param picker over the usable members; null when there is none
 * @param reason when there is none: one of {@link Reasons}
 * @param cookies the same members by their sticky cookies; null without such persistence
 * @param successor the target that has taken over, whose choice it is; else null
 */
public record Selection(Picker<Member> picker, String reason, CookieTable<Member> cookies, TargetRuntime successor) {

    public static Selection of(Picker<Member> picker, CookieTable<Member> cookies) {
        return new Selection(picker, null, cookies, null);
    }

    public static Selection of(Picker<Member> picker) {
        return of(picker, null);
    }

    public static Selection none(String reason) {
        return new Selection(null, reason, null, null);
    }

    static Selection of(TargetRuntime successor) {
        return new Selection(successor::pick, null, null, successor);
    }
}
