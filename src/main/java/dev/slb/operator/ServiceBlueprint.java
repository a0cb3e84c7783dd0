package dev.slb.operator;

import dev.slb.api.ServiceSpec;
import dev.slb.api.ServiceType;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** What the Service of a LoadBalancer looks like. It is in the operator's namespace, where the forwarders' pods are. */
final class ServiceBlueprint {

    static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    static final String MANAGER = "slb-operator";

    /** A label's value has at most 63 characters: the hash of namespace/name, which the annotation spells out. */
    static final String OWNER_LABEL = "slb.dev/load-balancer";

    static final String OWNER_ANNOTATION = "slb.dev/load-balancer";

    /** What was applied last, as a hash: fields that are no longer wished for can't be told from others' otherwise. */
    static final String APPLIED_ANNOTATION = "slb.dev/applied";

    private static final int MAX_NAME = 63;

    private ServiceBlueprint() {}

    record Port(String protocol, int port, int target) implements Comparable<Port> {

        static Port of(ServicePort port) {
            Integer target =
                    port.getTargetPort() == null ? null : port.getTargetPort().getIntVal();
            return new Port(
                    port.getProtocol() == null ? "TCP" : port.getProtocol(),
                    port.getPort() == null ? 0 : port.getPort(),
                    target == null ? 0 : target);
        }

        @Override
        public int compareTo(Port other) {
            return port != other.port ? Integer.compare(port, other.port) : protocol.compareTo(other.protocol);
        }
    }

    static String name(ObjectId loadBalancer) {
        String owner = owner(loadBalancer);
        String readable = "slb-" + owner.replace('/', '-').replace('.', '-');
        return Digests.suffixed(readable, owner, MAX_NAME);
    }

    static String owner(ObjectId loadBalancer) {
        return loadBalancer.namespace() + "/" + loadBalancer.name();
    }

    /** The value of {@link #OWNER_LABEL}. */
    static String ownerLabel(ObjectId loadBalancer) {
        return Digests.of(owner(loadBalancer));
    }

    /** The LoadBalancer that a Service or Secret was made for, null when it was not made here. */
    static ObjectId ownerOf(HasMetadata child) {
        Map<String, String> annotations = child.getMetadata().getAnnotations();
        String owner = annotations == null ? null : annotations.get(OWNER_ANNOTATION);
        int slash = owner == null ? -1 : owner.indexOf('/');
        return slash <= 0 ? null : Kinds.LOAD_BALANCER.id(owner.substring(0, slash), owner.substring(slash + 1));
    }

    /**
     * @param wished as {@link dev.slb.translate.Exposure} has it
     * @param ports not empty: a Service can't be without
     * @param selector of the forwarders' pods
     */
    static Service service(
            ObjectId id, ServiceSpec wished, String namespace, Collection<Port> ports, Map<String, String> selector) {
        Map<String, String> annotations = new LinkedHashMap<>(wished.annotations());
        annotations.put(OWNER_ANNOTATION, owner(id));
        ServiceBuilder builder = new ServiceBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name(id))
                .withLabels(Map.of(MANAGED_BY, MANAGER, OWNER_LABEL, ownerLabel(id)))
                .withAnnotations(annotations)
                .endMetadata()
                .withNewSpec()
                .withType(wished.type().name())
                .withSelector(selector)
                .withPorts(ports.stream()
                        .sorted()
                        .map(ServiceBlueprint::servicePort)
                        .toList())
                .endSpec();
        if (wished.type() != ServiceType.ClusterIP) {
            builder.editSpec()
                    .withExternalTrafficPolicy(wished.externalTrafficPolicy().name())
                    .endSpec();
        }
        if (wished.loadBalancerClass() != null) {
            builder.editSpec().withLoadBalancerClass(wished.loadBalancerClass()).endSpec();
        }
        String applied = Digests.of(Serialization.asJson(builder.build()));
        return builder.editMetadata()
                .addToAnnotations(APPLIED_ANNOTATION, applied)
                .endMetadata()
                .build();
    }

    private static ServicePort servicePort(Port port) {
        return new ServicePortBuilder()
                .withName(port.protocol().toLowerCase(Locale.ROOT) + "-" + port.port())
                .withProtocol(port.protocol())
                .withPort(port.port())
                .withNewTargetPort(port.target())
                .build();
    }

    /** Whether the Service is as it was applied last, and nobody has changed what matters since. */
    static boolean isUpToDate(Service present, Service wished) {
        Map<String, String> annotations = present.getMetadata().getAnnotations();
        return annotations != null
                && present.getSpec() != null
                && wished.getMetadata()
                        .getAnnotations()
                        .get(APPLIED_ANNOTATION)
                        .equals(annotations.get(APPLIED_ANNOTATION))
                && Objects.equals(present.getSpec().getType(), wished.getSpec().getType())
                && Objects.equals(
                        present.getSpec().getSelector(), wished.getSpec().getSelector())
                && ports(present).equals(ports(wished));
    }

    /** As somebody may have changed them: what is not there is 0. */
    static List<Port> ports(Service service) {
        return service.getSpec() == null
                ? List.of()
                : service.getSpec().getPorts().stream().map(Port::of).sorted().toList();
    }
}
