package dev.slb.operator;

import dev.slb.api.ApiObject;
import dev.slb.api.Listener;
import dev.slb.api.VServerGroup;
import dev.slb.testing.Loopback;
import dev.slb.testing.MockApiServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import dev.slb.testing.TestObjects;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Two replicas of the operator, each with a real forwarder, on an API server in memory. */
@Sockets
abstract class OperatorTestBase {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    final MockApiServer api = new MockApiServer();
    final int adminPort = Loopback.freePort();
    final List<TestReplica> replicas = new ArrayList<>();
    final TcpServer one = TcpServer.echo("one");
    final TcpServer two = TcpServer.echo("two");

    @BeforeEach
    void twoReplicas() throws IOException {
        long pid = ProcessHandle.current().pid();
        for (int i = 0; i < 2; i++) {
            Path own = Files.createDirectory(folder.resolve("replica-" + i));
            // Ports to bind are not for us to choose: addresses of our own keep other builds on this machine away.
            String address = "127." + (64 + pid / 250 % 64) + "." + (1 + pid % 250) + "." + (10 + i);
            TestReplica replica = new TestReplica(api, "slb-" + i, address, adminPort, own);
            replicas.add(replica);
            api.admin().resource(replica.pod()).create();
        }
    }

    @AfterEach
    void closeAll() {
        replicas.forEach(TestReplica::close);
        one.close();
        two.close();
        api.close();
    }

    void startAll() {
        replicas.forEach(replica -> replica.startOperator().startForwarder());
    }

    void create(String yaml) {
        TestObjects.objects(yaml).forEach(object -> api.admin().resource(object).create());
    }

    /** A LoadBalancer {@code shop} with the listener {@code tcp} on 8081, the group {@code web} and the pod {@code web-1}. */
    void createShop() {
        create("""
                kind: LoadBalancer
                metadata: {name: shop}
                spec: {service: {type: ClusterIP}}
                ---
                kind: Listener
                metadata: {name: tcp}
                spec:
                  loadBalancerRef: {name: shop}
                  protocol: TCP
                  port: 8081
                  serverGroupRef: {kind: VServerGroup, name: web}
                  healthCheck: {intervalSeconds: 1, unhealthyThreshold: 2}
                ---
                kind: VServerGroup
                metadata: {name: web}
                spec: {loadBalancerRef: {name: shop}, servers: [{name: web, podSelector: {matchLabels: {app: web}}, port: %d}]}
                ---
                kind: Pod
                metadata: {name: web-1, labels: {app: web}}
                status: {podIP: 127.0.0.1, conditions: [{type: Ready, status: "True"}]}
                """.formatted(one.port()));
    }

    /** Makes the pod of the group {@code web} serve on another port. */
    void moveWeb(int port) {
        VServerGroup group = TestObjects.object(VServerGroup.class, """
                kind: VServerGroup
                metadata: {name: web}
                spec: {loadBalancerRef: {name: shop}, servers: [{name: web, podName: web-1, port: %d}]}
                """.formatted(port));
        update(group);
    }

    /** An update reads the version that it replaces, and a status may be written just between: then again. */
    void update(HasMetadata object) {
        await().atMost(PATIENCE)
                .ignoreExceptionsMatching(e -> e instanceof KubernetesClientException conflict
                        && conflict.getCode() == HttpURLConnection.HTTP_CONFLICT)
                .until(() -> api.admin().resource(object).update() != null);
    }

    <T extends HasMetadata> T get(Class<T> kind, String name) {
        return api.admin().resources(kind).inNamespace("shop").withName(name).get();
    }

    <T extends HasMetadata> void delete(Class<T> kind, String name) {
        api.admin().resources(kind).inNamespace("shop").withName(name).delete();
    }

    static List<Condition> conditions(HasMetadata object) {
        return ((ApiObject<?, ?>) object).conditions();
    }

    static Condition condition(HasMetadata object, String type) {
        return conditions(object).stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + type + " in " + conditions(object)));
    }

    void awaitCondition(Class<? extends HasMetadata> kind, String name, String type, String reason) {
        try {
            await().atMost(PATIENCE).untilAsserted(() -> {
                HasMetadata object = get(kind, name);
                assertThat(condition(object, type).getReason())
                        .as("%s", conditions(object))
                        .isEqualTo(reason);
            });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(e.getMessage() + "\n" + whereReplicasAre(), e);
        }
    }

    /** What a status that does not come may wait for. */
    private String whereReplicasAre() {
        String operators = replicas.stream()
                .filter(replica -> replica.operator() != null)
                .map(replica -> replica.name() + (replica.operator().isElected() ? ", elected" : "")
                        + (replica.operator().isSynced() ? ", synced" : "") + ": "
                        + replica.operator().documents().stream()
                                .map(document -> document.id().toString())
                                .toList())
                .collect(Collectors.joining("\n"));
        return operators + "\n"
                + Serialization.asYaml(
                        api.admin().leases().inAnyNamespace().list().getItems());
    }

    void awaitReady(Class<? extends HasMetadata> kind, String name) {
        awaitCondition(kind, name, "Ready", "Ready");
    }

    TestReplica elected() {
        return await().atMost(PATIENCE)
                .until(
                        () -> replicas.stream()
                                .filter(replica -> replica.operator() != null
                                        && replica.operator().isElected())
                                .findFirst(),
                        java.util.Optional::isPresent)
                .orElseThrow();
    }

    TestReplica otherThan(TestReplica replica) {
        return replicas.get(replica == replicas.get(0) ? 1 : 0);
    }

    static String greeting(TestReplica replica, int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(20_000);
            socket.connect(new InetSocketAddress(replica.address(), port), 20_000);
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                    .readLine();
        }
    }

    static void awaitGreeting(TestReplica replica, int port, String expected) {
        await().atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(IOException.class)
                .untilAsserted(() -> assertThat(greeting(replica, port)).isEqualTo(expected));
    }

    int bindPort(String listener) {
        return get(Listener.class, listener).getStatus().bindPort();
    }

    Set<String> writers() {
        return api.writes().stream().map(MockApiServer.Write::user).collect(Collectors.toSet());
    }

    List<String> events(Class<? extends HasMetadata> kind, String name) {
        return api.admin().events().v1().events().inNamespace("shop").list().getItems().stream()
                .filter(event -> event.getRegarding().getKind().equals(kind.getSimpleName())
                        && event.getRegarding().getName().equals(name))
                .map(Event::getReason)
                .toList();
    }

    /** Nobody writes when nothing changes. */
    void assertQuiet() {
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            int before = api.writes().size();
                            await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
                            return api.writes().size() == before;
                        },
                        quiet -> quiet);
    }
}
