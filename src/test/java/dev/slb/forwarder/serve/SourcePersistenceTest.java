package dev.slb.forwarder.serve;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PersistencePlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.util.Map;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

/** TCP clients that come back to the server that they had. */
class SourcePersistenceTest extends ForwarderTestBase {

    private static final int CLIENTS = 60;

    private final TcpServer a = server("a");
    private final TcpServer b = server("b");
    private final TcpServer c = server("c");

    private GroupPlan weights(long ofA, long ofB, long ofC) {
        return GroupPlanBuilder.group("web")
                .server("a", a.port(), ofA)
                .server("b", b.port(), ofB)
                .server("c", c.port(), ofC)
                .build();
    }

    private static ListenerPlanBuilder listener(int port, long timeoutMillis) {
        return ListenerPlanBuilder.tcp("tcp", port)
                .persistence(new PersistencePlan(PersistencePlan.Type.SOURCE_IP, timeoutMillis, null));
    }

    private static Map<String, String> clients(int port) throws IOException {
        Map<String, String> servers = new TreeMap<>();
        for (int i = 1; i <= CLIENTS; i++) {
            String address = "127.0.8." + i;
            try (Socket socket = Loopback.connectFrom(address, port)) {
                servers.put(address, name(socket));
            }
        }
        return servers;
    }

    @Test
    void clientsComeBackToTheirServerOnEveryForwarder() throws IOException {
        forwarder.serve(weights(100, 100, 100), listener(port, 60_000).build());
        Map<String, String> servers = clients(port);
        assertThat(servers.values()).contains("a", "b", "c");
        assertThat(clients(port)).isEqualTo(servers);

        RunningForwarder other = opened(RunningForwarder.start(TransportKind.NIO, 1));
        int otherPort = Loopback.freePort();
        other.serve(weights(100, 100, 100), listener(otherPort, 60_000).build());
        assertThat(clients(otherPort)).isEqualTo(servers);
    }

    @Test
    void aServerThatComesMovesNobody() throws IOException {
        ListenerPlan listener = listener(port, 60_000).build();
        forwarder.serve(weights(100, 100, 0), listener);
        Map<String, String> before = clients(port);
        forwarder.serve(weights(100, 100, 100));
        assertThat(clients(port)).isEqualTo(before);

        // Nor does an edit of the listener.
        forwarder.serve(listener(port, 50_000).idleMillis(70_000).build());
        assertThat(clients(port)).isEqualTo(before);

        // Whose time is over goes where a new client goes.
        forwarder.serve(listener(port, 1).build());
        assertThat(clients(port).values()).contains("c");
    }

    @Test
    void weightZeroGetsNothingNewStickyOrNot() throws IOException {
        forwarder.serve(weights(100, 100, 100), listener(port, 60_000).build());
        Map<String, String> before = clients(port);
        forwarder.serve(weights(100, 0, 100));
        Map<String, String> without = clients(port);
        assertThat(without.values()).doesNotContain("b");

        forwarder.serve(weights(100, 100, 100));
        Map<String, String> after = clients(port);
        assertThat(after).as("re-selected and re-stuck, before: %s", before).isEqualTo(without);
    }

    @Test
    void clientsOfAnAbnormalServerAreStuckToAnother() throws IOException {
        GroupPlan group = weights(100, 100, 100);
        forwarder.serve(
                group,
                listener(port, 60_000)
                        .check(ListenerPlanBuilder.tcpCheck(20, 20_000))
                        .build());
        for (TcpServer each : new TcpServer[] {a, b, c}) {
            String name = each == a ? "a" : each == b ? "b" : "c";
            forwarder.awaitHealth(group.id(), GroupPlanBuilder.id(name, each.port()), Health.NORMAL);
        }
        Map<String, String> before = clients(port);
        b.stopListening();
        forwarder.awaitHealth(group.id(), GroupPlanBuilder.id("b", b.port()), Health.ABNORMAL);
        Map<String, String> without = clients(port);
        b.listenAgain();
        forwarder.awaitHealth(group.id(), GroupPlanBuilder.id("b", b.port()), Health.NORMAL);

        assertThat(without.values()).doesNotContain("b");
        assertThat(clients(port)).isEqualTo(without);
        before.forEach((client, server) -> {
            if (!server.equals("b")) {
                assertThat(without.get(client)).isEqualTo(server);
            }
        });
    }
}
