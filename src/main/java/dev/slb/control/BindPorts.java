package dev.slb.control;

import dev.slb.api.Listener;
import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Ports that forwarders bind. LoadBalancers share forwarders, so no two listeners have the same port, whatever port people
 * see. Decided once, by the elected operator; what {@code Listener.status.bindPort} says counts ever after. Thread-safe.
 */
public final class BindPorts {

    public static final int FIRST = 10_000;
    public static final int LAST = 29_999;

    /** Creation times have a resolution of one second, hence the ids. */
    private static final Comparator<Listener> OLDEST_FIRST = Comparator.comparing(
                    (Listener listener) -> listener.getMetadata().getCreationTimestamp(),
                    Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(listener -> Kinds.LISTENER.id(listener));

    private final World world;

    /** Decided, and not yet seen in a status. */
    private final Map<ObjectId, Integer> decided = new HashMap<>();

    /** Ports are given out in a circle: one that was released is taken again as late as possible. */
    private int next;

    public BindPorts(World world) {
        this.world = world;
    }

    /**
     * The port of a listener: the one that it has on record, unless an older listener has the same, else a free one.
     *
     * @throws IllegalStateException when there is no free port
     */
    public synchronized int portOf(ObjectId listener) {
        List<Listener> listeners = world.objects(Kinds.LISTENER);
        Map<Integer, Listener> holders = holders(listeners);
        for (Listener each : listeners) {
            Integer port = recorded(each);
            if (Kinds.LISTENER.id(each).equals(listener) && port != null && holders.get(port) == each) {
                return port;
            }
        }
        forgetRecorded(listeners, holders);
        Integer known = decided.get(listener);
        if (known != null) {
            return known;
        }
        int port = free(holders);
        decided.put(listener, port);
        return port;
    }

    /** Whether an older listener has the same port on record, or the port is none that can be given out. */
    public synchronized boolean mustMove(Listener listener) {
        Integer port = recorded(listener);
        if (port == null) {
            return false;
        }
        Listener holder = holders(world.objects(Kinds.LISTENER)).get(port);
        return holder == null || !Kinds.LISTENER.id(holder).equals(Kinds.LISTENER.id(listener));
    }

    private static Integer recorded(Listener listener) {
        return listener.getStatus() == null ? null : listener.getStatus().bindPort();
    }

    private static Map<Integer, Listener> holders(List<Listener> listeners) {
        Map<Integer, Listener> holders = new HashMap<>();
        listeners.stream().sorted(OLDEST_FIRST).forEach(listener -> {
            Integer port = recorded(listener);
            if (port != null && FIRST <= port && port <= LAST) {
                holders.putIfAbsent(port, listener);
            }
        });
        return holders;
    }

    private void forgetRecorded(List<Listener> listeners, Map<Integer, Listener> holders) {
        Set<ObjectId> present = new HashSet<>();
        listeners.forEach(listener -> present.add(Kinds.LISTENER.id(listener)));
        decided.entrySet()
                .removeIf(entry -> !present.contains(entry.getKey()) || holders.containsKey(entry.getValue()));
    }

    private int free(Map<Integer, Listener> holders) {
        if (next == 0) {
            next = holders.keySet().stream().max(Comparator.naturalOrder()).orElse(FIRST - 1) + 1;
        }
        for (int tries = 0; tries <= LAST - FIRST; tries++) {
            int port = next > LAST ? FIRST : next;
            next = port + 1;
            if (!holders.containsKey(port) && !decided.containsValue(port)) {
                return port;
            }
        }
        throw new IllegalStateException("all ports from " + FIRST + " to " + LAST + " are taken");
    }
}
