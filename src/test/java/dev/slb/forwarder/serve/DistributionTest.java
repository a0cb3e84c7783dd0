package dev.slb.forwarder.serve;

import dev.slb.forwarder.table.Reasons;
import dev.slb.plan.BackendPort;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.SchedulerType;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Which server a connection gets. */
class DistributionTest extends ForwarderTestBase {

    private final TcpServer a = server("a");
    private final TcpServer b = server("b");
    private final TcpServer c = server("c");

    private GroupPlanBuilder weights(long ofA, long ofB, long ofC) {
        return GroupPlanBuilder.group("web")
                .server("a", a.port(), ofA)
                .server("b", b.port(), ofB)
                .server("c", c.port(), ofC);
    }

    private ListenerPlanBuilder listener() {
        return ListenerPlanBuilder.tcp("tcp", port);
    }

    @Test
    void weightsAreFollowedExactlyAndWeightZeroGetsNothing() throws IOException {
        ListenerPlan listener = listener().build();
        forwarder.serve(weights(100, 50, 0).build(), listener);

        assertThat(connect(150)).isEqualTo(Map.of("a", 100, "b", 50));
        assertThat(forwarder.picks(listener, "a")).isEqualTo(100);
        assertThat(forwarder.picks(listener, "b")).isEqualTo(50);
        assertThat(forwarder.forwarder().stats().listeners().get(listener.id()).connections())
                .isEqualTo(150);
    }

    @Test
    void roundRobinIgnoresWeightsButNotZero() throws IOException {
        forwarder.serve(
                weights(100, 50, 0).build(),
                listener().scheduler(SchedulerType.RR).build());

        assertThat(connect(60)).isEqualTo(Map.of("a", 30, "b", 30));
    }

    @Test
    void aNewWeightCountsFromTheNextConnectionAndOpenOnesGoOn() throws IOException {
        forwarder.serve(weights(1, 0, 0).build(), listener().build());
        Socket open = connect();
        assertThat(name(open)).isEqualTo("a");

        forwarder.serve(weights(0, 1, 1).build());

        assertThat(connect(20)).isEqualTo(Map.of("b", 10, "c", 10));
        open.getOutputStream().write('x');
        assertThat(open.getInputStream().read()).isEqualTo('x');
    }

    @Test
    void whenAllWeightsAreZeroClientsAreReset() {
        forwarder.serve(weights(0, 0, 0).build(), listener().build());

        assertThatThrownBy(this::nameOfServer).isInstanceOf(IOException.class);
        assertThat(forwarder.refusals(Reasons.ALL_WEIGHTS_ZERO)).isEqualTo(1);
    }

    @Test
    void listenersThatShareAGroupShareItsPosition() throws IOException {
        int otherPort = dev.slb.testing.Loopback.freePort();
        forwarder.serve(
                weights(1, 1, 0).build(),
                listener().build(),
                ListenerPlanBuilder.tcp("other", otherPort).build());

        assertThat(nameOfServer(port)).isEqualTo("a");
        assertThat(nameOfServer(otherPort)).isEqualTo("b");
        assertThat(nameOfServer(port)).isEqualTo("a");
    }

    @Test
    void aDefaultPoolTakesThePortFromTheListener() throws IOException {
        forwarder.serve(
                GroupPlanBuilder.pool()
                        .poolServer("a", 1, Map.of("http", a.port(), "other", 1))
                        .poolServer("b", 1, Map.of("http", b.port()))
                        .poolServer("c", 1, Map.of("grpc", c.port())) // has no such port
                        .build(),
                listener().pool(BackendPort.of("http")).build());

        assertThat(connect(20)).isEqualTo(Map.of("a", 10, "b", 10));

        forwarder.serve(listener().pool(BackendPort.of(c.port())).build());
        assertThat(connect(3)).isEqualTo(Map.of("c", 3));
    }
}
