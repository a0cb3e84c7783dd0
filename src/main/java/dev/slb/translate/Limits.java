package dev.slb.translate;

import dev.slb.api.ListenerSpec;

/** How much a listener lets in: connections, and bandwidth. */
final class Limits {

    private Limits() {}

    /** Whether the LoadBalancer has so much bandwidth left is for {@link BandwidthShare} to say. */
    static void check(ListenerSpec spec, FieldProblems problems) {
        problems.range(spec.bandwidthMbps(), 1, 5120, "spec.bandwidthMbps");
        problems.range(spec.maxConnections(), 1, 10_000_000, "spec.maxConnections");
    }

    /** @return null: a share of what is left of the LoadBalancer's */
    static Long bandwidthBitsPerSecond(ListenerSpec spec) {
        return spec.bandwidthMbps() == null ? null : BandwidthShare.bitsPerSecond(spec.bandwidthMbps());
    }
}
