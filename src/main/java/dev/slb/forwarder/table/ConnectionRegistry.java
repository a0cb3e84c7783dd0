package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.Faults;

import java.util.Arrays;
import java.util.function.Consumer;

/** The connections of one event loop that belong to something; only used on that loop. Adding and removing are O(1). */
public final class ConnectionRegistry {

    private Tracked[] connections = new Tracked[8];
    private int size;

    public void add(Tracked connection) {
        if (connection.registryIndex() >= 0) {
            throw new IllegalStateException("in a registry already");
        }
        if (size == connections.length) {
            connections = Arrays.copyOf(connections, 2 * size);
        }
        connections[size] = connection;
        connection.registryIndex(size++);
    }

    /** Nothing happens when the connection is in no registry. */
    public void remove(Tracked connection) {
        int index = connection.registryIndex();
        if (index < 0) {
            return;
        }
        Tracked last = connections[--size];
        connections[size] = null;
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
