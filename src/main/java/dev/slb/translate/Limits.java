package dev.slb.translate;

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
    static List<String> overBandwidth(ListenerSpec spec, LoadBalancer loadBalancer, Claims.Claim claim) {
        Integer total =
                loadBalancer.getSpec() == null ? null : loadBalancer.getSpec().bandwidthMbps();
        if (total == null || spec.bandwidthMbps() == null || spec.redirect() != null) {
            return List.of();
        }
        long left = total - claim.reservedMbps();
        return spec.bandwidthMbps() <= left
                ? List.of()
                : List.of("spec.bandwidthMbps: " + spec.bandwidthMbps() + " is more than the " + left
                        + " Mbit/s that older listeners leave of the " + total + " of "
                        + Subject.describe(loadBalancer));
    }

    static long bitsPerSecond(int mbps) {
        return mbps * 1_000_000L;
    }

    /** @return null when there are none */
    static LimitsPlan plan(ListenerSpec spec) {
        LimitsPlan limits = new LimitsPlan(
                spec.maxConnections(), spec.bandwidthMbps() == null ? null : bitsPerSecond(spec.bandwidthMbps()));
        return limits.equals(LimitsPlan.NONE) ? null : limits;
    }
}
