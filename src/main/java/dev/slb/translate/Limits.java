package dev.slb.translate;

import dev.slb.api.ListenerSpec;
import dev.slb.plan.LimitsPlan;

/** How much a listener lets in: connections, and bandwidth. */
final class Limits {

    private Limits() {}

    /** Whether the LoadBalancer has so much bandwidth left is for {@link BandwidthShare} to say. */
    static void check(ListenerSpec spec, FieldProblems problems) {
        problems.range(spec.bandwidthMbps(), 1, 5120, "spec.bandwidthMbps");
        problems.range(spec.maxConnections(), 1, 10_000_000, "spec.maxConnections");
    }

    /** @return null when there are none */
    static LimitsPlan plan(ListenerSpec spec) {
        LimitsPlan limits = new LimitsPlan(
                spec.maxConnections(),
                spec.bandwidthMbps() == null ? null : BandwidthShare.bitsPerSecond(spec.bandwidthMbps()));
        return limits.equals(LimitsPlan.NONE) ? null : limits;
    }
}
