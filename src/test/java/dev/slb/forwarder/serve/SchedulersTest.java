package dev.slb.forwarder.serve;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.SchedulerType;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** The schedulers beside round robin, and slow start, as TCP clients see them. */
class SchedulersTest extends ForwarderTestBase {

    private static final int CLIENTS = 60;

    private final TcpServer a = server("a");
    private final TcpServer b = server("b");
    private final TcpServer c = server("c");

    private GroupPlanBuilder weights(long ofA, long ofB, long ofC) {
        return GroupPlanBuilder.group("web")
                .server("a", a.port(), ofA)
                .server("b", b.port(), ofB)
                .server("c", c.port(), ofC);
    }

    private ListenerPlan listener(SchedulerType scheduler) {
        return ListenerPlanBuilder.tcp("tcp", port).scheduler(scheduler).build();
    }

    /** Who is open to whom. */
    private Map<String, List<Socket>> open(int count) throws IOException {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sockets.add(connect()); // all are under way before the first is looked at
        }
        Map<String, List<Socket>> byServer = new TreeMap<>();
        for (Socket socket : sockets) {
            byServer.computeIfAbsent(name(socket), name -> new ArrayList<>()).add(socket);
        }
        return byServer;
    }

    /** The server of each of these clients, one address each. */
    private static Map<String, String> clients(int port) throws IOException {
        Map<String, String> servers = new TreeMap<>();
        for (int i = 1; i <= CLIENTS; i++) {
            String address = "127.0.7." + i;
            try (Socket socket = Loopback.connectFrom(address, port)) {
                servers.put(address, name(socket));
            }
        }
        return servers;
    }

    @Test
    void leastConnectionsCountsWhatIsOpenAndWhatIsBeingMade() throws IOException {
        ListenerPlan listener = listener(SchedulerType.WLC);
        forwarder.serve(weights(100, 50, 0).build(), listener);
        Map<String, List<Socket>> open = open(60);
        assertThat(open.get("a").size())
                .isCloseTo(40, within(4)); // event loops that choose at once may choose the same

        for (Socket socket : open.get("b")) {
            socket.close();
        }
        await(() -> forwarder.activeConnections(listener) == open.get("a").size());

        assertThat(open(15).keySet()).containsExactly("b");
    }

    @Test
    void leastConnectionsCountsWhatOtherListenersHaveOpen() throws IOException {
        int otherPort = Loopback.freePort();
        ListenerPlan listener = listener(SchedulerType.WLC);
        forwarder.serve(
                weights(100, 100, 0).build(),
                listener,
                ListenerPlanBuilder.tcp("other", otherPort)
                        .scheduler(SchedulerType.WLC)
                        .build());
        Map<String, List<Socket>> open = open(20);
        for (Socket socket : open.get("b")) {
            socket.close();
        }
        await(() -> forwarder.activeConnections(listener) == open.get("a").size());

        for (int i = 0; i < 5; i++) {
            assertThat(name(opened(Loopback.connect(otherPort)))).isEqualTo("b");
        }
    }

    @Test
    void oneClientHasOneServerOnEveryForwarder() throws IOException {
        GroupPlan group = weights(100, 100, 100).build();
        forwarder.serve(group, listener(SchedulerType.SCH));
        Map<String, String> servers = clients(port);
        assertThat(servers.values()).contains("a", "b", "c");
        assertThat(clients(port)).isEqualTo(servers);

        RunningForwarder other = opened(RunningForwarder.start(TransportKind.NIO, 1));
        int otherPort = Loopback.freePort();
        other.serve(
                group,
                ListenerPlanBuilder.tcp("tcp", otherPort)
                        .scheduler(SchedulerType.SCH)
                        .build());
        assertThat(clients(otherPort)).isEqualTo(servers);
    }

    @Test
    void aServerThatGoesMovesItsOwnClientsOnly() throws IOException {
        forwarder.serve(weights(100, 100, 100).build(), listener(SchedulerType.SCH));
        Map<String, String> before = clients(port);
        forwarder.serve(weights(100, 0, 100).build());
        Map<String, String> after = clients(port);

        before.forEach((client, server) -> {
            if (server.equals("b")) {
                assertThat(after.get(client)).isIn("a", "c");
            } else {
                assertThat(after.get(client)).isEqualTo(server);
            }
        });
    }

    @Test
    void aServerThatCantBeReachedIsReplacedByTheOneThatItsClientsWouldHaveWithoutIt() throws IOException {
        forwarder.serve(weights(100, 0, 100).build(), listener(SchedulerType.SCH));
        Map<String, String> without = clients(port);
        forwarder.serve(weights(100, 100, 100).build());
        b.stopListening();

        assertThat(clients(port)).isEqualTo(without);
    }

    @Test
    void thePortsOfOneClientSpreadByTheHashOfFour() throws IOException {
        forwarder.serve(weights(100, 100, 0).build(), listener(SchedulerType.TCH));

        assertThat(connect(60)).containsOnlyKeys("a", "b");
    }

    @Test
    void whoComesBesideOthersBeginsSmall() throws IOException {
        ListenerPlan listener = listener(SchedulerType.WRR);
        GroupPlanBuilder one = GroupPlanBuilder.group("web").server("a", a.port(), 100);
        forwarder.serve(one.slowStart(600_000).build(), listener);
        assertThat(connect(10)).isEqualTo(Map.of("a", 10));

        forwarder.serve(weights(100, 100, 0).slowStart(600_000).build());
        Map<String, Integer> counts = connect(210);
        assertThat(counts.get("b")).isCloseTo(10, within(1));

        // Without slow start it has its share at once, and an edit of the listener begins nothing anew.
        forwarder.serve(weights(100, 100, 0).build());
        assertThat(connect(20)).isEqualTo(Map.of("a", 10, "b", 10));
        forwarder.serve(weights(100, 100, 0).slowStart(600_000).build(), listener(SchedulerType.WLC));
        assertThat(connect(20).get("b")).isCloseTo(10, within(2));
    }

    @Test
    void whoComesBackFromAbnormalGrowsToItsFullShare() throws IOException {
        GroupPlan group = weights(100, 100, 0).slowStart(600_000).build();
        forwarder.serve(
                group,
                ListenerPlanBuilder.tcp("tcp", port)
                        .check(ListenerPlanBuilder.tcpCheck(20, 20_000))
                        .build());
        String idOfB = GroupPlanBuilder.id("b", b.port());
        forwarder.awaitHealth(group.id(), idOfB, Health.NORMAL);
        forwarder.awaitHealth(group.id(), GroupPlanBuilder.id("a", a.port()), Health.NORMAL);
        assertThat(connect(20)).isEqualTo(Map.of("a", 10, "b", 10));

        b.stopListening();
        forwarder.awaitHealth(group.id(), idOfB, Health.ABNORMAL);
        b.listenAgain();
        forwarder.awaitHealth(group.id(), idOfB, Health.NORMAL);
        assertThat(connect(42).get("b")).isCloseTo(2, within(1));

        forwarder.serve(weights(100, 100, 0).slowStart(200).build());
        await(() -> new HashMap<>(connect(10)).equals(Map.of("a", 5, "b", 5)));
    }
}
