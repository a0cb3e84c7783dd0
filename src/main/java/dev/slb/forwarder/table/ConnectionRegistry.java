package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.Faults;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The connections of one event loop that belong to something; only used on that loop, but for the {@link #size}. Adding and removing
 * are O(1).
 */
public final class ConnectionRegistry {

    private static final Tracked[] NONE = {};
    private static final int FIRST_LENGTH = 8;

    private Tracked[] connections = NONE;
    /** Written by the loop alone. */
    private volatile int size;

    /** How many there are. Any thread. */
    int size() {
        return size;
    }

    public void add(Tracked connection) {
        if (connection.registryIndex() >= 0) {
            throw new IllegalStateException("in a registry already");
        }
        int index = size;
        if (index == connections.length) {
            connections = Arrays.copyOf(connections, Math.max(FIRST_LENGTH, 2 * index));
        }
        connections[index] = connection;
        connection.registryIndex(index);
        size = index + 1;
    }

    /** Nothing happens when the connection is in no registry. */
    public void remove(Tracked connection) {
        int index = connection.registryIndex();
        if (index < 0) {
            return;
        }
        int end = size - 1;
        Tracked last = connections[end];
        connections[end] = null;
        size = end;
        if (last != connection) {
            connections[index] = last;
            last.registryIndex(index);
        }
        connection.registryIndex(-1);
    }

    /** Calls for each connection that is there now; those may leave meanwhile. What one throws keeps nothing from the others. */
    void forEach(Consumer<Tracked> action, Faults faults) {
        for (Tracked each : Arrays.copyOf(connections, size)) {
            try {
                action.accept(each);
            } catch (Throwable e) {
                faults.tell("a connection", e);
            }
        }
    }
}
