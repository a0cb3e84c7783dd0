package dev.slb.translate;

import dev.slb.api.BackendProtocol;
import dev.slb.api.HealthCheckSpec;
import dev.slb.api.HealthCheckType;
import dev.slb.api.ListenerSpec;
import dev.slb.api.LoadBalancerSpec;
import dev.slb.api.Placement;
import dev.slb.api.Rule;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What the API has and the forwarder of this version does not do, in one place. A listener that asks for it is refused: one
 * that serves without its access control or its encryption would be worse than none.
 */
final class UnservedFeatures {

    private static final Set<BackendProtocol> BACKEND_PROTOCOLS = Set.of(BackendProtocol.H2C, BackendProtocol.GRPC);
    private static final Set<HealthCheckType> HEALTH_CHECKS = Set.of(HealthCheckType.GRPC);

    private final List<String> list = new ArrayList<>();

    private UnservedFeatures() {}

    /** Each as {@code field.path: what is not served}. Settings that a redirect ignores are not asked for. */
    static List<String> of(ListenerSpec spec) {
        UnservedFeatures unserved = new UnservedFeatures();
        if (spec.redirect() == null) {
            unserved.listener(spec);
        }
        return unserved.list;
    }

    /** What a LoadBalancer is refused for, as for a listener: the shared forwarders are not the place that was asked for. */
    static List<String> refused(LoadBalancerSpec spec) {
        return spec != null && spec.forwarder() != null && spec.forwarder().placement() == Placement.Dedicated
                ? List.of("spec.forwarder.placement: Dedicated is not served by this version")
                : List.of();
    }

    private void listener(ListenerSpec spec) {
        value(spec.backendProtocol(), BACKEND_PROTOCOLS, "spec.backendProtocol");
        healthCheck(spec.healthCheck(), "spec");
        for (Rule rule : spec.rules()) {
            healthCheck(rule.healthCheck(), "spec.rules[" + rule.name() + "]");
        }
    }

    private void healthCheck(HealthCheckSpec healthCheck, String path) {
        if (healthCheck != null) {
            value(healthCheck.type(), HEALTH_CHECKS, path + ".healthCheck.type");
        }
    }

    private <E extends Enum<E>> void value(E value, Set<E> unserved, String path) {
        if (value != null && unserved.contains(value)) {
            list.add(path + ": " + value.name() + " is not served by this version");
        }
    }
}
