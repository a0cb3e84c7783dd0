package dev.slb.operator;

import dev.slb.api.ActiveRole;
import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.LoadBalancerAddress;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.testing.Loopback;
import dev.slb.testing.TestObjects;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** What two replicas make of objects, and of what fails around them. */
class OperatorTest extends OperatorTestBase {

    @Test
    void objectsBecomeTrafficThroughEveryForwarderAndOnlyTheElectedReplicaWrites() throws Exception {
        replicas.forEach(TestReplica::keepingTheLease);
        startAll();
        createShop();

        for (Class<? extends HasMetadata> kind : List.of(Listener.class, LoadBalancer.class, VServerGroup.class)) {
            awaitReady(kind, kind == Listener.class ? "tcp" : kind == LoadBalancer.class ? "shop" : "web");
        }
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(condition(get(Listener.class, "tcp"), "Programmed")
                                .getMessage())
                        .contains("2 of 2 forwarders"));
        for (TestReplica replica : replicas) {
            assertThat(greeting(replica, bindPort("tcp"))).isEqualTo("one");
        }

        // The Service leads from the listener's port to the port that forwarders bind.
        Service service = api.admin()
                .services()
                .inNamespace(TestReplica.NAMESPACE)
                .list()
                .getItems()
                .get(0);
        ServicePort port = service.getSpec().getPorts().get(0);
        assertThat(port.getPort()).isEqualTo(8081);
        assertThat(port.getTargetPort().getIntVal()).isEqualTo(bindPort("tcp"));
        assertThat(service.getSpec().getSelector()).isEqualTo(TestReplica.LABELS);
        assertThat(get(LoadBalancer.class, "shop").getStatus().addresses())
                .extracting(LoadBalancerAddress::value)
                .containsExactly(service.getSpec().getClusterIP());

        // A server that fails turns Ready once, and back once.
        two.close();
        moveWeb(two.port());
        awaitCondition(Listener.class, "tcp", "Ready", "NoHealthyServer");
        moveWeb(one.port());
        awaitReady(Listener.class, "tcp");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(events(Listener.class, "tcp"))
                        .containsOnlyOnce("NoHealthyServer")
                        .filteredOn("Ready"::equals)
                        .hasSizeBetween(1, 2));

        assertThat(writers()).containsExactly(elected().name());
        assertQuiet();

        // What is gone is undone, on all forwarders, and its Service with it.
        int bindPort = bindPort("tcp");
        delete(LoadBalancer.class, "shop");
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(api.admin()
                            .services()
                            .inNamespace(TestReplica.NAMESPACE)
                            .list()
                            .getItems())
                    .isEmpty();
            for (TestReplica replica : replicas) {
                org.assertj.core.api.Assertions.assertThatThrownBy(() -> greeting(replica, bindPort))
                        .isInstanceOf(IOException.class);
            }
        });
        awaitCondition(Listener.class, "tcp", "Accepted", "LoadBalancerNotFound");
    }

    @Test
    void aReplicaThatIsCutOffKeepsServingAndTheOtherTakesOver() {
        startAll();
        createShop();
        awaitReady(Listener.class, "tcp");
        awaitReady(LoadBalancer.class, "shop");
        TestReplica first = elected();
        TestReplica second = otherThan(first);
        int port = bindPort("tcp");

        first.cutApiServer();
        await().atMost(PATIENCE).until(() -> second.operator().isElected());
        assertThat(first.operator().isElected()).isFalse();
        moveWeb(two.port());
        awaitGreeting(second, port, "two");
        awaitGreeting(first, port, "one");
        awaitCondition(VServerGroup.class, "web", "Programmed", "Pending");

        first.mendApiServer();
        awaitGreeting(first, port, "two");
        awaitReady(VServerGroup.class, "web");
        assertThat(bindPort("tcp")).isEqualTo(port);
        assertThat(writers()).containsExactlyInAnyOrder("slb-0", "slb-1");
    }

    @Test
    void theApiServerMayComeLateAndGoAwayForEverybody() throws Exception {
        createShop();
        replicas.forEach(TestReplica::cutApiServer);
        startAll();
        for (TestReplica replica : replicas) {
            URI ready = URI.create("http://" + replica.address() + ":"
                    + replica.operator().healthAddress().getPort() + "/readyz");
            assertThat(HttpClient.newHttpClient()
                            .send(HttpRequest.newBuilder(ready).build(), HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(200);
            assertThat(replica.operator().isSynced()).isFalse();
        }

        replicas.forEach(TestReplica::mendApiServer);
        awaitReady(Listener.class, "tcp");
        int port = bindPort("tcp");
        replicas.forEach(TestReplica::cutApiServer);
        moveWeb(two.port());
        await().atMost(PATIENCE)
                .until(() -> replicas.stream()
                        .noneMatch(replica -> replica.operator().isElected()));
        for (TestReplica replica : replicas) {
            assertThat(greeting(replica, port)).isEqualTo("one");
        }

        replicas.forEach(TestReplica::mendApiServer);
        replicas.forEach(replica -> awaitGreeting(replica, port, "two"));
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(
                                get(VServerGroup.class, "web").getStatus().observedGeneration())
                        .isEqualTo(2));
        awaitReady(VServerGroup.class, "web");
    }

    @Test
    void forwardersServeOnWithoutOperatorsAlsoAfterARestart() throws Exception {
        startAll();
        createShop();
        awaitReady(Listener.class, "tcp");
        int port = bindPort("tcp");

        replicas.forEach(TestReplica::stopOperator);
        for (TestReplica replica : replicas) {
            assertThat(greeting(replica, port)).isEqualTo("one");
            replica.stopForwarder();
            replica.startForwarder();
        }
        replicas.forEach(replica -> awaitGreeting(replica, port, "one"));

        // What went away meanwhile goes, what was kept stays.
        delete(Listener.class, "tcp");
        create("""
                kind: Listener
                metadata: {name: other}
                spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: 8082, serverGroupRef: {kind: VServerGroup, name: web}}
                """);
        replicas.forEach(TestReplica::startOperator);
        awaitReady(Listener.class, "other");
        replicas.forEach(replica -> awaitGreeting(replica, bindPort("other"), "one"));
        await().atMost(PATIENCE).untilAsserted(() -> {
            for (TestReplica replica : replicas) {
                assertThat(replica.forwarder()
                                .forwarder()
                                .report()
                                .documents()
                                .keySet()
                                .toString())
                        .contains("listener/shop/other")
                        .doesNotContain("listener/shop/tcp");
            }
        });
    }

    @Test
    void aBrokenObjectHurtsOnlyItself() throws Exception {
        startAll();
        createShop();
        create("""
                kind: LoadBalancer
                metadata: {name: odd}
                spec: {service: {type: Teleport}, sparkle: true}
                ---
                kind: Listener
                metadata: {name: twin}
                spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: 8081, serverGroupRef: {kind: VServerGroup, name: web}}
                ---
                kind: Listener
                metadata: {name: homeless}
                spec: {loadBalancerRef: {name: nobody}, protocol: TCP, port: 8082, serverGroupRef: {kind: VServerGroup, name: web}}
                ---
                kind: Listener
                metadata: {name: dangling}
                spec: {loadBalancerRef: {name: shop}, protocol: TCP, port: 8083, serverGroupRef: {kind: VServerGroup, name: gone}}
                ---
                kind: Listener
                metadata: {name: empty}
                ---
                kind: VServerGroup
                metadata: {name: homeless}
                spec: {loadBalancerRef: {name: nobody}, servers: []}
                ---
                kind: MasterSlaveGroup
                metadata: {name: half}
                spec: {loadBalancerRef: {name: shop}, master: {podName: web-1, port: 99999}}
                """);

        awaitCondition(LoadBalancer.class, "odd", "Accepted", "Invalid");
        awaitCondition(Listener.class, "twin", "Accepted", "PortConflict");
        awaitCondition(Listener.class, "homeless", "Accepted", "LoadBalancerNotFound");
        awaitCondition(Listener.class, "dangling", "ResolvedRefs", "GroupNotFound");
        awaitCondition(Listener.class, "empty", "Accepted", "Invalid");
        awaitCondition(VServerGroup.class, "homeless", "Accepted", "LoadBalancerNotFound");
        awaitCondition(MasterSlaveGroup.class, "half", "Accepted", "Invalid");
        awaitReady(Listener.class, "tcp");
        for (TestReplica replica : replicas) {
            assertThat(greeting(replica, bindPort("tcp"))).isEqualTo("one");
        }

        // An edit that can't be served leaves what was served, over a restart of all operators too.
        moveWeb(99_999);
        awaitCondition(VServerGroup.class, "web", "Accepted", "Invalid");
        replicas.forEach(TestReplica::stopOperator);
        replicas.forEach(TestReplica::startOperator);
        await().atMost(PATIENCE)
                .until(() ->
                        replicas.stream().allMatch(replica -> replica.operator().isSynced()));
        await().atMost(PATIENCE)
                .until(() -> replicas.stream()
                        .allMatch(replica ->
                                replica.forwarder().forwarder().report().synced()));
        for (TestReplica replica : replicas) {
            assertThat(greeting(replica, bindPort("tcp"))).isEqualTo("one");
        }
    }

    @Test
    void listenersOfAllLoadBalancersHavePortsOfTheirOwnToBind() {
        startAll();
        createShop();
        int count = 12;
        IntStream.range(0, count).forEach(i -> create("""
                        kind: LoadBalancer
                        metadata: {name: lb-%1$d}
                        spec: {service: {type: ClusterIP}}
                        ---
                        kind: Listener
                        metadata: {name: listener-%1$d}
                        spec: {loadBalancerRef: {name: lb-%1$d}, protocol: TCP, port: 8081, backendPort: 80}
                        """.formatted(i)));

        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < count; i++) {
            String name = "listener-" + i;
            awaitCondition(Listener.class, name, "Programmed", "Programmed");
            ports.add(bindPort(name));
        }
        ports.add(bindPort("tcp"));
        assertThat(ports).hasSize(count + 1).allMatch(port -> port >= 10_000 && port <= 29_999);
    }

    @Test
    void aGroupSaysWhetherItsTrafficFollowsTheWeights() {
        startAll();
        createShop();
        createSecondPod();
        create("""
                kind: Listener
                metadata: {name: unchecked}
                spec:
                  loadBalancerRef: {name: shop}
                  protocol: TCP
                  port: 8082
                  serverGroupRef: {kind: VServerGroup, name: pair}
                  healthCheck: {enabled: false, passive: {enabled: false}}
                ---
                kind: VServerGroup
                metadata: {name: pair}
                spec: {loadBalancerRef: {name: shop}, servers: %s}
                """.formatted(pair(Loopback.freePort())));
        awaitReady(Listener.class, "unchecked");

        // One of the two can't be connected to, and neither checks nor traffic notice: the other gets it all.
        connectUntil("False", "Unexplained");
        assertThat(condition(get(VServerGroup.class, "pair"), "Balanced").getMessage())
                .contains("server web-1 got 100.0 % where 50.0 % were due");
        assertThat(condition(get(VServerGroup.class, "pair"), "Ready").getStatus())
                .isEqualTo("True");

        update(TestObjects.object(VServerGroup.class, """
                kind: VServerGroup
                metadata: {name: pair}
                spec: {loadBalancerRef: {name: shop}, servers: %s}
                """.formatted(pair(two.port()))));
        connectUntil("True", "Balanced");
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(events(VServerGroup.class, "pair"))
                        .containsOnlyOnce("Unexplained")
                        .containsOnlyOnce("Balanced"));
        assertQuiet();
    }

    @Test
    void aFailoverAndItsEndAreEvents() {
        startAll();
        createShop();
        createSecondPod();
        create("""
                kind: Listener
                metadata: {name: db}
                spec:
                  loadBalancerRef: {name: shop}
                  protocol: TCP
                  port: 8082
                  serverGroupRef: {kind: MasterSlaveGroup, name: db}
                  healthCheck: {intervalSeconds: 1, healthyThreshold: 2}
                ---
                kind: MasterSlaveGroup
                metadata: {name: db}
                spec: {loadBalancerRef: {name: shop}, master: {podName: web-1, port: %d}, slave: {podName: web-2, port: %d}}
                """.formatted(one.port(), two.port()));
        await().atMost(PATIENCE)
                .until(() -> get(MasterSlaveGroup.class, "db").getStatus() != null
                        && get(MasterSlaveGroup.class, "db").getStatus().active() == ActiveRole.Master);
        assertThat(events(MasterSlaveGroup.class, "db")).doesNotContain("SlaveActive", "MasterActive");

        setWebReady("False");
        awaitEvent("SlaveActive");
        setWebReady("True");
        awaitEvent("MasterActive");
        assertThat(condition(get(MasterSlaveGroup.class, "db"), "Ready").getStatus())
                .isEqualTo("True");
    }

    /** {@code web-2}, which is like {@code web-1}. */
    private void createSecondPod() {
        create("""
                kind: Pod
                metadata: {name: web-2, labels: {app: web}}
                status: {podIP: 127.0.0.1, conditions: [{type: Ready, status: "True"}]}
                """);
    }

    private void setWebReady(String ready) {
        Pod pod = api.admin()
                .pods()
                .inNamespace("shop")
                .withName("web-1")
                .edit(present -> new PodBuilder(present)
                        .editStatus()
                        .editFirstCondition()
                        .withStatus(ready)
                        .endCondition()
                        .endStatus()
                        .build());
        assertThat(pod.getStatus().getConditions().get(0).getStatus()).isEqualTo(ready);
    }

    private void awaitEvent(String reason) {
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(events(MasterSlaveGroup.class, "db")).containsOnlyOnce(reason));
    }

    private String pair(int secondPort) {
        return "[{name: one, podName: web-1, port: %d}, {name: two, podName: web-2, port: %d}]"
                .formatted(one.port(), secondPort);
    }

    /** Traffic through both forwarders, until the group {@code pair} says this of it. */
    private void connectUntil(String status, String reason) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(1)).untilAsserted(() -> {
            for (int i = 0; i < 20; i++) {
                for (TestReplica replica : replicas) {
                    greeting(replica, bindPort("unchecked"));
                }
            }
            Condition balanced = condition(get(VServerGroup.class, "pair"), "Balanced");
            assertThat(balanced.getStatus() + " " + balanced.getReason()).isEqualTo(status + " " + reason);
        });
    }

    @Test
    void limitsAreDividedAmongTheForwardersThatAreReady() {
        startAll();
        createShop();
        awaitShares(2);

        Pod third = new PodBuilder(replicas.get(0).pod())
                .editMetadata()
                .withName("slb-2")
                .endMetadata()
                .editStatus()
                .withPodIP("127.0.0.99")
                .endStatus()
                .build();
        api.admin().resource(third).create();
        awaitShares(3);

        third.getStatus().getConditions().get(0).setStatus("False");
        api.admin().resource(third).update();
        awaitShares(2);

        api.admin().resource(replicas.get(1).pod()).delete();
        awaitShares(1);
    }

    @Test
    void aForwarderThatNeverEndsItsReportHoldsUpNobody() throws IOException {
        startAll();
        createShop();
        awaitReady(Listener.class, "tcp");
        String address = replicas.get(0).address().replaceAll("[0-9]+$", "99");
        try (ServerSocket endless = new ServerSocket()) {
            endless.bind(new InetSocketAddress(address, adminPort));
            Thread thread = new Thread(() -> beginAnswers(endless), "endless");
            thread.setDaemon(true);
            thread.start();
            Pod third = new PodBuilder(replicas.get(0).pod())
                    .editMetadata()
                    .withName("slb-2")
                    .endMetadata()
                    .editStatus()
                    .withPodIP(address)
                    .endStatus()
                    .build();
            api.admin().resource(third).create();
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(condition(get(Listener.class, "tcp"), "Programmed")
                                    .getMessage())
                            .contains("2 of 3 forwarders"));
            moveWeb(two.port());
            for (TestReplica replica : replicas) {
                awaitGreeting(replica, bindPort("tcp"), "two");
            }
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(
                                    get(VServerGroup.class, "web").getStatus().observedGeneration())
                            .isEqualTo(2));
        }
    }

    @Test
    void onlyAReplicaThatKnowsEverythingTakesTheLease() {
        createShop();
        api.forbid("/pods");
        startAll();
        await().atMost(PATIENCE)
                .during(Duration.ofSeconds(3))
                .until(() -> replicas.stream()
                        .noneMatch(replica -> replica.operator().isElected()
                                || !replica.operator().documents().isEmpty()));

        api.permitAll();

        assertThat(elected().operator().isSynced()).isTrue();
        awaitReady(Listener.class, "tcp");
    }

    /** Answers every connection with the beginning of a report. */
    private static void beginAnswers(ServerSocket server) {
        List<Socket> open = new ArrayList<>();
        try {
            while (true) {
                Socket connection = server.accept();
                open.add(connection);
                connection
                        .getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            open.clear(); // the test is over
        }
    }

    /** Every forwarder, ready or not, has been told by its operator how many share the limits. */
    private void awaitShares(int forwarders) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(replicas)
                        .flatExtracting(replica -> replica.operator().documents())
                        .filteredOn(LoadBalancerPlan.class::isInstance)
                        .hasSize(2)
                        .allMatch(plan -> ((LoadBalancerPlan) plan).forwarders() == forwarders));
    }
}
