package dev.slb.translate;

import dev.slb.api.LoadBalancerSpec;
import dev.slb.api.Placement;

import java.util.List;

/** What the API has and this version does not do, in one place: it is refused by name rather than done in another way. */
final class UnservedFeatures {

    private UnservedFeatures() {}

    /**
     * What a LoadBalancer, and with it its listeners, is refused for, each as {@code field.path: what is not served}: the
     * shared forwarders are not the place that was asked for.
     */
    static List<String> refused(LoadBalancerSpec spec) {
        return spec != null && spec.forwarder() != null && spec.forwarder().placement() == Placement.Dedicated
                ? List.of("spec.forwarder.placement: Dedicated is not served by this version")
                : List.of();
    }
}
