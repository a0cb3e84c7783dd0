package dev.slb.translate;

import dev.slb.api.ServiceType;

import java.util.List;
import java.util.Set;

/**
 * What {@code spec.service} may ask for: the Services are made in the operator's namespace and with its rights, whatever their
 * tenants may do by themselves.
 *
 * @param types of Services
 * @param loadBalancerClasses beside none at all
 * @param annotationPrefixes none of them empty
 */
public record AllowedServices(
        Set<ServiceType> types, Set<String> loadBalancerClasses, List<String> annotationPrefixes) {

    /** Nothing that reaches beyond the tenant. */
    public static final AllowedServices DEFAULT =
            new AllowedServices(Set.of(ServiceType.LoadBalancer, ServiceType.ClusterIP), Set.of(), List.of());

    /** Those of the operator itself, by which it knows its Services. */
    private static final String OWN_ANNOTATIONS = "slb.dev/";

    /** @throws IllegalArgumentException for a prefix that is empty, which would be all annotations there are */
    public AllowedServices {
        types = Set.copyOf(types);
        loadBalancerClasses = Set.copyOf(loadBalancerClasses);
        annotationPrefixes = List.copyOf(annotationPrefixes);
        if (annotationPrefixes.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("a prefix of annotations must not be empty");
        }
    }

    boolean allowsType(ServiceType type) {
        return types.contains(type);
    }

    /** @param loadBalancerClass null or empty for the cluster's default implementation */
    boolean allowsClass(String loadBalancerClass) {
        return loadBalancerClass == null
                || loadBalancerClass.isEmpty()
                || loadBalancerClasses.contains(loadBalancerClass);
    }

    boolean allowsAnnotation(String key) {
        return !key.startsWith(OWN_ANNOTATIONS) && annotationPrefixes.stream().anyMatch(key::startsWith);
    }

    /** Whether a Service that is there may be. */
    public boolean allows(String type, String loadBalancerClass) {
        return types.stream().anyMatch(allowed -> allowed.name().equals(type)) && allowsClass(loadBalancerClass);
    }
}
