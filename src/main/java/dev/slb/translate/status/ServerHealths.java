package dev.slb.translate.status;

import dev.slb.api.ServerCounts;
import dev.slb.api.ServerHealth;
import dev.slb.plan.Health;

import java.util.Collection;

/** Health as the API has it. */
final class ServerHealths {

    private ServerHealths() {}

    static ServerHealth health(Health health) {
        return switch (health) {
            case NORMAL -> ServerHealth.Normal;
            case UNCHECKED -> ServerHealth.Unchecked;
            case UNAVAILABLE -> ServerHealth.Unavailable;
            case ABNORMAL -> ServerHealth.Abnormal;
        };
    }

    /**
     * Servers that nobody checks count as good, as they do for traffic.
     *
     * @param total those that are left out included, which are in no other number
     * @param used one for each server in the plan
     */
    static ServerCounts counts(int total, Collection<Health> used) {
        return new ServerCounts(
                total,
                count(used, Health.NORMAL) + count(used, Health.UNCHECKED),
                count(used, Health.ABNORMAL),
                count(used, Health.UNAVAILABLE));
    }

    private static int count(Collection<Health> all, Health health) {
        return (int) all.stream().filter(each -> each == health).count();
    }
}
