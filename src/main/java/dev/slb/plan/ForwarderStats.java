package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Counts since a forwarder started.
 *
 * @param listeners by listener
 * @param servers one entry per listener, group and server that may be picked, or ever was and still exists
 * @param refusals connections and requests that were not served, by reason
 * @param groups sorted by group; master-slave groups have no weights and are left out
 */
public record ForwarderStats(
        SortedMap<DocumentId, ListenerStats> listeners,
        List<ServerStats> servers,
        SortedMap<String, Long> refusals,
        List<GroupStats> groups) {

    public ForwarderStats {
        // A forwarder of an earlier version does not say.
        groups = groups == null ? List.of() : List.copyOf(groups);
    }

    /**
     * @param activeConnections client connections open now
     * @param connections client connections accepted
     * @param requests layer 7 requests
     * @param bandwidthWaits how often a connection had to wait for bandwidth
     * @param bandwidthWaitMillis for how long, added up over all connections
     * @param datagrams UDP, where connections are flows; null for all others
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ListenerStats(
            long activeConnections,
            long connections,
            long requests,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) long bandwidthWaits,
            @JsonInclude(JsonInclude.Include.NON_DEFAULT) long bandwidthWaitMillis,
            DatagramStats datagrams) {

        public ListenerStats(long activeConnections, long connections, long requests) {
            this(activeConnections, connections, requests, 0, 0, null);
        }
    }

    /**
     * @param in datagrams that went from clients to servers
     * @param out datagrams that went from servers to clients
     * @param dropped datagrams that went nowhere; why, the refusals say
     * @param movedFlows times that a flow went from one server to another, since that left, failed or did not listen
     * @param segmentsRefused times that the kernel refused to send several datagrams of a flow by one call; they went one by one
     */
    public record DatagramStats(
            long in, long bytesIn, long out, long bytesOut, long dropped, long movedFlows, long segmentsRefused) {

        public DatagramStats plus(DatagramStats other) {
            return new DatagramStats(
                    in + other.in,
                    bytesIn + other.bytesIn,
                    out + other.out,
                    bytesOut + other.bytesOut,
                    dropped + other.dropped,
                    movedFlows + other.movedFlows,
                    segmentsRefused + other.segmentsRefused);
        }
    }

    /**
     * @param picks requests (layer 7) or connections (layer 4) that the listener sent to the server
     * @param weight of the server in its group now; null when the forwarder does not say
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ServerStats(
            DocumentId listener, DocumentId group, String server, String name, long active, long picks, Long weight) {}

    /**
     * How a group is used, and whether it follows its weights.
     *
     * @param schedulers of all listeners that use it
     * @param persistent whether one of them has session persistence
     * @param balance null while nothing can be said
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record GroupStats(
            DocumentId group, SortedSet<SchedulerType> schedulers, boolean persistent, GroupBalance balance) {

        public GroupStats {
            schedulers = Collections.unmodifiableSortedSet(new TreeSet<>(schedulers));
        }
    }
}
