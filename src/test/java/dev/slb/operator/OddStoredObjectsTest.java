package dev.slb.operator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.testing.TestObjects;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Objects of a shape that no type has, as they are stored when a CRD was changed: they hurt only themselves, and say so. */
class OddStoredObjectsTest extends OperatorTestBase {

    private static final String LISTENER = """
            apiVersion: slb.dev/v1alpha1
            kind: Listener
            metadata: {name: %s, namespace: shop}
            spec:
              loadBalancerRef: {name: shop}
              protocol: TCP
              port: %s
              serverGroupRef: {kind: VServerGroup, name: web}
              healthCheck: %s
            """;

    private static GenericKubernetesResource raw(String yaml) {
        return Serialization.unmarshal(yaml, GenericKubernetesResource.class);
    }

    private void createRaw(String yaml) {
        api.admin().resource(raw(yaml)).create();
    }

    private void updateRaw(String yaml) {
        api.admin().resource(raw(yaml)).update();
    }

    private JsonNode json(Class<? extends HasMetadata> kind, String name) {
        GenericKubernetesResource object = api.admin()
                .genericKubernetesResources("slb.dev/v1alpha1", kind.getSimpleName())
                .inNamespace("shop")
                .withName(name)
                .get();
        return api.admin().getKubernetesSerialization().convertValue(object, JsonNode.class);
    }

    private void awaitInvalid(Class<? extends HasMetadata> kind, String name, String field) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            JsonNode object = json(kind, name);
            JsonNode accepted = null;
            for (JsonNode condition : object.at("/status/conditions")) {
                accepted = condition.path("type").asText().equals("Accepted") ? condition : accepted;
            }
            assertThat(accepted).as("Accepted of %s", object).isNotNull();
            assertThat(accepted.path("reason").asText()).isEqualTo("Invalid");
            assertThat(accepted.path("message").asText()).contains(field + ": ");
        });
    }

    private void awaitSynced() {
        await().atMost(PATIENCE)
                .until(() -> replicas.stream()
                        .allMatch(replica -> replica.operator().isSynced()
                                && replica.forwarder().forwarder().report().synced()));
    }

    @Test
    void whatIsThereAtTheStartAndWhatComesLaterIsNamedAndAllElseIsServed() throws Exception {
        createShop();
        createRaw(LISTENER.formatted("of-old", "{}", "{}"));
        createRaw("""
                apiVersion: slb.dev/v1alpha1
                kind: LoadBalancer
                metadata: {name: odd, namespace: shop}
                spec: {service: [NodePort]}
                """);
        startAll();
        awaitReady(Listener.class, "tcp");
        awaitInvalid(Listener.class, "of-old", "spec.port");
        awaitInvalid(LoadBalancer.class, "odd", "spec.service");
        createRaw(LISTENER.formatted("beyond-int", "99999999999", "{}"));
        createRaw(LISTENER.formatted("word", "eighty", "{}"));
        createRaw("""
                apiVersion: slb.dev/v1alpha1
                kind: Listener
                metadata: {name: list, namespace: shop}
                spec: [80]
                """);
        createRaw("""
                apiVersion: slb.dev/v1alpha1
                kind: VServerGroup
                metadata: {name: odd, namespace: shop}
                spec: {loadBalancerRef: {name: shop}, servers: [{name: a, port: {number: 80}}, {name: b, port: 80, weight: much}]}
                """);
        createRaw("""
                apiVersion: slb.dev/v1alpha1
                kind: MasterSlaveGroup
                metadata: {name: odd, namespace: shop}
                spec: {loadBalancerRef: {name: shop}, master: [db-0], slave: {podName: db-1, port: 80}}
                """);
        awaitInvalid(Listener.class, "beyond-int", "spec.port");
        awaitInvalid(Listener.class, "word", "spec.port");
        awaitInvalid(Listener.class, "list", "spec");
        awaitInvalid(VServerGroup.class, "odd", "spec.servers[0].port");
        awaitInvalid(VServerGroup.class, "odd", "spec.servers[1].weight");
        awaitInvalid(MasterSlaveGroup.class, "odd", "spec.master");
        // A name that can't be one of a Secret stops nobody either.
        createRaw("""
                apiVersion: slb.dev/v1alpha1
                kind: Listener
                metadata: {name: strange-name, namespace: shop}
                spec:
                  loadBalancerRef: {name: shop}
                  protocol: HTTPS
                  port: 8443
                  backendPort: 80
                  tls: {certificateRef: {name: "../a b,c=d"}}
                """);
        createRaw(LISTENER.formatted("late", 8082, "{enabled: false}"));
        awaitReady(Listener.class, "late");
        awaitGreeting(replicas.get(0), bindPort("late"), "one");
        // One that is mended serves.
        updateRaw(LISTENER.formatted("word", 8083, "{enabled: false}"));
        awaitReady(Listener.class, "word");
        awaitGreeting(replicas.get(1), bindPort("word"), "one");
        replicas.forEach(TestReplica::stopOperator);
        replicas.forEach(TestReplica::startOperator);
        awaitSynced();
        for (TestReplica replica : replicas) {
            assertThat(greeting(replica, bindPort("tcp"))).isEqualTo("one");
        }
    }

    @Test
    void anEditThatCantBeReadLeavesWhatIsServedAlsoAfterARestart() throws Exception {
        startAll();
        createShop();
        awaitReady(Listener.class, "tcp");
        awaitReady(VServerGroup.class, "web");
        int port = bindPort("tcp");
        updateRaw(LISTENER.formatted("tcp", 8081, "often"));
        awaitInvalid(Listener.class, "tcp", "spec.healthCheck");
        updateRaw("""
                apiVersion: slb.dev/v1alpha1
                kind: VServerGroup
                metadata: {name: web, namespace: shop}
                spec: {loadBalancerRef: shop, servers: []}
                """);
        awaitInvalid(VServerGroup.class, "web", "spec.loadBalancerRef");
        replicas.forEach(TestReplica::stopOperator);
        replicas.forEach(TestReplica::startOperator);
        awaitSynced();
        for (TestReplica replica : replicas) {
            assertThat(greeting(replica, port)).isEqualTo("one");
        }
        moveWeb(two.port());
        updateRaw(LISTENER.formatted("tcp", 8081, "{enabled: false}"));
        for (TestReplica replica : replicas) {
            awaitGreeting(replica, port, "two");
        }
        awaitReady(Listener.class, "tcp");
        assertThat(bindPort("tcp")).isEqualTo(port);
    }

    @Test
    void aStatusThatCantBeReadIsWrittenAnewAndItsPortStays() {
        startAll();
        createShop();
        awaitReady(Listener.class, "tcp");
        int port = bindPort("tcp");
        replicas.forEach(TestReplica::stopOperator);
        GenericKubernetesResource odd = raw(LISTENER.formatted("tcp", 8081, "{enabled: false}"));
        odd.setAdditionalProperty("status", Serialization.unmarshal("""
                        bindPort: %d
                        conditions: none
                        observedGeneration: {}
                        servers: [1]
                        """.formatted(port), JsonNode.class));
        api.admin().resource(odd).updateStatus();
        assertThat(json(Listener.class, "tcp").at("/status/conditions").asText())
                .isEqualTo("none");
        replicas.forEach(TestReplica::startOperator);
        awaitSynced();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(json(Listener.class, "tcp")
                                .at("/status/conditions")
                                .size())
                        .isGreaterThan(3));
        awaitReady(Listener.class, "tcp");
        assertThat(bindPort("tcp")).isEqualTo(port);
    }

    @Test
    void anOddPodNodeOrSecretEndsNoWatch() throws Exception {
        createShop();
        createRaw("""
                apiVersion: v1
                kind: Pod
                metadata: {name: odd, namespace: shop, labels: {app: web}, creationTimestamp: soon}
                spec: {containers: many, terminationGracePeriodSeconds: 99999999999999999999}
                status: {podIP: {ip: 127.0.0.1}, conditions: {type: Ready}}
                """);
        createRaw("""
                apiVersion: v1
                kind: Node
                metadata: {name: odd, labels: {a: b}}
                spec: [1]
                status: {capacity: {cpu: [1]}}
                """);
        createRaw("""
                apiVersion: v1
                kind: Secret
                metadata: {name: shop-tls, namespace: shop}
                type: kubernetes.io/tls
                data: nothing
                """);
        create("""
                kind: Listener
                metadata: {name: https}
                spec:
                  loadBalancerRef: {name: shop}
                  protocol: HTTPS
                  port: 8443
                  serverGroupRef: {kind: VServerGroup, name: web}
                  tls: {certificateRef: {name: shop-tls}}
                """);
        startAll();
        awaitReady(Listener.class, "tcp");
        awaitCondition(Listener.class, "https", "ResolvedRefs", "InvalidCertificate");
        createRaw("""
                apiVersion: v1
                kind: Pod
                metadata: {name: odd-too, namespace: shop, labels: {app: web}}
                spec: {containers: [{name: a, ports: [{containerPort: 99999999999}], resources: {limits: {cpu: lots}}}]}
                """);
        Pod pod = TestObjects.object(Pod.class, """
                kind: Pod
                metadata: {name: web-2, labels: {app: web}}
                status: {podIP: 127.0.0.1, conditions: [{type: Ready, status: "True"}]}
                """);
        api.admin().resource(pod).create();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(
                                get(VServerGroup.class, "web").getStatus().summary())
                        .satisfies(summary -> {
                            assertThat(summary.total()).isEqualTo(4);
                            assertThat(summary.normal()).isEqualTo(2);
                        }));
    }
}
