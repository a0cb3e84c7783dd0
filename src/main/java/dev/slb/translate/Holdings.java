package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.ServerReason;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ListenerPlan;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What is in use, and stays with whom it serves: where objects have no creation time, who is served has what others would like
 * to have too, and among the others the first by name. Empty on a cluster, whose creation times say the same to every replica.
 */
public final class Holdings {

    /** Nobody has anything. */
    public static final Holdings NONE = new Holdings(Map.of(), Map.of());

    /** Why a server is left out of the plan though it has its place in the quota. */
    private static final Set<ServerReason> WITHIN_QUOTA = EnumSet.of(ServerReason.NotReady, ServerReason.NoSuchPort);

    /** By listener. */
    private final Map<DocumentId, ListenerPort> ports;
    /** Identities by LoadBalancer. */
    private final Map<DocumentId, Set<String>> servers;

    private Holdings(Map<DocumentId, ListenerPort> ports, Map<DocumentId, Set<String>> servers) {
        this.ports = Collections.unmodifiableMap(ports);
        this.servers = Collections.unmodifiableMap(servers);
    }

    /**
     * Who has what once everything is served that was translated with these holdings. What is kept as it was, and a listener that
     * was stopped, keeps what it had. Translating again with the new ones changes nothing.
     *
     * @param listeners what all of them mean
     * @param loadBalancers what all of them mean
     * @param all what all objects mean
     */
    public Holdings after(
            Collection<ListenerTranslation> listeners,
            Collection<LoadBalancerTranslation> loadBalancers,
            Collection<? extends Translation> all) {
        Map<DocumentId, ListenerPort> portsThen = new HashMap<>();
        for (ListenerTranslation listener : listeners) {
            DocumentId id = listener.outcome().id();
            if (listener.outcome() instanceof Outcome.Publish<ListenerPlan> publish) {
                portsThen.put(id, ListenerPort.of(publish.document()));
            } else if (ports.containsKey(id) && keeps(listener)) {
                portsThen.put(id, ports.get(id));
            }
        }
        Map<DocumentId, Set<String>> placed = placed(all);
        Map<DocumentId, Set<String>> serversThen = new HashMap<>();
        for (LoadBalancerTranslation loadBalancer : loadBalancers) {
            DocumentId id = loadBalancer.limits().id();
            serversThen.put(
                    id,
                    loadBalancer.pool() instanceof Outcome.KeepLast
                            ? servers.getOrDefault(id, Set.of())
                            : placed.getOrDefault(id, Set.of()));
        }
        return new Holdings(portsThen, serversThen);
    }

    private static boolean keeps(ListenerTranslation listener) {
        return listener.outcome() instanceof Outcome.KeepLast
                || (listener.stopped() && listener.accepted().met());
    }

    private static Map<DocumentId, Set<String>> placed(Collection<? extends Translation> all) {
        Map<DocumentId, Set<String>> placed = new HashMap<>();
        for (Translation each : all) {
            each.group()
                    .map(Outcome::loadBalancer)
                    .ifPresent(loadBalancer -> each.ownServers().stream()
                            .filter(server -> server.used() || WITHIN_QUOTA.contains(server.reason()))
                            .forEach(server -> placed.computeIfAbsent(loadBalancer, key -> new HashSet<>())
                                    .add(server.identity())));
        }
        return placed;
    }

    boolean hasItsPort(Listener listener) {
        ListenerPort port = ports.get(idOf(listener));
        return port != null && port.equals(ListenerPort.of(listener));
    }

    private boolean isServed(Listener listener) {
        return ports.containsKey(idOf(listener));
    }

    private static DocumentId idOf(Listener listener) {
        return DocumentId.listener(
                listener.getMetadata().getNamespace(), listener.getMetadata().getName());
    }

    /** Listeners that have the port that they ask for, then those that would leave another one, then new ones. */
    Comparator<Listener> listenersFirstServed() {
        return Comparator.<Listener, Boolean>comparing(listener -> !hasItsPort(listener))
                .thenComparing(listener -> !isServed(listener))
                .thenComparing(Age.OLDEST_FIRST);
    }

    /** Servers that are within the quota of the LoadBalancer, then others. */
    public Comparator<Candidate> serversFirstServed(DocumentId loadBalancer) {
        Set<String> present = servers.getOrDefault(loadBalancer, Set.of());
        return Comparator.<Candidate, Boolean>comparing(server -> !present.contains(server.identity()))
                .thenComparing(Candidate.OLDEST_FIRST);
    }
}
