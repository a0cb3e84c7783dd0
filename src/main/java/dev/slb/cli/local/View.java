package dev.slb.cli.local;

import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.ServerRole;

import java.util.List;

/**
 * What people see of a load balancer in one process: its listeners, where they send what, and how it goes.
 *
 * @param listeners sorted by port
 */
public record View(List<ListenerView> listeners) {

    /**
     * @param serving whether the forwarder has it on its port, in this version
     * @param message what keeps it from serving, or null
     */
    public record ListenerView(
            DocumentId id,
            ListenerProtocol protocol,
            int port,
            boolean serving,
            String message,
            long openConnections,
            long connections,
            long requests,
            List<RouteView> routes) {}

    /**
     * One rule of a listener, or what happens when none matches.
     *
     * @param host null for any
     * @param path null for any
     * @param to name of the group, or what else happens
     * @param failoverSeconds from the first unanswered check of a server to the verdict; 0 without checks
     */
    public record RouteView(String host, String path, String to, long failoverSeconds, List<ServerView> servers) {

        /** The rule as one reads it, {@code *} for what no rule matches. */
        public String match() {
            if (host == null && path == null) {
                return "*";
            }
            return (host == null ? "" : host) + (path == null ? "" : path);
        }
    }

    /**
     * @param id identity within the group
     * @param role master-slave groups only
     * @param expectedShare of what the route gets now, 0 to 1, by weight and health
     * @param picks requests or connections since the listener began to use it
     * @param cause why it is abnormal, or null
     * @param paused why traffic leaves it out for a while, or null
     */
    public record ServerView(
            String id,
            String name,
            String address,
            long weight,
            ServerRole role,
            boolean active,
            double expectedShare,
            long picks,
            Health health,
            String cause,
            String paused) {}
}
