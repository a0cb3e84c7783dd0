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
 * @param pausing whether further members are left out for a while, since traffic can't reach them
 */
public record Selection(
        Picker<Member> picker, String reason, CookieTable<Member> cookies, TargetRuntime successor, boolean pausing) {

    public static Selection of(Picker<Member> picker, CookieTable<Member> cookies, boolean pausing) {
        return new Selection(picker, null, cookies, null, pausing);
    }

    public static Selection of(Picker<Member> picker) {
        return of(picker, null, false);
    }

    public static Selection none(String reason) {
        return new Selection(null, reason, null, null, false);
    }

    static Selection of(TargetRuntime successor) {
        return new Selection(successor::pick, null, null, successor, false);
    }
}
