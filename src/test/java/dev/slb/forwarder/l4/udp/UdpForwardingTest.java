package dev.slb.forwarder.l4.udp;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.plan.SchedulerType;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import dev.slb.testing.UdpClient;
import dev.slb.testing.UdpServer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import static dev.slb.testing.ListenerPlanBuilder.tcpCheck;
import static dev.slb.testing.ListenerPlanBuilder.udpCheck;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What UDP clients and servers see, the same on every transport. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class UdpForwardingTest {

    private final TransportKind transport;

    @AutoClose
    private final Opened opened = new Opened();

    private RunningForwarder forwarder;
    private final int port = Loopback.freePort();

    UdpForwardingTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        assumeTrue(Transport.isAvailable(transport), () -> transport + " does not work here");
        forwarder = opened.add(RunningForwarder.start(transport));
    }

    private UdpServer server(String name) {
        return opened.add(UdpServer.echo(name));
    }

    private UdpClient client() throws IOException {
        return opened.add(UdpClient.of(port));
    }

    private ListenerPlanBuilder listener() {
        return ListenerPlanBuilder.udp("dns", port);
    }

    private static GroupPlan group(UdpServer... servers) {
        GroupPlanBuilder group = GroupPlanBuilder.group("web");
        for (int i = 0; i < servers.length; i++) {
            group.server("s" + i, servers[i].port(), 1);
        }
        return group.build();
    }

    private ListenerPlan serve(ListenerPlanBuilder listener, UdpServer... servers) {
        ListenerPlan plan = listener.build();
        forwarder.serve(group(servers), plan);
        return plan;
    }

    private ForwarderStats.DatagramStats datagrams(ListenerPlan listener) {
        return forwarder.forwarder().stats().listeners().get(listener.id()).datagrams();
    }

    /** Asks until this server answers: what was on its way when something changed may be lost. */
    private static void awaitServer(UdpClient client, String name) {
        await(() -> {
            client.send("who");
            byte[] answer = client.receive(200);
            return answer != null && new String(answer, StandardCharsets.UTF_8).startsWith(name + ":");
        });
        drain(client);
    }

    private static void drain(UdpClient client) {
        try {
            while (client.receive(20) != null) {
                // an answer to an earlier question
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void datagramsPassBothWays() throws IOException {
        ListenerPlan plan = serve(listener(), server("a"));

        UdpClient client = client();

        assertThat(client.ask("one")).isEqualTo("a:one");
        assertThat(client.ask("three")).isEqualTo("a:three");
        assertThat(forwarder.activeConnections(plan)).isEqualTo(1);
        await(() -> datagrams(plan).equals(new ForwarderStats.DatagramStats(2, 8, 2, 12, 0, 0, 0)));
    }

    @Test
    void manyClientsGetTheirOwnAnswersEachOverOneServer() throws IOException {
        UdpServer[] servers = {server("a"), server("b"), server("c")};
        ListenerPlan plan = serve(listener(), servers);
        List<UdpClient> clients = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            clients.add(client());
        }
        Map<UdpClient, String> first = new HashMap<>();
        Map<String, Integer> shares = new HashMap<>();

        for (int round = 0; round < 3; round++) {
            for (UdpClient client : clients) {
                client.send(round + " of " + client.port());
            }
            for (UdpClient client : clients) {
                String[] answer = new String(client.receive(20_000), StandardCharsets.UTF_8).split(":");
                assertThat(answer[1]).isEqualTo(round + " of " + client.port());
                String before = first.putIfAbsent(client, answer[0]);
                if (before == null) {
                    shares.merge(answer[0], 1, Integer::sum);
                } else {
                    assertThat(answer[0]).isEqualTo(before);
                }
            }
        }

        assertThat(shares).containsExactlyInAnyOrderEntriesOf(Map.of("a", 20, "b", 20, "c", 20));
        assertThat(forwarder.activeConnections(plan)).isEqualTo(60);
    }

    @Test
    void flowsAreSharedByWeightAndWeightZeroGetsNoNewOnes() throws IOException {
        UdpServer a = server("a");
        UdpServer b = server("b");
        ListenerPlan plan = listener().build();
        forwarder.serve(
                GroupPlanBuilder.group("web")
                        .server("a", a.port(), 3)
                        .server("b", b.port(), 1)
                        .build(),
                plan);
        Map<String, Integer> shares = new HashMap<>();
        UdpClient ofA = null;
        for (int i = 0; i < 40; i++) {
            UdpClient client = client();
            String server = client.server();
            shares.merge(server, 1, Integer::sum);
            ofA = server.equals("a") ? client : ofA;
        }
        assertThat(shares).isEqualTo(Map.of("a", 30, "b", 10));

        forwarder.serve(GroupPlanBuilder.group("web")
                .server("a", a.port(), 0)
                .server("b", b.port(), 1)
                .build());

        assertThat(ofA.server()).isEqualTo("a");
        for (int i = 0; i < 5; i++) {
            assertThat(client().server()).isEqualTo("b");
        }
        assertThat(datagrams(plan).movedFlows()).isZero();
    }

    @Test
    void largeDatagramsPassWhole() throws IOException {
        serve(listener(), opened.add(UdpServer.start(datagram -> datagram)));
        UdpClient client = client();
        Random random = new Random(7);

        for (int length : new int[] {1, 1_472, 8_192, 9_000, 65_507}) {
            byte[] datagram = new byte[length];
            random.nextBytes(datagram);
            client.send(datagram);
            assertThat(client.receive(20_000)).as("%d bytes", length).isEqualTo(datagram);
        }
    }

    @Test
    void datagramsKeepTheirBoundariesInABurst() throws IOException {
        UdpServer server = opened.add(UdpServer.start(datagram -> datagram));
        serve(listener(), server);
        UdpClient client = client();
        client.ask("first");

        for (int i = 1; i <= 40; i++) {
            client.send(new byte[i * 10]);
        }

        for (int i = 1; i <= 40; i++) {
            assertThat(client.receive(20_000)).hasSize(i * 10);
        }
    }

    @Test
    void emptyDatagramsPassBothWays() throws Exception {
        UdpServer server = opened.add(UdpServer.start(datagram -> datagram));
        ListenerPlan plan = serve(listener(), server);
        UdpClient client = client();

        for (int length : new int[] {0, 3, 0, 0, 2, 0}) { // the first begins the flow
            client.send(new byte[length]);
            assertThat(server.received().poll(20, TimeUnit.SECONDS)).hasSize(length);
            assertThat(client.receive(20_000)).hasSize(length);
        }
        await(() -> datagrams(plan).equals(new ForwarderStats.DatagramStats(6, 5, 6, 5, 0, 0, 0)));
    }

    @Test
    void emptyDatagramsInABurstAreAsManyAsThereWere() throws Exception {
        UdpServer server = opened.add(UdpServer.start(datagram -> datagram));
        ListenerPlan plan = serve(listener(), server);
        UdpClient client = client();
        client.ask("first");

        for (int i = 0; i < 10; i++) {
            for (int length : new int[] {100, 100, 0, 0, 50}) {
                client.send(new byte[length]);
            }
        }

        Map<Integer, Integer> lengths = new HashMap<>();
        for (int i = 0; i < 50; i++) {
            lengths.merge(client.receive(20_000).length, 1, Integer::sum);
        }
        assertThat(lengths).isEqualTo(Map.of(0, 20, 50, 10, 100, 20));
        await(() -> datagrams(plan).in() == 51 && datagrams(plan).out() == 51);
        assertThat(datagrams(plan).segmentsRefused()).isZero();
    }

    @Test
    void anEmptyDatagramIsAHeaderWhereServersGetIt() throws Exception {
        UdpServer server = opened.add(UdpServer.start(datagram -> new byte[0]));
        serve(listener().sendProxy(ProxyProtocolPlan.Version.V2), server);
        UdpClient client = client();

        client.send(new byte[0]);

        assertThat(server.received().poll(20, TimeUnit.SECONDS)).hasSize(28);
        assertThat(client.receive(20_000)).isEmpty();
    }

    @Test
    void anIdleFlowEndsAndTheClientBeginsANewOne() throws IOException {
        UdpServer server = server("a");
        ListenerPlan plan = serve(listener().idleMillis(200), server);
        UdpClient client = client();
        awaitServer(client, "a");
        await(() -> forwarder.activeConnections(plan) == 0);
        int flows = server.peers().size();

        awaitServer(client, "a");
        assertThat(server.peers()).hasSizeGreaterThan(flows);
    }

    @Test
    void aFlowWhoseServerLeavesMovesAtOnce() throws IOException {
        UdpServer a = server("a");
        UdpServer b = server("b");
        ListenerPlan plan = serve(listener(), a, b);
        UdpClient first = client();
        UdpClient second = client();
        UdpClient ofA = first.server().equals("a") ? first : second;
        second.server();

        forwarder.serve(GroupPlanBuilder.group("web").server("s1", b.port(), 1).build());

        awaitServer(ofA, "b");
        assertThat(forwarder.activeConnections(plan)).isEqualTo(2);
        assertThat(datagrams(plan).movedFlows()).isEqualTo(1);
    }

    @Test
    void aFlowWhoseServerTurnsAbnormalMovesAtOnce() throws IOException {
        UdpServer a = server("a");
        UdpServer b = server("b");
        TcpServer healthOfA = opened.add(TcpServer.start(Socket::close));
        TcpServer healthOfB = opened.add(TcpServer.start(Socket::close));
        // Checked by TCP on ports of their own: the datagrams themselves would go on to be answered.
        ListenerPlan plan = listener().check(tcpCheck(10, 20_000)).build();
        int healthPortOfA = healthOfA.port();
        UdpServer onHealthPortOfA = opened.add(UdpServer.start(Loopback.ADDRESS, healthPortOfA, UdpServer.named("a")));
        UdpServer onHealthPortOfB =
                opened.add(UdpServer.start(Loopback.ADDRESS, healthOfB.port(), UdpServer.named("b")));
        forwarder.serve(group(onHealthPortOfA, onHealthPortOfB), plan);
        forwarder.awaitHealth(plan.groups().first(), GroupPlanBuilder.id("s0", healthPortOfA), Health.NORMAL);
        forwarder.awaitHealth(plan.groups().first(), GroupPlanBuilder.id("s1", healthOfB.port()), Health.NORMAL);
        UdpClient first = client();
        UdpClient second = client();
        UdpClient ofA = first.server().equals("a") ? first : second;
        second.server();

        healthOfA.stopListening();

        awaitServer(ofA, "b");
        assertThat(datagrams(plan).movedFlows()).isEqualTo(1);
    }

    @Test
    void aFlowWhoseServerDoesNotListenGoesToAnother() throws IOException {
        UdpServer a = server("a");
        UdpServer b = server("b");
        a.stopListening();
        ListenerPlan plan = serve(listener(), a, b);

        for (int i = 0; i < 4; i++) {
            awaitServer(client(), "b");
        }
        await(() -> datagrams(plan).movedFlows() >= 1);

        // When nobody listens, flows try on, and are served when somebody is back.
        b.stopListening();
        UdpClient client = client();
        client.send("lost");
        a.listenAgain();
        awaitServer(client, "a");
    }

    @Test
    void theMasterHasAllFlowsAndTheSlaveTakesThemOver() throws IOException {
        TcpServer masterHealth = opened.add(TcpServer.start(Socket::close));
        opened.add(UdpServer.start(Loopback.ADDRESS, masterHealth.port(), UdpServer.named("master")));
        UdpServer slave = server("slave");
        GroupPlan group = GroupPlanBuilder.masterSlave("pair")
                .master("m", masterHealth.port())
                .slave("s", slave.port())
                .build();
        ListenerPlan plan =
                listener().group(group.id()).check(tcpCheck(10, 20_000)).build();
        forwarder.serve(group, plan);
        UdpClient client = client();
        for (int i = 0; i < 4; i++) {
            assertThat(client().server()).isEqualTo("master");
        }
        assertThat(client.server()).isEqualTo("master");

        masterHealth.stopListening();
        awaitServer(client, "slave");

        masterHealth.listenAgain();
        forwarder.awaitHealth(group.id(), GroupPlanBuilder.id("m", masterHealth.port()), Health.NORMAL);
        assertThat(client().server()).isEqualTo("master");
        assertThat(client.server()).isEqualTo("slave"); // runs on, like a connection
    }

    @Test
    void whatComesBeforeTheFirstVerdictWaitsForIt() throws Exception {
        CountDownLatch healthy = new CountDownLatch(1);
        TcpServer health = opened.add(TcpServer.start(connection -> {
            try {
                healthy.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            connection.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes());
        }));
        UdpServer server = opened.add(UdpServer.start(Loopback.ADDRESS, health.port(), UdpServer.named("a")));
        serve(listener().check(ListenerPlanBuilder.httpCheck(1_000, 20_000)), server);

        UdpClient client = client();
        for (int i = 0; i < 6; i++) {
            client.send("early " + i);
        }
        await(() -> forwarder.refusals(Reasons.NO_VERDICT) == 2); // four are held
        assertThat(server.received()).isEmpty();
        healthy.countDown();

        for (int i = 0; i < 4; i++) {
            assertThat(client.receive(20_000)).asString().isEqualTo("a:early " + i);
        }
    }

    @Test
    void whatWaitsForAVerdictWhenItsFlowEndsIsCounted() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        TcpServer health = opened.add(TcpServer.start(connection -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }));
        UdpServer server = opened.add(UdpServer.start(Loopback.ADDRESS, health.port(), UdpServer.named("a")));
        ListenerPlan plan =
                serve(listener().idleMillis(300).check(ListenerPlanBuilder.httpCheck(1_000, 60_000)), server);

        UdpClient client = client();
        for (int i = 0; i < 3; i++) {
            client.send("early " + i);
        }
        await(() -> forwarder.refusals(Reasons.NO_VERDICT) == 3);
        await(() -> forwarder.activeConnections(plan) == 0);
        assertThat(datagrams(plan).dropped()).isEqualTo(3);
        assertThat(server.received()).isEmpty();
        never.countDown();
    }

    @Test
    void withoutAServerDatagramsAreDroppedAndCounted() throws IOException {
        ListenerPlan plan = serve(listener());
        client().send("to nobody");
        await(() -> forwarder.refusals(Reasons.NO_SERVERS) == 1);

        forwarder.serve(
                listener().action(new Action.Unavailable("GroupNotFound")).build());
        client().send("to nobody");
        await(() -> forwarder.refusals("GroupNotFound") == 1);

        UdpServer idle = server("a");
        forwarder.serve(
                GroupPlanBuilder.group("web").server("s0", idle.port(), 0).build(), plan);
        client().send("to nobody");
        await(() -> forwarder.refusals(Reasons.ALL_WEIGHTS_ZERO) == 1);

        await(() -> datagrams(plan).dropped() == 3);
        await(() -> forwarder.activeConnections(plan) == 0);
        assertThat(idle.received()).isEmpty();
    }

    @Test
    void tcpAndUdpShareAPortNumber() throws IOException {
        UdpServer udp = server("udp");
        TcpServer tcp = opened.add(TcpServer.echo("tcp"));
        ListenerPlan udpListener = serve(listener(), udp);
        GroupPlan tcpGroup =
                GroupPlanBuilder.group("tcp").server("t", tcp.port(), 1).build();
        ListenerPlan tcpListener =
                ListenerPlanBuilder.tcp("tcp", port).group(tcpGroup.id()).build();
        forwarder.serve(tcpGroup, tcpListener);

        assertThat(client().server()).isEqualTo("udp");
        try (Socket connection = Loopback.connect(port)) {
            assertThat(new BufferedReader(new InputStreamReader(connection.getInputStream())).readLine())
                    .isEqualTo("tcp");
        }

        forwarder.withdraw(tcpListener.id());
        assertThat(client().server()).isEqualTo("udp");
        forwarder.serve(tcpListener);
        forwarder.withdraw(udpListener.id());
        try (Socket connection = Loopback.connect(port)) {
            assertThat(new BufferedReader(new InputStreamReader(connection.getInputStream())).readLine())
                    .isEqualTo("tcp");
        }
    }

    @Test
    void editsUnderLoadLoseNothing() throws Exception {
        UdpServer a = server("a");
        UdpServer b = server("b");
        ListenerPlan plan = listener().build();
        GroupPlan even = group(a, b);
        forwarder.serve(even, plan);
        List<UdpClient> clients = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            clients.add(client());
        }
        int questions = 300;
        for (int i = 0; i < questions; i++) {
            UdpClient client = clients.get(i % clients.size());
            assertThat(client.ask("question " + i)).endsWith(":question " + i);
            if (i % 10 == 0) {
                forwarder.publish(GroupPlanBuilder.group("web")
                        .server("s0", a.port(), 1 + i % 7)
                        .server("s1", b.port(), 1 + i % 3)
                        .build());
                forwarder.publish(listener().idleMillis(30_000 + i).build());
            }
        }
        assertThat(a.received().size() + b.received().size()).isEqualTo(questions);
        assertThat(datagrams(plan).dropped()).isZero();
        assertThat(datagrams(plan).movedFlows()).isZero();
        assertThat(forwarder.activeConnections(plan)).isEqualTo(clients.size());
    }

    @Test
    void flowsOfAWithdrawnListenerRunOnAndNewOnesAreNotTaken() throws IOException {
        ListenerPlan plan = serve(listener(), server("a"));
        UdpClient client = client();
        client.server();

        forwarder.withdraw(plan.id());
        await(() -> forwarder.state(plan.id()) == null);
        UdpClient late = client();
        await(() -> {
            late.send("too late");
            return forwarder.refusals(Reasons.DRAINING) > 0;
        });

        assertThat(client.server()).isEqualTo("a");
        assertThat(late.receive(1)).isNull();
    }

    @Test
    void theFlowsOfAWithdrawnListenerEndWithItsDrainAndThenThePortIsFree() throws IOException {
        ListenerPlan plan = serve(listener().drain(300, true), server("a"));
        UdpClient client = client();
        client.server();

        forwarder.withdraw(plan.id());

        await(() -> {
            try {
                UdpServer.start(Loopback.ADDRESS, port, UdpServer.named("free")).close();
                return true;
            } catch (IllegalStateException e) {
                return false; // still bound
            }
        });
    }

    @Test
    void aPortThatGoesToAnotherListenerKeepsItsFlows() throws IOException {
        UdpServer a = server("a");
        UdpServer b = server("b");
        ListenerPlan first = serve(listener(), a);
        UdpClient client = client();
        assertThat(client.server()).isEqualTo("a");

        GroupPlan groupOfB =
                GroupPlanBuilder.group("other").server("b", b.port(), 1).build();
        ListenerPlan second =
                ListenerPlanBuilder.udp("second", port).group(groupOfB.id()).build();
        forwarder.publish(groupOfB, second);
        forwarder.withdraw(first.id());
        forwarder.serve(second);

        assertThat(client().server()).isEqualTo("b");
        assertThat(client.server()).isEqualTo("a");
    }

    @Test
    void aPortInUseIsRefusedAndTakenWhenItIsFree() throws IOException {
        UdpServer squatter = opened.add(UdpServer.start(Loopback.ADDRESS, port, UdpServer.named("squatter")));
        UdpServer a = server("a");
        ListenerPlan plan = listener().build();
        forwarder.publish(group(a), plan);
        await(() -> forwarder.state(plan.id()) != null
                && ("UDP port " + port + " is in use by another process")
                        .equals(forwarder.state(plan.id()).message()));

        squatter.close();

        forwarder.serve(plan);
        assertThat(client().server()).isEqualTo("a");
    }

    @Test
    void passiveChecksFindWhoDoesNotListen() throws IOException {
        UdpServer a = opened.add(UdpServer.start(datagram -> null));
        UdpServer b = server("b");
        ListenerPlan plan = listener().check(udpCheck(20, 100, null, null)).build();
        forwarder.serve(group(a, b), plan);
        forwarder.awaitHealth(plan.groups().first(), GroupPlanBuilder.id("s0", a.port()), Health.NORMAL);
        forwarder.awaitHealth(plan.groups().first(), GroupPlanBuilder.id("s1", b.port()), Health.NORMAL);

        a.stopListening();
        forwarder.awaitHealth(plan.groups().first(), GroupPlanBuilder.id("s0", a.port()), Health.ABNORMAL);
        awaitCause(plan, GroupPlanBuilder.id("s0", a.port()), "port unreachable");
        a.listenAgain();
        forwarder.awaitHealth(plan.groups().first(), GroupPlanBuilder.id("s0", a.port()), Health.NORMAL);
    }

    @Test
    void activeChecksWantTheExpectedAnswer() throws IOException {
        AtomicReference<String> answer = new AtomicReference<>("pong");
        UdpServer a = opened.add(UdpServer.start(
                datagram -> new String(datagram, StandardCharsets.UTF_8).equals("ping") && answer.get() != null
                        ? answer.get().getBytes(StandardCharsets.UTF_8)
                        : null));
        ListenerPlan plan = listener().check(udpCheck(20, 200, "ping", "pong")).build();
        forwarder.serve(group(a), plan);
        String id = GroupPlanBuilder.id("s0", a.port());
        forwarder.awaitHealth(plan.groups().first(), id, Health.NORMAL);

        answer.set("pong!");
        awaitCause(plan, id, "not the expected answer");
        answer.set(null);
        awaitCause(plan, id, "timeout after 200 ms");
        a.stopListening();
        awaitCause(plan, id, "port unreachable");
        answer.set("pong");
        a.listenAgain();
        forwarder.awaitHealth(plan.groups().first(), id, Health.NORMAL);
    }

    private void awaitCause(ListenerPlan plan, String server, String cause) {
        await(() -> cause.equals(forwarder.health(plan.groups().first(), server).cause()));
    }

    @Test
    void theNumberOfFlowsIsBounded() throws IOException {
        RunningForwarder small = opened.add(RunningForwarder.startWithUdpFlows(transport, 3));
        UdpServer a = server("a");
        ListenerPlan plan = listener().idleMillis(300).build();
        small.serve(group(a), plan);
        List<UdpClient> clients = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            clients.add(client());
            awaitServer(clients.get(i), "a");
        }
        UdpClient fourth = client();
        clients.add(fourth);
        await(() -> {
            for (UdpClient each : clients) { // those that were there first may have ended already
                each.send("too many");
            }
            return small.refusals(Reasons.FLOW_LIMIT) > 0;
        });

        awaitServer(fourth, "a"); // when others have ended
    }

    @Test
    void everyDatagramCarriesTheProxyHeaderWhereServersGetIt() throws Exception {
        UdpServer server = opened.add(UdpServer.start(datagram -> "ok".getBytes(StandardCharsets.US_ASCII)));
        forwarder.serve(
                group(server),
                listener().sendProxy(ProxyProtocolPlan.Version.V2).build());
        UdpClient client = client();

        for (String text : List.of("first", "second")) {
            assertThat(client.ask(text)).isEqualTo("ok");
            ByteBuffer datagram = ByteBuffer.wrap(server.received().poll(20, TimeUnit.SECONDS));
            assertThat(datagram.getLong()).isEqualTo(0x0D0A0D0A000D0A51L);
            assertThat(datagram.getInt()).isEqualTo(0x5549540A);
            assertThat(datagram.getInt()).isEqualTo(0x2112_000C); // version 2, PROXY; UDP over IPv4; 12 bytes follow
            assertThat(datagram.getInt()).isEqualTo(0x7F000001);
            assertThat(datagram.getInt()).isEqualTo(0x7F000001);
            assertThat(datagram.getShort() & 0xffff).isEqualTo(client.port());
            assertThat(datagram.getShort() & 0xffff).isEqualTo(port);
            assertThat(StandardCharsets.US_ASCII.decode(datagram).toString()).isEqualTo(text);
        }

        client.send(new byte[65_507]); // has no room for the header
        await(() -> forwarder.refusals(Reasons.NOT_SENT) == 1);
        assertThat(client.ask("third")).isEqualTo("ok");
    }

    @Test
    void accessControlAndLimitsHoldForFlows() throws IOException {
        UdpServer a = server("a");
        ListenerPlan plan = serve(listener().maxConnections(2), a);
        UdpClient first = client();
        first.server();
        client().server();
        client().send("one too many");
        await(() -> forwarder.refusals(LimitReasons.LISTENER_CONNECTIONS) == 1);

        forwarder.serve(listener().deny("127.0.0.0/8").build());
        client().send("not let in");
        await(() -> forwarder.refusals(LimitReasons.ACCESS_DENIED) == 1);
        assertThat(first.server()).isEqualTo("a"); // what runs is not ended
        await(() -> datagrams(plan).dropped() == 2);
    }

    @Test
    void everyEventLoopHasASocketWhereTheKernelCanShareAPort() throws IOException {
        serve(listener(), server("a"));
        assumeTrue(Files.exists(Path.of("/proc/net/udp")));
        String local = String.format(":%04X ", port);

        long sockets = Files.readAllLines(Path.of("/proc/net/udp")).stream()
                .filter(line -> line.contains("0100007F" + local))
                .count();

        assertThat(sockets).isEqualTo(transport == TransportKind.NIO ? 1 : 2);
    }

    @Test
    void aFlowHasALineInTheAccessLog(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("access.log");
        RunningForwarder logging = opened.add(RunningForwarder.start(transport, file));
        UdpServer a = server("a");
        ListenerPlan plan = listener().idleMillis(1_000).accessLog("JSON").build();
        logging.serve(group(a), plan);

        client().ask("hello");
        await(() -> Files.exists(file) && Files.readString(file).contains("\n"));

        assertThat(Files.readString(file))
                .contains("\"scheme\":\"udp\"")
                .contains("\"upstream_addr\":\"127.0.0.1:" + a.port() + "\"")
                .contains("\"request_length\":5")
                .contains("\"body_bytes_sent\":7");
    }

    @Test
    void flowsThatHaveEndedLeaveNoFileDescriptors() throws IOException {
        ListenerPlan plan = serve(listener().idleMillis(300), server("a"));
        client().send("hello");
        await(() -> datagrams(plan).in() == 1 && forwarder.activeConnections(plan) == 0);
        long before = openFiles();

        for (int i = 0; i < 50; i++) {
            try (UdpClient client = UdpClient.of(port)) {
                client.send("hello");
                int sent = i + 2;
                await(() -> datagrams(plan).in() == sent);
            }
        }
        await(() -> forwarder.activeConnections(plan) == 0);

        await(() -> openFiles() < before + 25);
    }

    private static long openFiles() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    /** A server's handshake packet with the id that it takes for itself: eight times a letter of its name. */
    private UdpServer quicServer(String name) {
        byte[] handshake = new byte[24];
        handshake[0] = (byte) 0xe0;
        handshake[4] = 1; // QUIC 1
        handshake[6] = 8; // no id of the client, eight bytes of the server
        Arrays.fill(handshake, 7, 15, (byte) name.charAt(0));
        return opened.add(UdpServer.start(
                datagram -> (datagram[0] & 0x80) != 0 ? handshake : name.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aQuicClientThatChangesItsAddressIsFoundByTheIdThatItsServerTold() throws IOException {
        UdpServer[] servers = {quicServer("a"), quicServer("b"), quicServer("c"), quicServer("d")};
        serve(listener().scheduler(SchedulerType.QCH), servers);
        for (int connection = 0; connection < 8; connection++) {
            byte[] initial = new byte[24];
            initial[0] = (byte) 0xc0;
            initial[4] = 1;
            initial[5] = 8;
            Arrays.fill(initial, 6, 14, (byte) (connection + 1));
            UdpClient client = client();
            client.send(initial);
            byte[] handshake = client.receive(20_000);

            byte[] later = new byte[24]; // a short header
            later[0] = 0x40;
            System.arraycopy(handshake, 7, later, 1, 8);
            UdpClient moved = client();
            moved.send(later);
            assertThat(moved.receive(20_000)).isEqualTo(new byte[] {handshake[7]});
        }
    }

    @Test
    void schedulersSeeTheClientAndTheQuicConnection() throws IOException {
        UdpServer[] servers = {server("a"), server("b"), server("c"), server("d")};
        forwarder.serve(group(servers), listener().scheduler(SchedulerType.SCH).build());
        Set<String> ofOneAddress = new HashSet<>();
        for (int i = 0; i < 6; i++) {
            ofOneAddress.add(client().server());
        }
        assertThat(ofOneAddress).hasSize(1);

        forwarder.serve(listener().scheduler(SchedulerType.QCH).build());
        Set<String> all = new HashSet<>();
        for (int id = 0; id < 12; id++) {
            byte[] packet = new byte[20]; // a short header: the id follows the first byte
            packet[0] = 0x40;
            Arrays.fill(packet, 1, 9, (byte) id);
            Set<String> ofOneConnection = new HashSet<>();
            for (int i = 0; i < 3; i++) { // as if its client had moved
                UdpClient client = client();
                client.send(packet);
                ofOneConnection.add(new String(client.receive(20_000), 0, 1, StandardCharsets.US_ASCII));
            }
            assertThat(ofOneConnection).hasSize(1);
            all.addAll(ofOneConnection);
        }
        assertThat(all).hasSizeGreaterThan(1);
    }

    @Test
    void aQuicClientThatMovesIsFoundByTheIdThatItsServerChose() throws IOException {
        UdpServer[] servers = new UdpServer[4];
        for (int i = 0; i < servers.length; i++) {
            byte id = (byte) (0xA0 + i);
            // A long header: version, an id of the client of no length, the server's own of eight bytes.
            byte[] handshake = {(byte) 0xC0, 0, 0, 0, 1, 0, 8, id, id, id, id, id, id, id, id, 0};
            servers[i] =
                    opened.add(UdpServer.start(datagram -> (datagram[0] & 0x80) != 0 ? handshake : new byte[] {id}));
        }
        forwarder.serve(group(servers), listener().scheduler(SchedulerType.QCH).build());

        for (int connection = 0; connection < 6; connection++) {
            byte[] first = new byte[20];
            first[0] = (byte) 0xC0;
            first[4] = 1;
            first[5] = 8;
            Arrays.fill(first, 6, 14, (byte) connection);
            UdpClient client = client();
            client.send(first);
            byte id = client.receive(20_000)[7];

            byte[] later = new byte[20];
            later[0] = 0x40;
            Arrays.fill(later, 1, 9, id);
            UdpClient moved = client();
            moved.send(later);
            assertThat(moved.receive(20_000)).containsExactly(id);
        }
    }

    @Test
    void clientsOverIpv6AreServed() throws IOException {
        RunningForwarder onIpv6 = opened.add(RunningForwarder.startOn(transport, "::1"));
        UdpServer v6 = opened.add(UdpServer.start("::1", UdpServer.named("six")));
        GroupPlan group = GroupPlanBuilder.group("web")
                .serverAt("::1", "six", v6.port(), 1)
                .server("four", server("four").port(), 1)
                .build();
        onIpv6.serve(group, listener().build());
        Map<String, Integer> shares = new HashMap<>();

        for (int i = 0; i < 4; i++) {
            shares.merge(opened.add(UdpClient.of("::1", port)).server(), 1, Integer::sum);
        }

        assertThat(shares).isEqualTo(Map.of("six", 2, "four", 2));
    }

    @Test
    void onAllAddressesBothFamiliesAreServed() throws IOException {
        RunningForwarder everywhere = opened.add(RunningForwarder.startOn(transport, null));
        everywhere.serve(group(server("a")), listener().build());

        assertThat(client().server()).isEqualTo("a");
        assertThat(opened.add(UdpClient.of("::1", port)).server()).isEqualTo("a");
    }

    @Test
    void onAllAddressesTheProxyHeaderHasTheFamilyOfTheClientAndTheAddressThatItAsked() throws Exception {
        RunningForwarder everywhere = opened.add(RunningForwarder.startOn(transport, null));
        UdpServer server = server("a");
        everywhere.serve(
                group(server),
                listener().sendProxy(ProxyProtocolPlan.Version.V2).build());

        UdpClient inet = client();
        inet.send("who");
        assertThat(HexFormat.of().formatHex(server.received().poll(20, TimeUnit.SECONDS)))
                .startsWith("0d0a0d0a000d0a515549540a" + "2112000c" + "7f000001".repeat(2)
                        + String.format("%04x%04x", inet.port(), port));

        UdpClient inet6 = opened.add(UdpClient.of("::1", port));
        inet6.send("who");
        assertThat(HexFormat.of().formatHex(server.received().poll(20, TimeUnit.SECONDS)))
                .startsWith("0d0a0d0a000d0a515549540a" + "21220024" + ("00".repeat(15) + "01").repeat(2)
                        + String.format("%04x%04x", inet6.port(), port));
    }
}
