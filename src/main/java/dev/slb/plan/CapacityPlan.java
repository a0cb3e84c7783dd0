package dev.slb.plan;

import java.util.List;

/**
 * What a LoadBalancer may carry (classic SLB). Of n forwarders each enforces 1/n; over it new connections are
 * dropped and counted.
 *
 * @param maxConnections open at once, over all its listeners
 * @param connectionsPerSecond new ones
 * @param requestsPerSecond on layer 7
 */
public record CapacityPlan(long maxConnections, long connectionsPerSecond, long requestsPerSecond) {

    List<String> validate() {
        return new Problems()
                .require(maxConnections > 0, "maxConnections", "must be positive")
                .require(connectionsPerSecond > 0, "connectionsPerSecond", "must be positive")
                .require(requestsPerSecond > 0, "requestsPerSecond", "must be positive")
                .list();
    }
}
