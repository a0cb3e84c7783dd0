package dev.slb.translate.status;

import dev.slb.plan.BackendPort;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.Health;
import dev.slb.plan.ServerRole;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What one forwarder says of a group by one check. */
final class GroupReport {

    private final GroupHealth group;
    private final Map<String, ServerHealth> servers;

    GroupReport(GroupHealth group) {
        this.group = group;
        this.servers = group.servers().stream()
                .collect(Collectors.toMap(ServerHealth::server, Function.identity(), (first, again) -> first));
    }

    boolean isFor(DocumentId listener, BackendPort port) {
        return group.listeners().contains(listener) && Objects.equals(group.port(), port);
    }

    Set<String> servers() {
        return servers.keySet();
    }

    /** Of a master-slave group: who gets new connections, null when nobody does. */
    ServerRole active() {
        return group.active();
    }

    /** Servers of a default pool that have no port of the name that is asked for are not probed. */
    boolean mayConcern(String server) {
        return servers.containsKey(server)
                || group.port() == null
                || group.port().name() == null;
    }

    /** A server that the forwarder does not know yet has no verdict. */
    Health health(String server) {
        ServerHealth health = servers.get(server);
        return health == null ? Health.UNAVAILABLE : health.health();
    }

    /** Why it is abnormal, null when it is not or nothing is said. */
    String cause(String server) {
        ServerHealth health = servers.get(server);
        return health == null ? null : health.cause();
    }

    /** Whether traffic leaves it out for a while. */
    boolean isPaused(String server) {
        ServerHealth health = servers.get(server);
        return health != null && health.paused() != null;
    }
}
