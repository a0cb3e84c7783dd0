package dev.slb.translate;

import dev.slb.api.LoadBalancer;
import dev.slb.api.ServerReason;
import dev.slb.api.ServerSource;
import dev.slb.base.IpLiteral;
import dev.slb.plan.DocumentId;

import java.util.List;
import java.util.Optional;

/**
 * Finds the pods and addresses that entries of one LoadBalancer mean: those of its default pool and of all its groups, since
 * they share the quota of servers.
 *
 * <p>A pod or an address counts once, in however many groups and on however many ports it serves. Over the quota those stay that
 * have a place, then addresses and the oldest pods. Readiness plays no part in that, so that a pod that flaps does not push others in and out; pods
 * that can't be used anyway take no place. Both, what a selector matches and who has a place, the snapshot knows.
 */
final class ServerResolver {

    private final DocumentId loadBalancer;
    private final Snapshot snapshot;
    private final Candidates candidates;

    ServerResolver(LoadBalancer loadBalancer, Snapshot snapshot) {
        this.loadBalancer = DocumentId.loadBalancer(
                loadBalancer.getMetadata().getNamespace(),
                loadBalancer.getMetadata().getName());
        this.snapshot = snapshot;
        this.candidates = Candidates.of(Optional.of(loadBalancer), snapshot);
    }

    /** Oldest first; empty when the source says nothing that can be resolved. Selectors don't see finished pods. */
    List<Candidate> candidates(ServerSource source) {
        return find(source).stream()
                .map(each -> each.reason() != null || snapshot.isWithinQuota(loadBalancer, each)
                        ? each
                        : each.leftOut(ServerReason.OverQuota))
                .toList();
    }

    private List<Candidate> find(ServerSource source) {
        String namespace = loadBalancer.namespace();
        if (source.podSelector() != null) {
            return snapshot.pods(namespace, source.podSelector()).stream()
                    .filter(pod -> !pod.finished())
                    .sorted(PodFacts.OLDEST_FIRST)
                    .map(candidates::of)
                    .toList();
        }
        if (source.podName() != null) {
            return List.of(snapshot.pod(namespace, source.podName())
                    .map(candidates::of)
                    .orElseGet(() -> Candidates.missing(source.podName())));
        }
        return Optional.ofNullable(source.address()).flatMap(IpLiteral::parse).map(candidates::of).stream()
                .toList();
    }
}
