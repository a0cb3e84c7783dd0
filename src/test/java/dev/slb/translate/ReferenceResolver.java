package dev.slb.translate;

import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.ServerReason;
import dev.slb.api.ServerSource;
import dev.slb.api.VServerGroup;
import dev.slb.base.IpLiteral;
import dev.slb.plan.DocumentId;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What {@link ServerResolver} says, found out anew each time: every selector of the LoadBalancer is resolved over all pods of
 * the namespace, and the quota counted over all of them. Slow, simple, and how it was done before there was an index.
 */
public final class ReferenceResolver {

    private final String namespace;
    private final String region;
    private final Snapshot snapshot;
    private final Comparator<Candidate> firstServed;
    /** Identities; null: everybody is within the quota. */
    private final Set<String> withinQuota;

    /**
     * @param groups of the LoadBalancer
     * @param pairs of the LoadBalancer
     */
    public ReferenceResolver(
            LoadBalancer loadBalancer,
            Collection<VServerGroup> groups,
            Collection<MasterSlaveGroup> pairs,
            Snapshot snapshot) {
        this.namespace = loadBalancer.getMetadata().getNamespace();
        this.region =
                loadBalancer.getSpec() == null ? null : loadBalancer.getSpec().region();
        this.snapshot = snapshot;
        this.firstServed = snapshot.holdings()
                .serversFirstServed(DocumentId.loadBalancer(
                        namespace, loadBalancer.getMetadata().getName()));
        this.withinQuota = withinQuota(sources(loadBalancer, groups, pairs));
    }

    /** Oldest first; equal to another answer when translation sees no difference. */
    public List<?> servers(ServerSource source) {
        return find(source).stream()
                .map(each -> each.reason() != null || withinQuota == null || withinQuota.contains(each.identity())
                        ? each
                        : each.leftOut(ServerReason.OverQuota))
                .toList();
    }

    /** The same from the index. */
    public static List<?> indexed(LoadBalancer loadBalancer, Snapshot snapshot, ServerSource source) {
        return new ServerResolver(loadBalancer, snapshot).candidates(source);
    }

    private Set<String> withinQuota(List<ServerSource> sources) {
        Map<String, Candidate> distinct = new HashMap<>();
        for (ServerSource source : sources) {
            for (Candidate candidate : find(source)) {
                if (candidate.reason() == null) {
                    distinct.putIfAbsent(candidate.identity(), candidate);
                }
            }
        }
        int quota = snapshot.settings().quotas().servers();
        return distinct.size() <= quota
                ? null
                : distinct.values().stream()
                        .sorted(firstServed)
                        .limit(quota)
                        .map(Candidate::identity)
                        .collect(Collectors.toUnmodifiableSet());
    }

    private static List<ServerSource> sources(
            LoadBalancer loadBalancer, Collection<VServerGroup> groups, Collection<MasterSlaveGroup> pairs) {
        List<ServerSource> sources = new ArrayList<>();
        if (loadBalancer.getSpec() != null) {
            sources.addAll(loadBalancer.getSpec().servers());
        }
        for (VServerGroup group : groups) {
            sources.addAll(group.getSpec().servers());
        }
        for (MasterSlaveGroup group : pairs) {
            sources.add(group.getSpec().master());
            sources.add(group.getSpec().slave());
        }
        sources.removeIf(Objects::isNull);
        return sources;
    }

    private List<Candidate> find(ServerSource source) {
        if (source.podSelector() != null) {
            return snapshot.pods(namespace, source.podSelector()).stream()
                    .filter(pod -> !pod.finished())
                    .sorted(PodFacts.OLDEST_FIRST)
                    .map(this::of)
                    .toList();
        }
        if (source.podName() != null) {
            return List.of(
                    snapshot.pod(namespace, source.podName()).map(this::of).orElseGet(() -> missing(source.podName())));
        }
        return Optional.ofNullable(source.address()).flatMap(IpLiteral::parse).map(this::of).stream()
                .toList();
    }

    private Candidate of(PodFacts pod) {
        Optional<NodeFacts> node = Optional.ofNullable(pod.node()).flatMap(snapshot::node);
        return new Candidate(
                "pod " + pod.uid(),
                pod,
                pod.name(),
                pod.address(),
                node.map(NodeFacts::zone).orElse(null),
                reasonAgainst(pod, node.map(NodeFacts::region).orElse(null)));
    }

    private ServerReason reasonAgainst(PodFacts pod, String podRegion) {
        if (pod.terminating() || pod.finished()) {
            return ServerReason.Terminating;
        }
        if (pod.address() == null) {
            return ServerReason.NoAddress;
        }
        if (region == null || region.equals(podRegion)) {
            return null;
        }
        return podRegion == null ? ServerReason.RegionUnknown : ServerReason.CrossRegion;
    }

    private static Candidate missing(String podName) {
        return new Candidate("no pod " + podName, null, podName, null, null, ServerReason.NoAddress);
    }

    private Candidate of(InetAddress address) {
        String text = IpLiteral.text(address.getAddress());
        return new Candidate(
                "address " + text,
                null,
                null,
                text,
                null,
                AllowedAddresses.contain(address, snapshot) ? null : ServerReason.AddressNotAllowed);
    }
}
