package dev.slb.control;

import dev.slb.api.Listener;
import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

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
        Integer recorded =
                world.object(Kinds.LISTENER, listener).map(BindPorts::recorded).orElse(null);
        if (recorded != null && holds(listener, recorded)) {
            return recorded;
        }
        decided.entrySet()
                .removeIf(entry -> world.object(entry.getKey()).isEmpty()
                        || holder(entry.getValue()).isPresent());
        return decided.computeIfAbsent(listener, id -> free());
    }

    /** Whether an older listener has the same port on record, or the port is none that can be given out. */
    public synchronized boolean mustMove(Listener listener) {
        Integer port = recorded(listener);
        return port != null && !holds(Kinds.LISTENER.id(listener), port);
    }

    private boolean holds(ObjectId listener, int port) {
        return holder(port).map(Kinds.LISTENER::id).filter(listener::equals).isPresent();
    }

    /** Empty for a port that nobody has, or may have. */
    private Optional<Listener> holder(int port) {
        return FIRST <= port && port <= LAST
                ? world.recording(Kinds.LISTENER, port).stream().min(OLDEST_FIRST)
                : Optional.empty();
    }

    private static Integer recorded(Listener listener) {
        return listener.getStatus() == null ? null : listener.getStatus().bindPort();
    }

    private int free() {
        if (next == 0) {
            next = world.objects(Kinds.LISTENER).stream()
                            .map(BindPorts::recorded)
                            .filter(port -> port != null && FIRST <= port && port <= LAST)
                            .max(Comparator.naturalOrder())
                            .orElse(FIRST - 1)
                    + 1;
        }
        for (int tries = 0; tries <= LAST - FIRST; tries++) {
            int port = next > LAST ? FIRST : next;
            next = port + 1;
            if (holder(port).isEmpty() && !decided.containsValue(port)) {
                return port;
            }
        }
        throw new IllegalStateException("all ports from " + FIRST + " to " + LAST + " are taken");
    }
}
