package dev.slb.translate;

import dev.slb.api.Capacity;
import dev.slb.api.ForwarderSpec;
import dev.slb.api.LoadBalancerSpec;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Checks of one LoadBalancer by itself; see {@link ListenerChecks} for why. */
final class LoadBalancerChecks {

    private final FieldProblems problems = new FieldProblems();

    private LoadBalancerChecks() {}

    /** Each problem as {@code field.path: what is wrong}. */
    static List<String> of(LoadBalancerSpec spec) {
        LoadBalancerChecks checks = new LoadBalancerChecks();
        ServerChecks servers = new ServerChecks(checks.problems);
        servers.pool(spec.servers());
        servers.slowStart(spec.slowStartSeconds());
        checks.exposure(spec);
        checks.positive(spec.bandwidthMbps(), "spec.bandwidthMbps");
        checks.capacity(spec.capacity());
        return checks.problems.list();
    }

    private void exposure(LoadBalancerSpec spec) {
        if (spec.service() != null) {
            problems.known(spec.service().type(), "spec.service.type");
            problems.known(spec.service().externalTrafficPolicy(), "spec.service.externalTrafficPolicy");
        }
        ForwarderSpec forwarder = spec.forwarder();
        if (forwarder != null) {
            problems.known(forwarder.placement(), "spec.forwarder.placement");
            problems.range(forwarder.replicas(), 1, 100, "spec.forwarder.replicas");
        }
    }

    private void capacity(Capacity capacity) {
        if (capacity == null) {
            return;
        }
        problems.known(capacity.specification(), "spec.capacity.class");
        long numbers = Stream.of(
                        capacity.maxConnections(), capacity.connectionsPerSecond(), capacity.requestsPerSecond())
                .filter(Objects::nonNull)
                .count();
        problems.require(
                numbers == (capacity.specification() == null ? 3 : 0),
                "spec.capacity",
                "must have either a class or all three numbers");
        positive(capacity.maxConnections(), "spec.capacity.maxConnections");
        positive(capacity.connectionsPerSecond(), "spec.capacity.connectionsPerSecond");
        positive(capacity.requestsPerSecond(), "spec.capacity.requestsPerSecond");
    }

    private void positive(Integer value, String path) {
        problems.require(value == null || value >= 1, path, "must be at least 1, is " + value);
    }
}
