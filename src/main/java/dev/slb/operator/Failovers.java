package dev.slb.operator;

import dev.slb.api.ActiveRole;
import dev.slb.kind.ObjectId;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which role of each MasterSlaveGroup had the connections last. That nobody has them for a while is no role, and what comes
 * after it is told against the one before.
 */
final class Failovers {

    private final Map<ObjectId, ActiveRole> roles = new ConcurrentHashMap<>();

    /**
     * @param before of the status that is there, or null
     * @param now of the status that follows it, or null
     * @return where connections go, when they went to the other role before
     */
    Optional<ActiveRole> turn(ObjectId id, ActiveRole before, ActiveRole now) {
        if (isRole(before)) {
            roles.putIfAbsent(id, before);
        }
        if (!isRole(now)) {
            return Optional.empty();
        }
        ActiveRole last = roles.put(id, now);
        return last == null || last == now ? Optional.empty() : Optional.of(now);
    }

    /** Of one that is gone, or that another replica writes from now on. */
    void forget(ObjectId id) {
        roles.remove(id);
    }

    private static boolean isRole(ActiveRole role) {
        return role == ActiveRole.Master || role == ActiveRole.Slave;
    }
}
