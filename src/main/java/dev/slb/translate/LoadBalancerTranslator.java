package dev.slb.translate;

import dev.slb.api.Capacity;
import dev.slb.api.CapacityClass;
import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerSpec;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.plan.CapacityPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.Secret;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Translates a LoadBalancer into what holds for all its listeners, and its default pool.
 *
 * <ul>
 *   <li>{@code Accepted}: every field can be served.
 *   <li>{@code ResolvedRefs}: always, since it refers to nothing.
 * </ul>
 */
public final class LoadBalancerTranslator {

    private static final LoadBalancerSpec EMPTY = new LoadBalancerSpec(null, null, null, null, null, null, null, null);

    private LoadBalancerTranslator() {}

    public static LoadBalancerTranslation translate(LoadBalancer loadBalancer, Snapshot snapshot) {
        String namespace = loadBalancer.getMetadata().getNamespace();
        String name = loadBalancer.getMetadata().getName();
        Subject subject = Subject.of(loadBalancer);
        LoadBalancerSpec spec = loadBalancer.getSpec() == null ? EMPTY : loadBalancer.getSpec();
        DocumentId id = DocumentId.loadBalancer(namespace, name);
        DocumentId pool = DocumentId.pool(namespace, name);
        Exposure exposure = Exposure.of(loadBalancer, snapshot.settings().allowedServices());
        List<String> problems = new ArrayList<>(loadBalancer.unreadable());
        problems.addAll(LoadBalancerChecks.of(spec));
        problems.addAll(UnservedFeatures.refused(spec));
        if (!problems.isEmpty()) {
            return new LoadBalancerTranslation(
                    Outcome.keepLast(id, id),
                    Outcome.keepLast(pool, id),
                    subject.notAccepted(Reason.Invalid, problems),
                    subject.resolved(),
                    new TreeMap<>(),
                    exposure,
                    false);
        }
        ServerResolver resolver = new ServerResolver(loadBalancer, snapshot);
        GroupServers servers =
                new GroupServers(spec.servers().stream().map(WeightedEntry::of).toList(), true, resolver);
        List<String> notes = new ArrayList<>(exposure.refused());
        notes.addAll(servers.notes());
        boolean cookies = snapshot.listenersOf(namespace, name).stream()
                .anyMatch(listener -> Persistence.usesCookies(listener.getSpec()));
        Secret cookieKey = cookies ? snapshot.cookieKey(namespace, name).orElse(null) : null;
        int forwarders = Math.max(1, snapshot.readyForwarders(namespace, name));
        SortedMap<DocumentId, List<ResolvedServer>> all = ofGroups(id, resolver, snapshot);
        all.put(pool, servers.resolved());
        return new LoadBalancerTranslation(
                Outcome.publish(limits(id, spec, forwarders, cookieKey)),
                Outcome.publish(
                        new GroupPlan(pool, id, servers.plan(), GroupServers.slowStartMillis(spec.slowStartSeconds()))),
                subject.accepted(notes),
                subject.resolved(),
                all,
                exposure,
                cookies && cookieKey == null);
    }

    private static LoadBalancerPlan limits(DocumentId id, LoadBalancerSpec spec, int forwarders, Secret cookieKey) {
        return new LoadBalancerPlan(
                id,
                forwarders,
                cookieKey,
                spec.bandwidthMbps() == null ? null : BandwidthShare.bitsPerSecond(spec.bandwidthMbps()),
                capacity(spec.capacity()));
    }

    private static CapacityPlan capacity(Capacity capacity) {
        if (capacity == null) {
            return null;
        }
        CapacityClass named = capacity.specification();
        return named == null
                ? new CapacityPlan(
                        capacity.maxConnections(), capacity.connectionsPerSecond(), capacity.requestsPerSecond())
                : new CapacityPlan(named.maxConnections(), named.connectionsPerSecond(), named.requestsPerSecond());
    }

    private static SortedMap<DocumentId, List<ResolvedServer>> ofGroups(
            DocumentId loadBalancer, ServerResolver resolver, Snapshot snapshot) {
        String namespace = loadBalancer.namespace();
        SortedMap<DocumentId, List<ResolvedServer>> servers = new TreeMap<>();
        for (VServerGroup group : snapshot.vServerGroupsOf(namespace, loadBalancer.name())) {
            servers.put(
                    DocumentId.vServerGroup(namespace, group.getMetadata().getName()),
                    VServerGroupTranslator.servers(group, resolver));
        }
        for (MasterSlaveGroup group : snapshot.masterSlaveGroupsOf(namespace, loadBalancer.name())) {
            servers.put(
                    DocumentId.masterSlaveGroup(namespace, group.getMetadata().getName()),
                    MasterSlaveGroupTranslator.servers(group, resolver));
        }
        return servers;
    }
}
