package dev.slb.translate.status;

import dev.slb.plan.BackendPort;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.Health;
import dev.slb.plan.ReportChanges.HealthChange;
import dev.slb.plan.ServerRole;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What one forwarder says of a group by one check.
 *
 * @param check its number, null where the forwarder gives none
 * @param active of a master-slave group: who gets new connections, null when nobody does
 */
record GroupReport(
        Long check,
        BackendPort port,
        Set<DocumentId> listeners,
        ServerRole active,
        Map<String, ServerHealth> byServer) {

    GroupReport {
        byServer = Collections.unmodifiableMap(byServer);
    }

    static GroupReport of(GroupHealth group) {
        return none(group).with(group, Set.of());
    }

    private static GroupReport none(GroupHealth group) {
        return new GroupReport(group.check(), group.port(), Set.of(), null, Map.of());
    }

    /**
     * @param before what was known of the check, null for nothing
     * @return null when it has ended
     */
    static GroupReport after(GroupReport before, HealthChange change) {
        if (change.now() == null) {
            return null;
        }
        return (before == null ? none(change.now()) : before).with(change.now(), change.gone());
    }

    private GroupReport with(GroupHealth now, Set<String> gone) {
        Map<String, ServerHealth> servers = new HashMap<>(byServer);
        servers.keySet().removeAll(gone);
        now.servers().forEach(each -> servers.put(each.server(), each));
        return new GroupReport(check, port, now.listeners(), now.active(), servers);
    }

    boolean isFor(DocumentId listener, BackendPort port) {
        return listeners.contains(listener) && Objects.equals(this.port, port);
    }

    Set<String> servers() {
        return byServer.keySet();
    }

    /** Servers of a default pool that have no port of the name that is asked for are not probed. */
    boolean mayConcern(String server) {
        return byServer.containsKey(server) || port == null || port.name() == null;
    }

    /** A server that the forwarder does not know yet has no verdict. */
    Health health(String server) {
        ServerHealth health = byServer.get(server);
        return health == null ? Health.UNAVAILABLE : health.health();
    }

    /** Why it is abnormal, null when it is not or nothing is said. */
    String cause(String server) {
        ServerHealth health = byServer.get(server);
        return health == null ? null : health.cause();
    }

    /** Whether traffic leaves it out for a while. */
    boolean isPaused(String server) {
        ServerHealth health = byServer.get(server);
        return health != null && health.paused() != null;
    }
}
