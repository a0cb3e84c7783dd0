package dev.slb.operator;

import dev.slb.api.LoadBalancer;
import dev.slb.api.ServiceType;
import dev.slb.kind.Kinds;
import dev.slb.operator.ServiceBlueprint.Port;
import dev.slb.testing.TestObjects;
import dev.slb.translate.AllowedServices;
import dev.slb.translate.Exposure;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import org.junit.jupiter.api.Test;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class ServiceBlueprintTest {

    private static final Map<String, String> SELECTOR = Map.of("app.kubernetes.io/name", "slb");
    private static final List<Port> PORTS =
            List.of(new Port("UDP", 53, 10_002), new Port("TCP", 443, 10_001), new Port("TCP", 53, 10_003));

    private static Service service(String spec) {
        LoadBalancer loadBalancer = TestObjects.object(
                LoadBalancer.class, "{kind: LoadBalancer, metadata: {name: shop}, spec: %s}".formatted(spec));
        AllowedServices all = new AllowedServices(
                EnumSet.allOf(ServiceType.class), Set.of("example.com/nlb"), List.of("a", "b.example.com/"));
        return ServiceBlueprint.service(
                Kinds.LOAD_BALANCER.id(loadBalancer),
                Exposure.of(loadBalancer, all).service(),
                "slb-system",
                PORTS,
                SELECTOR);
    }

    @Test
    void leadsFromTheListenersPortsToThePortsThatForwardersBind() {
        Service service = service("{}");

        assertThat(service.getMetadata().getNamespace()).isEqualTo("slb-system");
        assertThat(service.getSpec().getSelector()).isEqualTo(SELECTOR);
        assertThat(service.getSpec().getPorts())
                .extracting(
                        ServicePort::getName,
                        ServicePort::getPort,
                        port -> port.getTargetPort().getIntVal())
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple("tcp-53", 53, 10_003),
                        org.assertj.core.api.Assertions.tuple("udp-53", 53, 10_002),
                        org.assertj.core.api.Assertions.tuple("tcp-443", 443, 10_001));
    }

    @Test
    void isOfTypeLoadBalancerAndKeepsClientAddressesByDefault() {
        Service service = service("{}");
        assertThat(service.getSpec().getType()).isEqualTo("LoadBalancer");
        assertThat(service.getSpec().getExternalTrafficPolicy()).isEqualTo("Local");
        assertThat(service.getSpec().getLoadBalancerClass()).isNull();
    }

    @Test
    void isWhatTheLoadBalancerAsksFor() {
        Service cloud = service(
                "{service: {loadBalancerClass: example.com/nlb, externalTrafficPolicy: Cluster, annotations: {a: b}}}");
        assertThat(cloud.getSpec().getLoadBalancerClass()).isEqualTo("example.com/nlb");
        assertThat(cloud.getSpec().getExternalTrafficPolicy()).isEqualTo("Cluster");
        assertThat(cloud.getMetadata().getAnnotations()).containsEntry("a", "b");

        Service inside = service("{service: {type: ClusterIP}}");
        assertThat(inside.getSpec().getType()).isEqualTo("ClusterIP");
        assertThat(inside.getSpec().getExternalTrafficPolicy()).isNull();
    }

    @Test
    void namesAreShortAndEveryLoadBalancerHasItsOwn() {
        assertThat(ServiceBlueprint.name(Kinds.LOAD_BALANCER.id("a-b", "c")))
                .startsWith("slb-a-b-c-")
                .isNotEqualTo(ServiceBlueprint.name(Kinds.LOAD_BALANCER.id("a", "b-c")));
        String prefix = "n".repeat(200);
        assertThat(ServiceBlueprint.name(Kinds.LOAD_BALANCER.id("1.shop", prefix + "1")))
                .hasSize(63)
                .matches("[a-z]([-a-z0-9]*[a-z0-9])?")
                .isNotEqualTo(ServiceBlueprint.name(Kinds.LOAD_BALANCER.id("1.shop", prefix + "2")));
    }

    @Test
    void knowsItsOwner() {
        assertThat(ServiceBlueprint.ownerOf(service("{}"))).isEqualTo(Kinds.LOAD_BALANCER.id("shop", "shop"));
        assertThat(ServiceBlueprint.ownerOf(new ServiceBuilder()
                        .withNewMetadata()
                        .withName("other")
                        .endMetadata()
                        .build()))
                .isNull();
    }

    @Test
    void whatTheClusterAddsIsNoDifferenceAndWhatSomebodyChangedIs() {
        Service wished = service("{}");
        Service present = new ServiceBuilder(wished)
                .editSpec()
                .withClusterIP("10.96.0.7")
                .editFirstPort()
                .withNodePort(30_001)
                .endPort()
                .endSpec()
                .build();
        assertThat(ServiceBlueprint.isUpToDate(present, wished)).isTrue();

        assertThat(ServiceBlueprint.isUpToDate(
                        new ServiceBuilder(present)
                                .editSpec()
                                .withSelector(Map.of())
                                .endSpec()
                                .build(),
                        wished))
                .isFalse();
        assertThat(ServiceBlueprint.isUpToDate(present, service("{service: {annotations: {a: b}}}")))
                .as("an annotation that is new, or gone")
                .isFalse();
    }
}
