package dev.slb.translate;

import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerSpec;
import dev.slb.api.ServiceSpec;
import dev.slb.api.ServiceType;
import dev.slb.api.TrafficPolicy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How the Service of a LoadBalancer is to be, out of what its {@code spec.service} asks for and the operator allows. A type or class
 * that is not allowed is not replaced by another, which would expose the LoadBalancer as nobody has asked for.
 *
 * @param service nothing absent in it but the class; null when no Service is to be made or changed
 * @param refused what is not as asked for, each as {@code field.path: what is wrong}
 */
public record Exposure(ServiceSpec service, List<String> refused) {

    static final Exposure NONE = new Exposure(null, List.of());

    public Exposure {
        refused = List.copyOf(refused);
    }

    /** Whether no Service may be made, since none of what is asked for is allowed. */
    public boolean isRefused() {
        return service == null && !refused.isEmpty();
    }

    /** @param allowed null where no Services are made */
    public static Exposure of(LoadBalancer loadBalancer, AllowedServices allowed) {
        if (allowed == null || isUnreadable(loadBalancer)) {
            return NONE;
        }
        LoadBalancerSpec spec = loadBalancer.getSpec();
        ServiceSpec asked = spec == null || spec.service() == null ? ServiceSpec.DEFAULT : spec.service();
        ServiceType type = asked.type() == null ? ServiceType.LoadBalancer : asked.type();
        TrafficPolicy policy =
                asked.externalTrafficPolicy() == null ? TrafficPolicy.Local : asked.externalTrafficPolicy();
        if (type == ServiceType.Unknown || policy == TrafficPolicy.Unknown) {
            return NONE;
        }
        FieldProblems refused = new FieldProblems();
        refused.require(
                allowed.allowsType(type),
                "spec.service.type",
                type + " is not allowed by the operator (--allowed-service-types), there is no new Service");
        String loadBalancerClass = type == ServiceType.LoadBalancer ? asked.loadBalancerClass() : null;
        refused.require(
                allowed.allowsClass(loadBalancerClass),
                "spec.service.loadBalancerClass",
                loadBalancerClass
                        + " is not allowed by the operator (--allowed-load-balancer-classes), there is no new Service");
        if (!refused.list().isEmpty()) {
            return new Exposure(null, refused.list());
        }
        Map<String, String> annotations = new LinkedHashMap<>();
        List<String> leftOut = new ArrayList<>();
        asked.annotations().forEach((key, value) -> {
            if (allowed.allowsAnnotation(key)) {
                annotations.put(key, value);
            } else {
                leftOut.add("spec.service.annotations[" + key
                        + "]: is not allowed by the operator (--allowed-service-annotations) and left out");
            }
        });
        return new Exposure(new ServiceSpec(type, loadBalancerClass, policy, annotations), leftOut);
    }

    /** What the Service should be may be among what can't be read. */
    private static boolean isUnreadable(LoadBalancer loadBalancer) {
        return loadBalancer.unreadable().stream()
                .anyMatch(problem -> loadBalancer.getSpec() == null || problem.startsWith("spec.service"));
    }
}
