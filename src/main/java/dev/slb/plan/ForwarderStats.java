package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;
import java.util.SortedMap;

/**
 * Counts since a forwarder started.
 *
 * @param listeners by listener
 * @param servers one entry per listener, group and server that was ever picked by it and still exists
 * @param refusals connections and requests that were not served, by reason
 */
public record ForwarderStats(
        SortedMap<DocumentId, ListenerStats> listeners, List<ServerStats> servers, SortedMap<String, Long> refusals) {

    /**
     * @param activeConnections client connections open now
     * @param connections client connections accepted
     * @param requests layer 7 requests
     */
    public record ListenerStats(long activeConnections, long connections, long requests) {}

    /**
     * @param picks requests (layer 7) or connections (layer 4) that the listener sent to the server
     * @param weight of the server in its group now; null when the forwarder does not say
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record ServerStats(
            DocumentId listener, DocumentId group, String server, String name, long active, long picks, Long weight) {

        public ServerStats(DocumentId listener, DocumentId group, String server, String name, long active, long picks) {
            this(listener, group, server, name, active, picks, null);
        }
    }
}
