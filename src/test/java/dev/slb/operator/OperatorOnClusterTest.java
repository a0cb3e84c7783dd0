package dev.slb.operator;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.testing.Loopback;
import dev.slb.testing.OnCluster;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import dev.slb.testing.TestObjects;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * The operator on a real API server with the rights of {@code deploy/rbac.yaml} and no others. Pods are objects only: what a
 * kubelet would say of them is written here, and they are in this process.
 */
@OnCluster
@Sockets
class OperatorOnClusterTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String NAMESPACE = "slb-operator-test";

    @TempDir
    Path folder;

    private final KubernetesClient admin = new KubernetesClientBuilder().build();
    private final TcpServer server = TcpServer.echo("web-1");
    private TestReplica replica;

    @BeforeEach
    void install() throws IOException {
        assumeThat(admin.apps()
                        .deployments()
                        .inNamespace(TestReplica.NAMESPACE)
                        .list()
                        .getItems())
                .as("operators that run in this cluster would do the same work")
                .isEmpty();
        for (String manifest :
                List.of("deploy/namespace.yaml", "deploy/rbac.yaml", "deploy/deletion-protection.yaml")) {
            apply(Path.of(manifest));
        }
        try (var crds = Files.list(Path.of("crds"))) {
            crds.forEach(this::apply);
        }
        admin.namespaces()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NAMESPACE)
                        .endMetadata()
                        .build())
                .serverSideApply();
        // The controller manager makes them, where there is one.
        for (String namespace : List.of(NAMESPACE, TestReplica.NAMESPACE)) {
            admin.resource(new ServiceAccountBuilder()
                            .withNewMetadata()
                            .withNamespace(namespace)
                            .withName("default")
                            .endMetadata()
                            .build())
                    .serverSideApply();
        }
        long pid = ProcessHandle.current().pid();
        String address = "127." + (64 + pid / 250 % 64) + "." + (1 + pid % 250) + ".20";
        replica = new TestReplica(
                "slb-test",
                address,
                Loopback.freePort(),
                Files.createDirectory(folder.resolve("replica")),
                errors -> clientWithTheRightsOfTheOperator());
    }

    private void apply(Path manifest) {
        try (var in = Files.newInputStream(manifest)) {
            admin.load(in).forceConflicts().serverSideApply();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private KubernetesClient clientWithTheRightsOfTheOperator() {
        TokenRequest token = admin.serviceAccounts()
                .inNamespace(TestReplica.NAMESPACE)
                .withName("slb")
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3600L)
                        .endSpec()
                        .build());
        Config own = admin.getConfiguration();
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(Config.empty())
                        .withMasterUrl(own.getMasterUrl())
                        .withCaCertData(own.getCaCertData())
                        .withCaCertFile(own.getCaCertFile())
                        .withOauthToken(token.getStatus().getToken())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
    }

    @AfterEach
    void uninstall() {
        if (replica != null) {
            replica.close();
            for (Class<? extends HasMetadata> kind : List.of(
                    Listener.class, LoadBalancer.class, VServerGroup.class, MasterSlaveGroup.class, Pod.class)) {
                admin.resources(kind).inNamespace(NAMESPACE).delete();
            }
            admin.pods()
                    .inNamespace(TestReplica.NAMESPACE)
                    .withLabels(TestReplica.LABELS)
                    .withGracePeriod(0)
                    .delete();
            admin.leases().inNamespace(TestReplica.NAMESPACE).delete();
        }
        server.close();
        admin.close();
    }

    /** A pod that no node will take, with the status that a kubelet would write. */
    private void runningPod(String namespace, String name, Map<String, String> labels, String address) {
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .withNewSpec()
                .withNodeSelector(Map.of("slb.dev/no-such-node", "true"))
                .withAutomountServiceAccountToken(false)
                .withNewSecurityContext()
                .withRunAsNonRoot(true)
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .endSecurityContext()
                .addNewContainer()
                .withName("none")
                .withImage("example.invalid/none")
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .endContainer()
                .endSpec()
                .build();
        admin.resource(pod).create();
        PodStatus status = new PodBuilder()
                .withNewStatus()
                .withPhase("Running")
                .withPodIP(address)
                .addNewPodIP(address)
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .endCondition()
                .endStatus()
                .build()
                .getStatus();
        // A scheduler that is there writes it, too.
        admin.pods()
                .inNamespace(namespace)
                .withName(name)
                .editStatus(
                        present -> new PodBuilder(present).withStatus(status).build());
    }

    private <T extends HasMetadata> void awaitReady(Class<T> kind, String name) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            T object =
                    admin.resources(kind).inNamespace(NAMESPACE).withName(name).get();
            assertThat(OperatorTestBase.conditions(object))
                    .filteredOn(condition -> condition.getType().equals("Ready"))
                    .extracting(Condition::getStatus)
                    .as("%s", OperatorTestBase.conditions(object))
                    .containsExactly("True");
        });
    }

    @Test
    void theRightsOfDeployAreEnough() throws IOException {
        replica.startOperator().startForwarder();
        runningPod(TestReplica.NAMESPACE, replica.name(), TestReplica.LABELS, replica.address());
        runningPod(NAMESPACE, "web-1", Map.of("app", "web"), Loopback.ADDRESS);
        TestObjects.objects("""
                        apiVersion: slb.dev/v1alpha1
                        kind: LoadBalancer
                        metadata: {name: shop, namespace: %1$s}
                        spec: {service: {type: ClusterIP}}
                        ---
                        apiVersion: slb.dev/v1alpha1
                        kind: Listener
                        metadata: {name: tcp, namespace: %1$s}
                        spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: 8081, serverGroupRef: {kind: VServerGroup, name: web}}
                        ---
                        apiVersion: slb.dev/v1alpha1
                        kind: Listener
                        metadata: {name: failover, namespace: %1$s}
                        spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: 8082, serverGroupRef: {kind: MasterSlaveGroup, name: pair}}
                        ---
                        apiVersion: slb.dev/v1alpha1
                        kind: VServerGroup
                        metadata: {name: web, namespace: %1$s}
                        spec: {loadBalancerRef: {name: shop}, servers: [{name: web, podSelector: {matchLabels: {app: web}}, port: %2$d}]}
                        ---
                        apiVersion: slb.dev/v1alpha1
                        kind: MasterSlaveGroup
                        metadata: {name: pair, namespace: %1$s}
                        spec: {loadBalancerRef: {name: shop}, master: {podName: web-1, port: %2$d}, slave: {podName: web-2, port: %2$d}}
                        """.formatted(NAMESPACE, server.port()))
                .forEach(object -> admin.resource(object).create());

        awaitReady(LoadBalancer.class, "shop");
        awaitReady(VServerGroup.class, "web");
        awaitReady(MasterSlaveGroup.class, "pair");
        for (String name : List.of("tcp", "failover")) {
            awaitReady(Listener.class, name);
            int port = admin.resources(Listener.class)
                    .inNamespace(NAMESPACE)
                    .withName(name)
                    .get()
                    .getStatus()
                    .bindPort();
            assertThat(greeting(port)).isEqualTo("web-1");
        }
        assertThat(services()).hasSize(1);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(admin.events()
                                .v1()
                                .events()
                                .inNamespace(NAMESPACE)
                                .list()
                                .getItems())
                        .filteredOn(event -> "slb.dev/operator".equals(event.getReportingController()))
                        .extracting(Event::getReason)
                        .contains("Ready", "Programmed"));

        // A changed Service, and one that goes.
        LoadBalancer shop = admin.resources(LoadBalancer.class)
                .inNamespace(NAMESPACE)
                .withName("shop")
                .get();
        admin.resources(Listener.class)
                .inNamespace(NAMESPACE)
                .withName("failover")
                .delete();
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(services().get(0).getSpec().getPorts()).hasSize(1));
        admin.resource(shop).delete();
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(services()).isEmpty());
    }

    @Test
    void aProtectedLoadBalancerCannotBeDeleted() {
        LoadBalancer shop = TestObjects.object(LoadBalancer.class, """
                        apiVersion: slb.dev/v1alpha1
                        kind: LoadBalancer
                        metadata: {name: shop, namespace: %s}
                        spec: {deletionProtection: true}
                        """.formatted(NAMESPACE));
        var resource = admin.resource(shop);
        resource.create();

        // A policy takes a moment to be in force.
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThatThrownBy(() -> resource.dryRun().delete())
                        .isInstanceOf(KubernetesClientException.class)
                        .hasMessageContaining("spec.deletionProtection is true"));
        assertThatThrownBy(resource::delete).isInstanceOf(KubernetesClientException.class);
        assertThat(resource.get()).isNotNull();

        resource.patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": {\"deletionProtection\": false}}");
        resource.delete();
        assertThat(resource.get()).isNull();
    }

    @Test
    void andNoMoreThanItNeeds() {
        try (KubernetesClient operator = clientWithTheRightsOfTheOperator()) {
            // It may watch the Secrets that listeners name, wherever they are, and writes its own only.
            assertThatThrownBy(() -> operator.secrets()
                            .inNamespace("kube-system")
                            .withName("any")
                            .delete())
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("forbidden");
            assertThatThrownBy(() -> operator.secrets()
                            .inNamespace(NAMESPACE)
                            .resource(new SecretBuilder()
                                    .withNewMetadata()
                                    .withName("any")
                                    .endMetadata()
                                    .build())
                            .create())
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("forbidden");
            assertThatThrownBy(() -> operator.services().inNamespace(NAMESPACE).list())
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("forbidden");
            assertThatThrownBy(() -> operator.pods()
                            .inNamespace(NAMESPACE)
                            .withName("any")
                            .delete())
                    .isInstanceOf(KubernetesClientException.class)
                    .hasMessageContaining("forbidden");
        }
    }

    private List<Service> services() {
        return admin.services()
                .inNamespace(TestReplica.NAMESPACE)
                .withLabel(ServiceBlueprint.MANAGED_BY, ServiceBlueprint.MANAGER)
                .list()
                .getItems();
    }

    private String greeting(int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(20_000);
            socket.connect(new InetSocketAddress(replica.address(), port), 20_000);
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        }
    }
}
