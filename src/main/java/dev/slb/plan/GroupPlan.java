package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The servers of a VServerGroup, of a MasterSlaveGroup or of a LoadBalancer's default pool, sorted by
 * id. Servers that can't be used (not ready, other region, ...) are not in it.
 *
 * <p>Weights are whole numbers that only mean their ratios: where pods share an entry's weight, all
 * weights of the group are scaled so that the fractions stay exact.
 *
 * @param slowStartMillis how long a server that comes gets less than its share under WRR and WLC; 0: not at all
 */
public record GroupPlan(
        DocumentId id,
        DocumentId loadBalancer,
        List<ServerPlan> servers,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) long slowStartMillis)
        implements PlanDocument {

    public GroupPlan {
        servers = servers == null
                ? List.of()
                : servers.stream().sorted(Comparator.comparing(ServerPlan::id)).toList();
    }

    /** Without slow start. */
    public GroupPlan(DocumentId id, DocumentId loadBalancer, List<ServerPlan> servers) {
        this(id, loadBalancer, servers, 0);
    }

    @Override
    public List<String> validate() {
        Problems problems = new Problems();
        problems.require(id != null && id.kind().isGroup(), "id", "is not of a group");
        problems.require(
                loadBalancer != null && loadBalancer.kind() == DocumentKind.LOAD_BALANCER,
                "loadBalancer",
                "is not the id of a LoadBalancer");
        boolean pool = id != null && id.kind() == DocumentKind.POOL;
        boolean roles = id != null && id.kind().hasRoles();
        Set<String> ids = new HashSet<>();
        Set<ServerRole> seen = new HashSet<>();
        for (ServerPlan server : servers) {
            String at = "servers[" + server.id() + "]";
            problems.addAll(at, server.validate(pool));
            problems.require(ids.add(server.id()), at, "is there twice");
            problems.require(
                    (server.role() != null) == roles, at + ".role", "belongs to master-slave groups, and there to all");
            problems.require(server.role() == null || seen.add(server.role()), at + ".role", "is there twice");
        }
        return problems.list();
    }
}
