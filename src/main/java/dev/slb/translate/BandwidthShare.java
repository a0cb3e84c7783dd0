package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.ListenerSpec;
import dev.slb.api.LoadBalancer;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * What the bandwidth of a LoadBalancer leaves for one listener: listeners with a limit of their own reserve it in the order in
 * which they have ports, the oldest first as a rule, as long as there is enough (reference, section 10). One that asks for more than is left gets nothing and reserves nothing.
 * Redirects and listeners without a port ask for nothing; a stopped listener keeps what it has.
 *
 * @param total of the LoadBalancer in Mbit/s
 * @param reserved by listeners before it
 */
record BandwidthShare(int total, long reserved) {

    /** @return null when the LoadBalancer has no limit */
    static BandwidthShare of(
            Listener listener,
            LoadBalancer loadBalancer,
            Collection<Listener> all,
            Comparator<Listener> order,
            int quota) {
        Integer total =
                loadBalancer.getSpec() == null ? null : loadBalancer.getSpec().bandwidthMbps();
        if (total == null) {
            return null;
        }
        List<Listener> before = all.stream()
                .filter(other -> order.compare(other, listener) < 0)
                .sorted(order)
                .toList();
        long reserved = 0;
        for (Listener other : before) {
            Integer wanted = wanted(other.getSpec());
            if (wanted != null && reserved + wanted <= total && hasPort(other, all, order, quota)) {
                reserved += wanted;
            }
        }
        return new BandwidthShare(total, reserved);
    }

    private static boolean hasPort(Listener listener, Collection<Listener> all, Comparator<Listener> order, int quota) {
        PortClaim claim = PortClaim.of(listener, all, order, quota);
        return claim.winner() == null && !claim.overQuota();
    }

    private static Integer wanted(ListenerSpec spec) {
        return spec == null || spec.redirect() != null ? null : spec.bandwidthMbps();
    }

    static long bitsPerSecond(int mbps) {
        return mbps * 1_000_000L;
    }

    long left() {
        return total - reserved;
    }
}
