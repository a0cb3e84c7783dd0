package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.Protocol;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Whether a listener has its port of the LoadBalancer: listeners take theirs from the oldest on, as long as there are places. TCP,
 * HTTP and HTTPS share one range of ports, UDP has its own. A stopped listener keeps its port and its place.
 *
 * @param winner the older listener that has the port, null when nobody else has
 * @param overQuota whether so many older ones have ports that there is no place left
 */
record PortClaim(Listener winner, boolean overQuota) {

    /** @param all listeners of the LoadBalancer, this one included or not */
    static PortClaim of(Listener listener, Collection<Listener> all, int quota) {
        Map<Port, Listener> holders = new HashMap<>();
        Iterable<Listener> older = all.stream()
                .filter(other -> Age.OLDEST_FIRST.compare(other, listener) < 0)
                .sorted(Age.OLDEST_FIRST)::iterator;
        for (Listener other : older) {
            Port port = Port.of(other);
            if (port != null && holders.size() < quota) {
                holders.putIfAbsent(port, other);
            }
        }
        Port port = Port.of(listener);
        Listener winner = port == null ? null : holders.get(port);
        return new PortClaim(winner, winner == null && holders.size() >= quota);
    }

    private record Port(boolean udp, int number) {
        /** Null when the listener does not say. */
        static Port of(Listener listener) {
            if (listener.getSpec() == null) {
                return null;
            }
            Protocol protocol = listener.getSpec().protocol();
            Integer number = listener.getSpec().port();
            return protocol == null || protocol == Protocol.Unknown || number == null
                    ? null
                    : new Port(protocol == Protocol.UDP, number);
        }
    }
}
