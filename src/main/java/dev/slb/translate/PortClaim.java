package dev.slb.translate;

import dev.slb.api.Listener;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Whether a listener has its port of the LoadBalancer: listeners take theirs in an order, the oldest first as a rule, as
 * long as there are places. A stopped listener keeps its port and its place.
 *
 * @param winner the listener before it that has the port, null when nobody else has
 * @param overQuota whether so many before it have ports that there is no place left
 */
record PortClaim(Listener winner, boolean overQuota) {

    /**
     * @param all listeners of the LoadBalancer, this one included or not
     * @param order in which they are served
     */
    static PortClaim of(Listener listener, Collection<Listener> all, Comparator<Listener> order, int quota) {
        Map<ListenerPort, Listener> holders = new HashMap<>();
        Iterable<Listener> before =
                all.stream().filter(other -> order.compare(other, listener) < 0).sorted(order)::iterator;
        for (Listener other : before) {
            ListenerPort port = ListenerPort.of(other);
            if (port != null && holders.size() < quota) {
                holders.putIfAbsent(port, other);
            }
        }
        ListenerPort port = ListenerPort.of(listener);
        Listener winner = port == null ? null : holders.get(port);
        return new PortClaim(winner, winner == null && holders.size() >= quota);
    }
}
