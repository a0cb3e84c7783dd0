package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.ListenerSpec;
import dev.slb.api.LoadBalancer;
import dev.slb.plan.LimitsPlan;

import java.util.List;

/** How much a listener lets in: connections, and bandwidth. */
final class Limits {

    private Limits() {}

    /** All but {@link #overBandwidth}, which depends on other listeners. */
    static void check(ListenerSpec spec, FieldProblems problems) {
        problems.range(spec.bandwidthMbps(), 1, 5120, "spec.bandwidthMbps");
        problems.range(spec.maxConnections(), 1, 10_000_000, "spec.maxConnections");
    }

    /** Whether older listeners leave so much of the LoadBalancer's bandwidth. */
    static List<String> overBandwidth(Listener listener, LoadBalancer loadBalancer, Snapshot snapshot) {
        ListenerSpec spec = listener.getSpec();
        if (spec.bandwidthMbps() == null || spec.redirect() != null) {
            return List.of();
        }
        BandwidthShare share = BandwidthShare.of(
                listener,
                loadBalancer,
                snapshot.listenersOf(
                        listener.getMetadata().getNamespace(),
                        spec.loadBalancerRef().name()),
                snapshot.holdings().listenersFirstServed(),
                snapshot.settings().quotas().listeners());
        return share == null || spec.bandwidthMbps() <= share.left()
                ? List.of()
                : List.of("spec.bandwidthMbps: " + spec.bandwidthMbps() + " is more than the " + share.left()
                        + " Mbit/s that older listeners leave of the " + share.total() + " of "
                        + Subject.describe(loadBalancer));
    }

    /** @return null when there are none */
    static LimitsPlan plan(ListenerSpec spec) {
        LimitsPlan limits = new LimitsPlan(
                spec.maxConnections(),
                spec.bandwidthMbps() == null ? null : BandwidthShare.bitsPerSecond(spec.bandwidthMbps()));
        return limits.equals(LimitsPlan.NONE) ? null : limits;
    }
}
