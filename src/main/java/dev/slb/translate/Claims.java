package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.ListenerSpec;
import dev.slb.api.LoadBalancer;
import dev.slb.plan.DocumentId;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which listeners of a LoadBalancer have their ports, and how much bandwidth is left for each: found out for all of them at once.
 *
 * <p>Listeners take their ports in an order, the oldest first as a rule, as long as there are places. A stopped listener keeps its port
 * and its place. Listeners with a limit of their own reserve bandwidth in the same order, as long as there is enough (reference,
 * section 10). One that asks for more than is left gets nothing and reserves nothing. Redirects and listeners without a port ask for nothing; a
 * stopped listener keeps what it has.
 */
public final class Claims {

    /** Of a listener that is not there. */
    private static final Claim NONE = new Claim(null, false, 0);

    private final Map<DocumentId, Claim> claims = new HashMap<>();

    /**
     * @param winner the listener before it that has the port, null when nobody else has
     * @param overQuota whether so many before it have ports that there is no place left
     * @param reservedMbps by listeners before it
     */
    record Claim(Listener winner, boolean overQuota, long reservedMbps) {
        boolean hasPort() {
            return winner == null && !overQuota;
        }
    }

    private Claims(Collection<Listener> listeners, Optional<LoadBalancer> loadBalancer, Holdings holdings, int quota) {
        Integer total = loadBalancer
                .map(each -> each.getSpec())
                .map(spec -> spec.bandwidthMbps())
                .orElse(null);
        List<Listener> inOrder =
                listeners.stream().sorted(holdings.listenersFirstServed()).toList();
        Map<ListenerPort, Listener> holders = new HashMap<>();
        long reserved = 0;
        for (Listener listener : inOrder) {
            ListenerPort port = ListenerPort.of(listener);
            Listener winner = port == null ? null : holders.get(port);
            Claim claim = new Claim(winner, winner == null && holders.size() >= quota, reserved);
            claims.put(idOf(listener), claim);
            if (port != null && holders.size() < quota) {
                holders.putIfAbsent(port, listener);
            }
            Integer wanted = wantedMbps(listener.getSpec());
            if (total != null && wanted != null && reserved + wanted <= total && claim.hasPort()) {
                reserved += wanted;
            }
        }
    }

    /**
     * @param listeners all of the LoadBalancer, whether or not it exists
     * @param quota of listeners
     */
    public static Claims of(
            Collection<Listener> listeners, Optional<LoadBalancer> loadBalancer, Holdings holdings, int quota) {
        return new Claims(listeners, loadBalancer, holdings, quota);
    }

    /** All of a listener that makes a difference here, or to its LoadBalancer: while it stays equal, so do all claims. */
    public static Object madeBy(Listener listener) {
        ListenerSpec spec = listener.getSpec();
        return spec == null
                ? null
                : Arrays.asList(
                        Age.created(listener),
                        spec.protocol(),
                        spec.port(),
                        wantedMbps(spec),
                        Persistence.usesCookies(spec));
    }

    Claim of(Listener listener) {
        return claims.getOrDefault(idOf(listener), NONE);
    }

    private static DocumentId idOf(Listener listener) {
        return DocumentId.listener(
                listener.getMetadata().getNamespace(), listener.getMetadata().getName());
    }

    private static Integer wantedMbps(ListenerSpec spec) {
        return spec == null || spec.redirect() != null ? null : spec.bandwidthMbps();
    }
}
