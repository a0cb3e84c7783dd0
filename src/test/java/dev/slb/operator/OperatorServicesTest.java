package dev.slb.operator;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.testing.TestObjects;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import org.junit.jupiter.api.Test;

import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What an object in a tenant's namespace makes the operator do in its own: with its options as they are by default, nothing that
 * reaches beyond the tenant.
 */
class OperatorServicesTest extends OperatorTestBase {

    private static final String STOLEN = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-id";

    private void createLoadBalancer(String name, String service) {
        create("""
                kind: LoadBalancer
                metadata: {name: %1$s}
                spec: {service: %2$s}
                ---
                kind: Listener
                metadata: {name: %1$s}
                spec:
                  loadBalancerRef: {name: %1$s}
                  protocol: TCP
                  port: 80
                  serverGroupRef: {kind: VServerGroup, name: %1$s}
                  healthCheck: {enabled: false}
                ---
                kind: VServerGroup
                metadata: {name: %1$s}
                spec: {loadBalancerRef: {name: %1$s}, servers: [{name: web, podName: web-1, port: %3$d}]}
                """.formatted(name, service, one.port()));
    }

    private Service service(String loadBalancer) {
        return api.admin()
                .services()
                .inNamespace(TestReplica.NAMESPACE)
                .withName(ServiceBlueprint.name(Kinds.LOAD_BALANCER.id("shop", loadBalancer)))
                .get();
    }

    private void awaitAccepted(String loadBalancer, String... parts) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(condition(get(LoadBalancer.class, loadBalancer), "Accepted"))
                        .satisfies(accepted -> {
                            assertThat(accepted.getStatus()).isEqualTo("True");
                            assertThat(accepted.getMessage()).contains(parts);
                        }));
    }

    @Test
    void whatIsNotAllowedIsNamedAndTheRestIsServed() throws Exception {
        createShop();
        startAll();
        createLoadBalancer("node-port", "{type: NodePort}");
        createLoadBalancer("class", "{loadBalancerClass: example.com/of-another}");
        createLoadBalancer(
                "annotated",
                "{annotations: {%s: lb-of-another, slb.dev/load-balancer: kube-system/x}}".formatted(STOLEN));

        awaitAccepted("node-port", "spec.service.type: NodePort", "--allowed-service-types");
        awaitAccepted(
                "class", "spec.service.loadBalancerClass: example.com/of-another", "--allowed-load-balancer-classes");
        awaitAccepted("annotated", "spec.service.annotations[" + STOLEN + "]", "--allowed-service-annotations");
        awaitCondition(LoadBalancer.class, "node-port", "Ready", "NoAddress");
        assertThat(condition(get(LoadBalancer.class, "node-port"), "Stalled").getMessage())
                .contains("NodePort");

        await().atMost(PATIENCE).until(() -> service("annotated") != null);
        assertThat(service("annotated").getSpec().getType()).isEqualTo("LoadBalancer");
        assertThat(service("annotated").getMetadata().getAnnotations())
                .doesNotContainKey(STOLEN)
                .containsEntry(ServiceBlueprint.OWNER_ANNOTATION, "shop/annotated");
        for (String listener : new String[] {"node-port", "class", "annotated"}) {
            awaitReady(Listener.class, listener);
            assertThat(greeting(replicas.get(0), bindPort(listener))).isEqualTo("one");
        }
        assertQuiet();
        assertThat(service("node-port")).isNull();
        assertThat(service("class")).isNull();
    }

    @Test
    void aServiceOfEarlierGoesWhereItIsNoLongerAllowedAndStaysWhereItIs() {
        createShop();
        createLoadBalancer("node-port", "{type: NodePort}");
        api.admin().resource(earlier("node-port", "NodePort")).create();
        startAll();
        await().atMost(PATIENCE).until(() -> service("node-port") == null);

        createLoadBalancer("inside", "{type: ClusterIP}");
        awaitReady(LoadBalancer.class, "inside");
        update(TestObjects.object(
                LoadBalancer.class,
                "{kind: LoadBalancer, metadata: {name: inside}, spec: {service: {type: NodePort}}}"));
        awaitAccepted("inside", "spec.service.type: NodePort");
        assertQuiet();
        assertThat(service("inside").getSpec().getType()).isEqualTo("ClusterIP");
        assertThat(service("node-port")).isNull();
    }

    private static Service earlier(String loadBalancer, String type) {
        ObjectId id = Kinds.LOAD_BALANCER.id("shop", loadBalancer);
        return new ServiceBuilder()
                .withNewMetadata()
                .withNamespace(TestReplica.NAMESPACE)
                .withName(ServiceBlueprint.name(id))
                .withLabels(Map.of(ServiceBlueprint.MANAGED_BY, ServiceBlueprint.MANAGER))
                .withAnnotations(Map.of(ServiceBlueprint.OWNER_ANNOTATION, ServiceBlueprint.owner(id)))
                .endMetadata()
                .withNewSpec()
                .withType(type)
                .addNewPort()
                .withProtocol("TCP")
                .withPort(80)
                .withNewTargetPort(10_000)
                .endPort()
                .endSpec()
                .build();
    }
}
