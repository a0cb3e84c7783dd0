package dev.slb.translate;

import dev.slb.api.LoadBalancer;
import dev.slb.api.ServiceSpec;
import dev.slb.api.ServiceType;
import dev.slb.api.TrafficPolicy;
import dev.slb.testing.TestObjects;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What becomes of {@code spec.service} by what the operator allows. */
class ExposureTest {

    private static final AllowedServices SOME = new AllowedServices(
            Set.of(ServiceType.NodePort, ServiceType.LoadBalancer),
            Set.of("example.com/inside"),
            List.of("cloud.example.com/load-balancer-", "metrics.example.com/port"));

    private static Exposure exposure(String spec, AllowedServices allowed) {
        return Exposure.of(
                TestObjects.object(
                        LoadBalancer.class, "{kind: LoadBalancer, metadata: {name: shop}, spec: %s}".formatted(spec)),
                allowed);
    }

    private static ServiceSpec service(ServiceType type, String loadBalancerClass, Map<String, String> annotations) {
        return new ServiceSpec(type, loadBalancerClass, TrafficPolicy.Local, annotations);
    }

    @Test
    void whatIsLeftOutHasItsDefault() {
        for (String spec : List.of("{}", "null", "{service: {}}")) {
            assertThat(exposure(spec, AllowedServices.DEFAULT))
                    .isEqualTo(new Exposure(service(ServiceType.LoadBalancer, null, null), List.of()));
        }
    }

    @Test
    void noOtherTypeOrClassTakesThePlaceOfOneThatIsNotAllowed() {
        Exposure nodePort = exposure("{service: {type: NodePort}}", AllowedServices.DEFAULT);
        assertThat(nodePort.service()).isNull();
        assertThat(nodePort.isRefused()).isTrue();
        assertThat(nodePort.refused())
                .containsExactly(
                        "spec.service.type: NodePort is not allowed by the operator (--allowed-service-types), "
                                + "there is no new Service");
        assertThat(exposure("{service: {type: NodePort}}", SOME).service())
                .isEqualTo(service(ServiceType.NodePort, null, null));
        assertThat(exposure("{service: {type: ClusterIP}}", SOME).isRefused()).isTrue();

        assertThat(exposure("{service: {loadBalancerClass: example.com/other}}", SOME)
                        .refused())
                .containsExactly("spec.service.loadBalancerClass: example.com/other is not allowed by the operator "
                        + "(--allowed-load-balancer-classes), there is no new Service");
        assertThat(exposure("{service: {loadBalancerClass: example.com/inside}}", SOME)
                        .service())
                .isEqualTo(service(ServiceType.LoadBalancer, "example.com/inside", null));
    }

    @Test
    void annotationsAreAllowedByWhatTheyBeginWithButForTheOperatorsOwn() {
        Exposure exposure = exposure("""
                {service: {annotations: {cloud.example.com/load-balancer-name: a, cloud.example.com/zone: b,
                  metrics.example.com/port: "1", slb.dev/applied: c, CLOUD.example.com/load-balancer-name: d, empty: null}}}
                """, SOME);
        assertThat(exposure.service().annotations())
                .isEqualTo(Map.of("cloud.example.com/load-balancer-name", "a", "metrics.example.com/port", "1"));
        assertThat(exposure.isRefused()).isFalse();
        assertThat(exposure.refused())
                .hasSize(3)
                .contains("spec.service.annotations[cloud.example.com/zone]: is not allowed by the operator "
                        + "(--allowed-service-annotations) and left out")
                .anyMatch(refused -> refused.contains("[slb.dev/applied]"))
                .anyMatch(refused -> refused.contains("[CLOUD.example.com/load-balancer-name]"));
        AllowedServices own = new AllowedServices(Set.of(ServiceType.LoadBalancer), Set.of(), List.of("slb.dev/"));
        assertThat(exposure("{service: {annotations: {slb.dev/load-balancer: x}}}", own)
                        .service()
                        .annotations())
                .isEmpty();
    }

    @Test
    void allAnnotationsAreNeverAllowedAtOnce() {
        assertThatThrownBy(() -> new AllowedServices(Set.of(), Set.of(), List.of("")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatCantBeReadOrIsNotKnownChangesNoService() {
        for (String spec : List.of(
                "{service: {type: [NodePort]}}",
                "{service: [a]}",
                "{service: {annotations: {a: [b]}}}",
                "text",
                "{service: {type: Tunnel}}",
                "{service: {externalTrafficPolicy: Some}}")) {
            assertThat(exposure(spec, SOME)).as(spec).isEqualTo(Exposure.NONE);
        }
        assertThat(exposure("{servers: 5, service: {type: NodePort}}", SOME).service())
                .as("what else can't be read is another matter")
                .isNotNull();
    }

    @Test
    void filesHaveNoServices() {
        assertThat(exposure("{service: {type: NodePort, annotations: {a: b}}}", null))
                .isEqualTo(Exposure.NONE);
    }
}
