package dev.slb.operator;

import dev.slb.translate.Settings;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How an operator runs.
 *
 * @param name of this replica, in a cluster its pod's
 * @param namespace of the operator: its forwarders' pods, the Lease and the Services are there
 * @param watchedNamespaces whose objects are served; empty for all
 * @param settings for translation
 * @param plan where the plan is served to forwarders
 * @param forwarderLabels of the pods that a forwarder runs in: reports are read from them, and Services lead to them
 * @param adminPort of the forwarders in these pods
 * @param forwarders admin addresses of further forwarders, which are in no such pod
 * @param lease says which replica writes
 * @param health where {@code /healthz} and {@code /readyz} are served, null for nowhere
 * @param supervision who keeps it running
 */
public record OperatorOptions(
        String name,
        String namespace,
        Set<String> watchedNamespaces,
        Settings settings,
        SocketAddress plan,
        Map<String, String> forwarderLabels,
        int adminPort,
        List<URI> forwarders,
        LeaseOptions lease,
        InetSocketAddress health,
        Supervision supervision) {

    public OperatorOptions {
        watchedNamespaces = Set.copyOf(watchedNamespaces);
        forwarderLabels = Map.copyOf(forwarderLabels);
        forwarders = List.copyOf(forwarders);
    }
}
