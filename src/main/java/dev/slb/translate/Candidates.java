package dev.slb.translate;

import dev.slb.api.LoadBalancer;
import dev.slb.api.ServerReason;
import dev.slb.base.IpLiteral;

import java.net.InetAddress;
import java.util.Optional;

/** What pods and addresses are as servers of one LoadBalancer, whoever names or selects them, whatever the quota. */
public final class Candidates {

    private final String region;
    private final Snapshot snapshot;

    /** @param region of the LoadBalancer; null when it has none, or does not exist */
    private Candidates(String region, Snapshot snapshot) {
        this.region = region;
        this.snapshot = snapshot;
    }

    /** Of a LoadBalancer that may not exist. */
    public static Candidates of(Optional<LoadBalancer> loadBalancer, Snapshot snapshot) {
        return new Candidates(
                loadBalancer
                        .map(each -> each.getSpec())
                        .map(spec -> spec.region())
                        .orElse(null),
                snapshot);
    }

    public Candidate of(PodFacts pod) {
        Optional<NodeFacts> node = Optional.ofNullable(pod.node()).flatMap(snapshot::node);
        return new Candidate(
                "pod " + pod.uid(),
                pod,
                pod.name(),
                pod.address(),
                node.map(NodeFacts::zone).orElse(null),
                reasonAgainst(pod, node.map(NodeFacts::region).orElse(null)));
    }

    public Candidate of(InetAddress address) {
        String text = IpLiteral.text(address.getAddress());
        return new Candidate(
                "address " + text,
                null,
                null,
                text,
                null,
                AllowedAddresses.contain(address, snapshot) ? null : ServerReason.AddressNotAllowed);
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

    static Candidate missing(String podName) {
        return new Candidate("no pod " + podName, null, podName, null, null, ServerReason.NoAddress);
    }
}
