package dev.slb.forwarder.serve;

import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.TcpServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.GroupPlanBuilder.id;
import static dev.slb.testing.ListenerPlanBuilder.tcpCheck;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** What becomes of the connections of a server that left or turned abnormal. */
class DrainTest extends ForwarderTestBase {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");

    private final TcpServer a = server("a");
    private final TcpServer b = server("b");

    private GroupPlanBuilder both() {
        return GroupPlanBuilder.group("web").server("a", a.port(), 1).server("b", b.port(), 1);
    }

    private GroupPlanBuilder onlyB() {
        return GroupPlanBuilder.group("web").server("b", b.port(), 1);
    }

    private ListenerPlanBuilder listener(long drainMillis) {
        return ListenerPlanBuilder.tcp("tcp", port).drain(drainMillis, false);
    }

    private Socket connectTo(String wanted) throws IOException {
        while (true) {
            Socket connection = connect();
            if (name(connection).equals(wanted)) {
                return connection;
            }
            connection.close();
        }
    }

    private void assertEchoes(Socket connection) throws IOException {
        connection.getOutputStream().write('x');
        assertThat(connection.getInputStream().read()).isEqualTo('x');
    }

    @Test
    void connectionsOfAServerThatLeftRunOnForTheDrainTimeAndThenClose() throws IOException {
        forwarder.serve(both().build(), listener(1_500).build());
        Socket toA = connectTo("a");
        Socket toB = connectTo("b");

        long start = System.nanoTime();
        forwarder.serve(onlyB().build());
        assertEchoes(toA);
        assertThat(connect(4)).isEqualTo(Map.of("b", 4));

        Loopback.assertReset(toA);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(1_500));
        assertEchoes(toB);
    }

    @Test
    void withoutDrainTheyCloseAtOnce() throws IOException {
        forwarder.serve(both().build(), listener(0).build());
        Socket toA = connectTo("a");

        forwarder.serve(onlyB().build());

        Loopback.assertReset(toA);
    }

    @Test
    void connectionsOfAServerThatTurnedAbnormalRunOnForTheDrainTimeAndThenClose() throws IOException {
        forwarder.serve(
                both().build(), listener(1_500).check(tcpCheck(20, 20_000)).build());
        forwarder.awaitHealth(WEB, id("a", a.port()), Health.NORMAL);
        Socket toA = connectTo("a");

        a.stopListening();
        forwarder.awaitHealth(WEB, id("a", a.port()), Health.ABNORMAL);
        assertEchoes(toA);

        Loopback.assertReset(toA);
    }

    @Test
    void aServerThatIsBackInTimeKeepsItsConnections() throws Exception {
        forwarder.serve(
                both().build(), listener(1_500).check(tcpCheck(20, 20_000)).build());
        forwarder.awaitHealth(WEB, id("a", a.port()), Health.NORMAL);
        Socket toA = connectTo("a");

        a.stopListening();
        forwarder.awaitHealth(WEB, id("a", a.port()), Health.ABNORMAL);
        a.listenAgain();
        forwarder.awaitHealth(WEB, id("a", a.port()), Health.NORMAL);
        forwarder.serve(onlyB().build());
        forwarder.serve(both().build());

        Awaitility.await() // for longer than the drain time: it was called off
                .during(Duration.ofSeconds(2))
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertEchoes(toA));
    }

    @Test
    void whenAllConnectionsAreGoneTheServerIsForgotten() throws IOException {
        ListenerPlan plan = listener(600).build();
        forwarder.serve(both().build(), plan);
        Socket toA = connectTo("a");
        connectTo("b");
        forwarder.serve(onlyB().build());
        assertThat(forwarder.forwarder().stats().servers()).hasSize(2);

        toA.close();

        await(() -> forwarder.forwarder().stats().servers().size() == 1);
    }
}
