package dev.slb.forwarder.serve;

import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ServerRole;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.util.Map;

import static dev.slb.testing.GroupPlanBuilder.id;
import static dev.slb.testing.ListenerPlanBuilder.tcpCheck;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The master-slave rule (reference, section 4.4). */
class MasterSlaveTest extends ForwarderTestBase {

    private static final DocumentId DB = DocumentId.masterSlaveGroup("shop", "db");
    private static final HealthCheckPlan CHECK = tcpCheck(20, 20_000);

    private final TcpServer master = server("master");
    private final TcpServer slave = server("slave");

    private ListenerPlanBuilder listener() {
        return ListenerPlanBuilder.tcp("tcp", port).group(DB).check(CHECK);
    }

    private GroupPlan both() {
        return GroupPlanBuilder.masterSlave("db")
                .master("db-0", master.port())
                .slave("db-1", slave.port())
                .build();
    }

    private GroupPlan slaveOnly() {
        return GroupPlanBuilder.masterSlave("db").slave("db-1", slave.port()).build();
    }

    private void awaitActive(ServerRole role) {
        await(() -> forwarder.report().health().stream()
                .anyMatch(each -> each.group().equals(DB) && each.active() == role));
    }

    private void start(ListenerPlanBuilder listener) {
        forwarder.serve(both(), listener.build());
        awaitActive(ServerRole.MASTER);
    }

    @Test
    void allGoesToTheMasterThenToTheSlaveAndBackByItself() throws IOException {
        start(listener());
        assertThat(connect(10)).isEqualTo(Map.of("master", 10));
        assertThat(slave.accepted()).isZero();

        master.stopListening();
        awaitActive(ServerRole.SLAVE);
        assertThat(connect(10)).isEqualTo(Map.of("slave", 10));
        assertThat(forwarder.health(DB, id("db-0", master.port())).health()).isEqualTo(Health.ABNORMAL);
        assertThat(forwarder.health(DB, id("db-1", slave.port())).health()).isEqualTo(Health.UNCHECKED);

        Socket onSlave = connect();
        assertThat(name(onSlave)).isEqualTo("slave");
        master.listenAgain();
        awaitActive(ServerRole.MASTER);
        assertThat(connect(10)).isEqualTo(Map.of("master", 10));

        // Fail-back leaves connections on the slave alone, and nothing but they ever reached it: it saw no probe.
        onSlave.getOutputStream().write('x');
        assertThat(onSlave.getInputStream().read()).isEqualTo('x');
        assertThat(slave.accepted()).isEqualTo(11);
    }

    @Test
    void connectionsToTheFailedMasterAreReset() throws IOException {
        start(listener());
        Socket connection = connect();
        assertThat(name(connection)).isEqualTo("master");

        master.stopListening();

        assertThatThrownBy(() -> connection.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    @Test
    void connectionsToTheFailedMasterRunOnWhenDrainingIsAskedFor() throws IOException {
        start(listener().drain(60_000, true));
        Socket connection = connect();
        assertThat(name(connection)).isEqualTo("master");

        master.stopListening();
        awaitActive(ServerRole.SLAVE);

        connection.getOutputStream().write('x');
        assertThat(connection.getInputStream().read()).isEqualTo('x');
    }

    @Test
    void theSlaveTakesOverEvenWhenItIsDead() {
        slave.stopListening();
        start(listener());

        master.stopListening();
        awaitActive(ServerRole.SLAVE);

        assertThatThrownBy(this::nameOfServer).isInstanceOf(IOException.class);
    }

    @Test
    void aMasterThatLeavesIsDownAtOnceAndTheNextOneIsAdmittedByItsFirstCheck() throws IOException {
        HealthCheckPlan slow = tcpCheck(600_000, 5_000);
        start(listener().check(slow));
        Socket connection = connect();
        assertThat(name(connection)).isEqualTo("master");

        forwarder.serve(slaveOnly());
        assertThat(connect(3)).isEqualTo(Map.of("slave", 3));
        assertThatThrownBy(() -> connection.getInputStream().read()).isInstanceOf(SocketException.class);

        TcpServer next = server("next");
        forwarder.serve(GroupPlanBuilder.masterSlave("db")
                .master("db-0-again", next.port())
                .slave("db-1", slave.port())
                .build());
        awaitActive(ServerRole.MASTER);
        assertThat(connect(3)).isEqualTo(Map.of("next", 3));
    }

    @Test
    void aNewMasterThatFailsItsChecksLeavesTheSlaveActive() throws IOException {
        forwarder.serve(slaveOnly(), listener().build());
        awaitActive(ServerRole.SLAVE);
        master.stopListening();

        forwarder.serve(both());
        assertThat(connect(3)).isEqualTo(Map.of("slave", 3));
        forwarder.awaitHealth(DB, id("db-0", master.port()), Health.ABNORMAL);

        assertThat(connect(3)).isEqualTo(Map.of("slave", 3));
    }

    @Test
    void anEditOfTheCheckIsNoFailover() throws IOException {
        start(listener());
        Socket connection = connect();
        assertThat(name(connection)).isEqualTo("master");

        for (int i = 0; i < 10; i++) {
            forwarder.serve(listener().check(tcpCheck(600_000 + i, 5_000)).build());
            assertThat(connect(2)).isEqualTo(Map.of("master", 2));
        }

        connection.getOutputStream().write('x');
        assertThat(connection.getInputStream().read()).isEqualTo('x');
    }

    @Test
    void withoutChecksTheMasterHasEverything() throws IOException {
        forwarder.serve(both(), listener().check(null).build());

        assertThat(connect(5)).isEqualTo(Map.of("master", 5));
    }
}
