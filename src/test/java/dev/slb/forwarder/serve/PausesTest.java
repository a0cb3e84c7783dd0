package dev.slb.forwarder.serve;

import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.plan.PersistencePlan;
import dev.slb.plan.SchedulerType;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.TcpServer;
import dev.slb.testing.UdpClient;
import dev.slb.testing.UdpServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.Socket;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.GroupPlanBuilder.id;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Servers that connections can't reach are left out for a while, by what connections themselves have noticed. */
class PausesTest extends ForwarderTestBase {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");
    private static final DocumentId OTHER = DocumentId.vServerGroup("shop", "other");

    /** Longer than any test takes. */
    private static final long LONG = 600_000;

    private final TcpServer a = server("a");
    private final TcpServer b = server("b");
    private final TcpServer c = server("c");
    private final int otherPort = Loopback.freePort();

    private GroupPlanBuilder servers(String group) {
        return GroupPlanBuilder.group(group).server("a", a.port(), 1).server("b", b.port(), 1);
    }

    private ListenerPlanBuilder listener() {
        return ListenerPlanBuilder.tcp("tcp", port).passive(3, LONG);
    }

    private String paused(DocumentId group, TcpServer server, String name) {
        return forwarder.health(group, id(name, server.port())).paused();
    }

    private boolean isPaused(TcpServer server, String name) {
        return paused(WEB, server, name) != null;
    }

    /** Connects until the server is left out. */
    private void connectUntilPaused() {
        await(() -> {
            nameOfServer();
            return isPaused(a, "a");
        });
    }

    private static void connectInVain(int to) {
        try (Socket connection = Loopback.connect(to)) {
            assertThat(connection.getInputStream().read()).isNegative();
        } catch (IOException reset) {
            // as it should be
        }
    }

    @Test
    void aServerThatRefusesIsLeftOutAndTheOthersShareByWeight() throws IOException {
        forwarder.serve(
                servers("web").server("c", c.port(), 2).build(), listener().build());
        a.stopListening();
        connectUntilPaused();

        assertThat(paused(WEB, a, "a")).isEqualTo("ConnectFailed");
        assertThat(forwarder.health(WEB, id("a", a.port())).health()).isEqualTo(Health.UNCHECKED);
        a.listenAgain();
        assertThat(connect(12)).isEqualTo(Map.of("b", 4, "c", 8));
    }

    @ParameterizedTest
    @EnumSource(names = {"RR", "WLC", "SCH"})
    void whateverTheScheduler(SchedulerType scheduler) throws IOException {
        forwarder.serve(servers("web").build(), listener().scheduler(scheduler).build());
        a.stopListening();
        await(() -> {
            for (int i = 1; i <= 20; i++) { // of so many clients some are the dead server's, by any hash
                name(opened(Loopback.connectFrom("127.0.8." + i, port)));
            }
            return isPaused(a, "a");
        });

        a.listenAgain();
        for (int i = 1; i <= 20; i++) {
            assertThat(name(opened(Loopback.connectFrom("127.0.8." + i, port)))).isEqualTo("b");
        }
    }

    @Test
    void whenItsTimeIsOverItIsTriedAndOneMoreFailureIsEnough() throws IOException {
        forwarder.serve(servers("web").build(), listener().passive(3, 1_000).build());
        a.stopListening();
        connectUntilPaused();

        await(() -> !isPaused(a, "a")); // nobody connects meanwhile
        assertThat(nameOfServer()).isEqualTo("b");
        assertThat(nameOfServer()).isEqualTo("b"); // one of the two was at the dead server first
        await(() -> isPaused(a, "a"));
    }

    @Test
    void whatOneListenerNoticesCountsForAll() throws IOException {
        forwarder.serve(
                servers("web").build(),
                servers("other").build(),
                listener().build(),
                ListenerPlanBuilder.tcp("other", otherPort)
                        .group(OTHER)
                        .passive(2, LONG)
                        .build());
        a.stopListening();
        connectUntilPaused();
        await(() -> paused(OTHER, a, "a") != null);

        a.listenAgain();
        for (int i = 0; i < 6; i++) {
            assertThat(nameOfServer(otherPort)).isEqualTo("b");
        }
    }

    @Test
    void eachListenerLeavesItOutByItsOwnNumbers() throws IOException {
        forwarder.serve(
                servers("web").build(),
                servers("other").build(),
                listener().build(),
                ListenerPlanBuilder.tcp("other", otherPort)
                        .group(OTHER)
                        .passive(100, LONG)
                        .build());
        a.stopListening();
        connectUntilPaused();
        assertThat(paused(OTHER, a, "a")).isNull();

        a.listenAgain();
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < 6; i++) {
            counts.merge(nameOfServer(otherPort), 1, Integer::sum);
        }
        assertThat(counts).isEqualTo(Map.of("a", 3, "b", 3));
        assertThat(connect(6)).as("a success of others ends no pause").isEqualTo(Map.of("b", 6));
    }

    @Test
    void successesInBetweenKeepItInUse() throws IOException {
        forwarder.serve(servers("web").build(), listener().passive(2, LONG).build());
        for (int i = 0; i < 4; i++) {
            a.stopListening();
            assertThat(connect(2)).isEqualTo(Map.of("b", 2));
            a.listenAgain();
            assertThat(connect(2)).isEqualTo(Map.of("a", 1, "b", 1));
        }
    }

    @Test
    void theLastServerIsNeverLeftOut() throws IOException {
        forwarder.serve(servers("web").build(), listener().build());
        a.stopListening();
        connectUntilPaused();
        b.stopListening();
        for (int i = 0; i < 10; i++) {
            connectInVain(port);
        }
        await(() -> forwarder.refusals("ConnectFailed") + forwarder.refusals("ServersPaused") >= 10);
        await(() -> !isPaused(a, "a") && !isPaused(b, "b"));

        b.listenAgain();
        assertThat(connect(6)).isEqualTo(Map.of("b", 6));
    }

    @Test
    void norTheOnlyOneThatHasAWeight() throws IOException {
        forwarder.serve(
                GroupPlanBuilder.group("web")
                        .server("a", a.port(), 1)
                        .server("b", b.port(), 0)
                        .build(),
                listener().build());
        a.stopListening();
        for (int i = 0; i < 10; i++) {
            connectInVain(port);
        }
        await(() -> forwarder.refusals("ConnectFailed") >= 10);
        assertThat(isPaused(a, "a")).isFalse();

        a.listenAgain();
        assertThat(nameOfServer()).isEqualTo("a");
    }

    @Test
    void whoFailsWhileTheOthersAreLeftOutIsToldSo() throws IOException {
        forwarder.serve(servers("web").build(), listener().build());
        a.stopListening();
        connectUntilPaused();
        b.stopListening();

        connectInVain(port);

        await(() -> forwarder.refusals("ServersPaused") == 1);
    }

    @Test
    void theNextGoodCheckEndsIt() throws IOException {
        // The check is of a port that is always good, and slow enough to see the pause before it ends.
        forwarder.serve(
                servers("web").build(),
                listener()
                        .check(HealthCheckPlanBuilder.tcp(3_000, 20_000)
                                .port(c.port())
                                .build())
                        .build());
        a.stopListening();
        connectUntilPaused();

        a.listenAgain();
        await(() -> nameOfServer().equals("a"));
        assertThat(isPaused(a, "a")).isFalse();
    }

    @Test
    void anEditForgetsNothing() throws IOException {
        forwarder.serve(servers("web").build(), listener().build());
        a.stopListening();
        connectUntilPaused();
        a.listenAgain();

        forwarder.serve(listener().passive(2, LONG + 1).idleMillis(12_345).build());
        assertThat(isPaused(a, "a")).isTrue();
        assertThat(connect(6)).isEqualTo(Map.of("b", 6));

        forwarder.serve(listener().withoutPassive().build());
        assertThat(connect(6)).isEqualTo(Map.of("a", 3, "b", 3));
    }

    @Test
    void aClientThatWasStuckToItGetsAnother() throws IOException {
        forwarder.serve(
                servers("web").build(),
                listener()
                        .persistence(new PersistencePlan(PersistencePlan.Type.SOURCE_IP, 60_000, null))
                        .build());
        Map<String, String> had = new TreeMap<>();
        for (int i = 1; i <= 20; i++) {
            String client = "127.0.9." + i;
            had.put(client, name(opened(Loopback.connectFrom(client, port))));
        }
        assertThat(had.values()).contains("a", "b");
        a.stopListening();
        AtomicInteger others = new AtomicInteger();
        await(() -> {
            name(opened(Loopback.connectFrom("127.1.0." + (1 + others.getAndIncrement() % 250), port)));
            return isPaused(a, "a");
        });

        a.listenAgain();
        for (String client : had.keySet()) {
            assertThat(name(opened(Loopback.connectFrom(client, port)))).isEqualTo("b");
        }
    }

    @Test
    void aMasterSlaveGroupIsLeftToItsCheck() throws IOException {
        DocumentId db = DocumentId.masterSlaveGroup("shop", "db");
        forwarder.serve(
                servers("web").build(),
                listener().build(),
                GroupPlanBuilder.masterSlave("db")
                        .master("a", a.port())
                        .slave("b", b.port())
                        .build(),
                ListenerPlanBuilder.tcp("db", otherPort)
                        .group(db)
                        .passive(1, LONG)
                        .build());
        a.stopListening();
        connectUntilPaused();
        for (int i = 0; i < 5; i++) {
            connectInVain(otherPort);
        }
        await(() -> forwarder.refusals("ConnectFailed") >= 5);
        assertThat(forwarder.health(db, id("a", a.port())).paused()).isNull();

        a.listenAgain();
        assertThat(nameOfServer(otherPort)).isEqualTo("a");
    }

    @Test
    void aUdpServerThatDoesNotListenGetsNoNewFlows() throws IOException {
        try (UdpServer one = UdpServer.echo("one");
                UdpServer two = UdpServer.echo("two")) {
            forwarder.serve(
                    GroupPlanBuilder.group("other")
                            .server("one", one.port(), 1)
                            .server("two", two.port(), 1)
                            .build(),
                    ListenerPlanBuilder.udp("udp", otherPort)
                            .group(OTHER)
                            .passive(3, LONG)
                            .build());
            one.stopListening();
            await(() -> {
                try (UdpClient client = UdpClient.of(otherPort)) {
                    client.send("x");
                    client.receive(10);
                    client.send("y"); // by now the server's answer, or the error, is there
                    client.receive(10);
                }
                return "PortUnreachable"
                        .equals(forwarder.health(OTHER, id("one", one.port())).paused());
            });

            one.listenAgain();
            for (int i = 0; i < 6; i++) {
                try (UdpClient client = UdpClient.of(otherPort)) {
                    assertThat(client.server()).isEqualTo("two");
                }
            }
        }
    }
}
