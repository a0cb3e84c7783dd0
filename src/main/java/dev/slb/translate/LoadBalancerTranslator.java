package dev.slb.translate;

import dev.slb.api.Capacity;
import dev.slb.api.CapacityClass;
import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerSpec;
import dev.slb.plan.CapacityPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.Secret;

import java.util.ArrayList;
import java.util.List;

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
                    subject.notAccepted(ConditionReason.Invalid, problems),
                    subject.resolved(),
                    List.of(),
                    exposure,
                    false);
        }
        GroupServers servers = new GroupServers(
                spec.servers().stream().map(WeightedEntry::of).toList(),
                true,
                new ServerResolver(loadBalancer, snapshot));
        List<String> notes = new ArrayList<>(exposure.refused());
        notes.addAll(servers.notes());
        boolean cookies = snapshot.listenersOf(namespace, name).stream()
                .anyMatch(listener -> Persistence.usesCookies(listener.getSpec()));
        Secret cookieKey = cookies ? snapshot.cookieKey(namespace, name).orElse(null) : null;
        int forwarders = Math.max(1, snapshot.readyForwarders(namespace, name));
        return new LoadBalancerTranslation(
                Outcome.publish(limits(id, spec, forwarders, cookieKey)),
                Outcome.publish(
                        new GroupPlan(pool, id, servers.plan(), GroupServers.slowStartMillis(spec.slowStartSeconds()))),
                subject.accepted(notes),
                subject.resolved(),
                servers.resolved(),
                exposure,
                cookies && cookieKey == null);
    }

    private static LoadBalancerPlan limits(DocumentId id, LoadBalancerSpec spec, int forwarders, Secret cookieKey) {
        return new LoadBalancerPlan(
                id,
                forwarders,
                cookieKey,
                spec.bandwidthMbps() == null ? null : Limits.bitsPerSecond(spec.bandwidthMbps()),
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
}
