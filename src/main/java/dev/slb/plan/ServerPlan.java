package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One server of a group.
 *
 * @param id identity within the group that survives a change of weight: {@code entry/podUid:port} or
 *     {@code entry/address:port}, without the port in the default pool. A pod that is made anew under its old
 *     name is another server
 * @param name what people call it: the pod's name, else the entry's
 * @param address IPv4 or IPv6 literal, without brackets
 * @param port 1..65535; absent in the default pool, where the listener brings it
 * @param ports the default pool only: container ports by name, for listeners whose port is a name
 * @param weight 0 or more; 0 gets nothing new
 * @param zone topology zone, or null when unknown
 * @param role master-slave groups only
 * @param silent its node is not heard of: a server only where a check would notice that it is dead
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ServerPlan(
        String id,
        String name,
        String address,
        Integer port,
        SortedMap<String, Integer> ports,
        @JsonInclude(JsonInclude.Include.ALWAYS) long weight,
        String zone,
        ServerRole role,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean silent) {

    public ServerPlan {
        ports = ports == null ? Collections.emptySortedMap() : Collections.unmodifiableSortedMap(new TreeMap<>(ports));
    }

    List<String> validate(boolean pool) {
        Problems problems = new Problems();
        problems.require(id != null && !id.isEmpty(), "id", "is missing");
        problems.require(address != null && !address.isEmpty(), "address", "is missing");
        problems.require(weight >= 0, "weight", "is negative");
        if (pool) {
            problems.require(port == null, "port", "belongs to the listener, not to the default pool");
            for (Map.Entry<String, Integer> named : ports.entrySet()) {
                problems.requirePort(named.getValue(), "ports." + named.getKey());
            }
        } else {
            problems.requirePort(port, "port");
            problems.require(ports.isEmpty(), "ports", "belong to the default pool only");
        }
        return problems.list();
    }
}
