package dev.slb.translate;

import dev.slb.api.GroupServer;
import dev.slb.api.PoolServer;
import dev.slb.api.ServerSource;
import dev.slb.api.WeightMode;
import io.fabric8.kubernetes.api.model.IntOrString;

/**
 * An entry of a default pool or of a VServerGroup.
 *
 * @param port null in a default pool
 * @param shared whether its pods share the weight
 */
record WeightedEntry(String name, ServerSource source, IntOrString port, int weight, boolean shared) {

    /** SLB's. */
    static final int DEFAULT_WEIGHT = 100;

    static WeightedEntry of(PoolServer server) {
        return of(server.name(), server, null, server.weight(), server.weightMode());
    }

    static WeightedEntry of(GroupServer server) {
        return of(server.name(), server, server.port(), server.weight(), server.weightMode());
    }

    private static WeightedEntry of(
            String name, ServerSource source, IntOrString port, Integer weight, WeightMode mode) {
        return new WeightedEntry(
                name, source, port, weight == null ? DEFAULT_WEIGHT : weight, mode == WeightMode.Shared);
    }
}
