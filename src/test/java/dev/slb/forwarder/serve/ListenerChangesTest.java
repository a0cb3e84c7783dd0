package dev.slb.forwarder.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.slb.forwarder.transport.Loop;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DrainPlan;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.FrontendPlan;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.PlanJson;
import dev.slb.plan.TimeoutsPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.TcpServer;
import dev.slb.testing.TestPlans;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** How documents come into use, and what happens when they don't. */
class ListenerChangesTest extends ForwarderTestBase {

    private static final DocumentId OTHER = DocumentId.vServerGroup("shop", "other");

    private final TcpServer a = server("a");
    private final TcpServer b = server("b");
    private final GroupPlan web =
            GroupPlanBuilder.group("web").server("a", a.port(), 1).build();
    private final GroupPlan other =
            GroupPlanBuilder.group("other").server("b", b.port(), 1).build();

    private ListenerPlanBuilder listener() {
        return ListenerPlanBuilder.tcp("tcp", port);
    }

    private DocumentState state(ListenerPlan plan) {
        return forwarder.state(plan.id());
    }

    private void assertEchoes(Socket connection) throws IOException {
        connection.getOutputStream().write('x');
        assertThat(connection.getInputStream().read()).isEqualTo('x');
    }

    private static boolean isRefused(int port) {
        try (Socket connection = Loopback.connect(port)) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aListenerMovesToANewVersionOnlyWhenEveryGroupIsKnown() throws IOException {
        ListenerPlan first = listener().build();
        forwarder.serve(web, first);
        ListenerPlan second = listener().group(OTHER).build();

        forwarder.publish(second);
        await(() -> state(second).message() != null);

        assertThat(state(second))
                .isEqualTo(new DocumentState(PlanJson.version(first), null, "waits for vservergroup/shop/other"));
        assertThat(nameOfServer()).isEqualTo("a");

        forwarder.serve(other, second);
        assertThat(nameOfServer()).isEqualTo("b");
        assertThat(state(second).message()).isNull();
    }

    @Test
    void aGroupThatHasNoValidVersionYetIsEmptyAndHoldsBackNoListener() throws IOException {
        forwarder.serve(web, listener().build());
        forwarder.forwarder().keep(OTHER);
        forwarder.serve(listener().group(OTHER).build());

        assertThatThrownBy(this::nameOfServer).isInstanceOf(IOException.class);
        assertThat(forwarder.state(OTHER)).isEqualTo(new DocumentState(null, null, "has no valid version yet"));

        forwarder.serve(other);
        assertThat(nameOfServer()).isEqualTo("b");

        forwarder.forwarder().keep(OTHER);
        forwarder.serve(web); // has been processed: what there is was kept
        assertThat(nameOfServer()).isEqualTo("b");
    }

    @Test
    void anEditOfTheListenerClosesNoConnectionNotEvenToAGroupThatItLeaves() throws IOException {
        forwarder.serve(web, other, listener().drain(0, false).build());
        Socket connection = connect();
        assertThat(name(connection)).isEqualTo("a");

        forwarder.serve(
                listener().group(OTHER).drain(0, false).idleMillis(50_000).build());
        assertThat(nameOfServer()).isEqualTo("b");
        assertEchoes(connection);

        // Only when the server itself goes, its time begins: none here.
        forwarder.serve(GroupPlanBuilder.group("web").build());
        Loopback.assertReset(connection);
    }

    @Test
    void aDocumentThatDoesNotValidateIsRefusedAndTheLastGoodOneStays() throws IOException {
        ListenerPlan good = listener().build();
        forwarder.serve(web, good);
        ListenerPlan bad = new ListenerPlan(
                good.id(),
                good.loadBalancer(),
                new FrontendPlan(ListenerProtocol.TCP, 0, port, null),
                good.routing(),
                new TimeoutsPlan(1, 1, 1, 1, null),
                new DrainPlan(0, false),
                null);

        forwarder.publish(bad);
        await(() -> state(bad).refused() != null);

        assertThat(state(bad))
                .isEqualTo(new DocumentState(
                        PlanJson.version(good), PlanJson.version(bad), "frontend.port: must be 1..65535"));
        assertThat(nameOfServer()).isEqualTo("a");

        forwarder.serve(other); // something else changes: the refusal stays in the report
        assertThat(state(bad).refused()).isEqualTo(PlanJson.version(bad));
        forwarder.serve(good);
        await(() -> state(good).refused() == null);
    }

    @Test
    void aGroupThatDoesNotValidateIsRefusedAndTheLastGoodOneStays() throws IOException {
        forwarder.serve(web, listener().build());
        GroupPlan bad = new GroupPlan(
                web.id(),
                TestPlans.SHOP,
                java.util.List.of(
                        new dev.slb.plan.ServerPlan("x", "x", "server.example.com", 80, null, 1, null, null, false)));

        forwarder.publish(bad);
        await(() -> forwarder.state(web.id()).refused() != null);

        assertThat(forwarder.state(web.id()).message()).isEqualTo("servers[x].address: is not an IP address");
        assertThat(forwarder.state(web.id()).serving()).isEqualTo(PlanJson.version(web));
        assertThat(nameOfServer()).isEqualTo("a");
    }

    @Test
    void aPortThatSomebodyElseHasIsRefusedClearlyAndTriedAgain() throws IOException {
        ListenerPlan plan = listener().build();
        try (ServerSocket occupied = new ServerSocket()) {
            occupied.setReuseAddress(true);
            occupied.bind(new InetSocketAddress(Loopback.ADDRESS, port));
            forwarder.publish(web, plan);
            await(() -> state(plan) != null && state(plan).refused() != null);

            assertThat(state(plan))
                    .isEqualTo(new DocumentState(
                            null, PlanJson.version(plan), "port " + port + " is in use by another process"));
        }

        await(() -> PlanJson.version(plan).equals(state(plan).serving()));
        assertThat(state(plan).refused()).isNull();
        assertThat(nameOfServer()).isEqualTo("a");
    }

    @Test
    void aChangedPortIsBoundBeforeTheOldOneIsClosed() throws IOException {
        ListenerPlan before = listener().build();
        forwarder.serve(web, before);
        Socket connection = connect();
        name(connection);
        int newPort = Loopback.freePort();
        try (ServerSocket occupied = new ServerSocket()) {
            occupied.setReuseAddress(true);
            occupied.bind(new InetSocketAddress(Loopback.ADDRESS, newPort));
            forwarder.publish(listener().bindPort(newPort).build());
            await(() -> state(before).refused() != null);
            assertThat(nameOfServer()).as("the old version serves on").isEqualTo("a");
        }

        await(() -> !PlanJson.version(before).equals(state(before).serving()));
        assertThat(nameOfServer(newPort)).isEqualTo("a");
        await(() -> isRefused(port));
        assertEchoes(connection);
    }

    /** A group is withdrawn while the port is being bound, and then the listener stays where it was. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPortThatIsBoundForAVersionThatNeverServesIsGivenBack(boolean edited) throws IOException {
        forwarder.serve(web, other, listener().build());
        int newPort = Loopback.freePort();
        ListenerPlan second = listener().group(OTHER).bindPort(newPort).build();
        CountDownLatch withdrawn = new CountDownLatch(1);
        for (Loop loop : forwarder.forwarder().transport().loops()) {
            loop.eventLoop().execute(() -> await(() -> withdrawn.getCount() == 0));
        }
        forwarder.publish(second);
        forwarder.withdraw(OTHER);
        await(() -> forwarder.state(OTHER) == null);
        withdrawn.countDown();
        await(() -> state(second).message() != null && !isRefused(newPort));

        forwarder.serve(
                edited ? listener().idleMillis(50_000).build() : listener().build());

        await(() -> isRefused(newPort));
        assertThat(nameOfServer()).isEqualTo("a");
    }

    @Test
    void twoListenersSwapTheirPorts() throws IOException {
        int otherPort = Loopback.freePort();
        ListenerPlanBuilder second =
                ListenerPlanBuilder.tcp("second", otherPort).group(OTHER);
        forwarder.serve(web, other, listener().build(), second.build());
        Socket toA = connect();
        assertThat(name(toA)).isEqualTo("a");

        forwarder.serve(
                listener().bindPort(otherPort).build(), second.bindPort(port).build());

        assertThat(nameOfServer(port)).isEqualTo("b");
        assertThat(nameOfServer(otherPort)).isEqualTo("a");
        assertEchoes(toA);
    }

    @RepeatedTest(20) // a connection that is just being let in must not be lost, either
    void aPortGoesToTheListenerThatWaitsForItWithoutAGap() throws IOException {
        ListenerPlan first = listener().build();
        ListenerPlan successor =
                ListenerPlanBuilder.tcp("successor", port).group(OTHER).build();
        forwarder.serve(web, other, first);
        forwarder.publish(successor);
        await(() -> state(successor) != null && state(successor).refused() != null);
        assertThat(state(successor).message()).isEqualTo("port " + port + " is in use by listener/shop/tcp");
        assertThat(nameOfServer()).isEqualTo("a");

        forwarder.withdraw(first.id());

        while (nameOfServer().equals("a")) { // never refused
            Thread.onSpinWait();
        }
        await(() -> state(successor).refused() == null);
    }

    /** How connections are accepted may differ between the two. */
    @Test
    void aListenerThatChangesItsProtocolLosesNoConnection() throws Exception {
        try (HttpServer server = HttpServer.named("a")) {
            GroupPlan group =
                    GroupPlanBuilder.group("web").server("a", server.port(), 1).build();
            ListenerPlan tcp = listener().build();
            ListenerPlan http = ListenerPlanBuilder.http("tcp", port).build();
            forwarder.serve(group, tcp);
            AtomicBoolean over = new AtomicBoolean();
            CompletableFuture<Integer> requests = CompletableFuture.supplyAsync(() -> {
                int answered = 0;
                while (!over.get()) {
                    try (HttpClientSocket client = HttpClientSocket.connect(port)) {
                        assertThat(client.get("/").text()).isEqualTo("a");
                        answered++;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
                return answered;
            });

            for (int i = 0; i < 50; i++) {
                forwarder.serve(http);
                forwarder.serve(tcp);
            }
            over.set(true);

            assertThat(requests.get(20, TimeUnit.SECONDS)).isPositive();
        }
    }

    @Test
    void aWithdrawnListenerStopsListeningAndItsConnectionsRunOnForTheDrainTime() throws IOException {
        ListenerPlan plan = listener().drain(1_500, false).build();
        forwarder.serve(web, plan);
        Socket connection = connect();
        name(connection);

        forwarder.withdraw(plan.id());
        await(() -> isRefused(port));
        assertThat(state(plan)).isNull();
        assertEchoes(connection);

        Loopback.assertReset(connection);
        await(() -> !forwarder.forwarder().stats().listeners().containsKey(plan.id()));
    }

    @Test
    void aListenerThatIsWithdrawnAndComesBackServesAtOnce() throws IOException {
        ListenerPlan plan = listener().build();
        forwarder.serve(web, plan);
        Socket connection = connect();
        name(connection);

        for (int i = 0; i < 20; i++) {
            forwarder.withdraw(plan.id());
            forwarder.serve(plan);
            // The report may still be that of the version before: then its port closes under this very connection.
            await(() -> {
                try {
                    return "a".equals(nameOfServer());
                } catch (ConnectException e) {
                    return false;
                }
            });
        }
        assertEchoes(connection);
    }

    @Test
    void aDeliveryThatEndsWithoutADocumentWithdrawsItAndOneThatBreaksOffDoesNot() throws IOException {
        ListenerPlan plan = listener().build();
        ListenerPlan kept = ListenerPlanBuilder.tcp("kept", Loopback.freePort()).build();
        forwarder.serve(web, plan, kept);

        forwarder.forwarder().begin();
        forwarder.publish(web);
        forwarder.serve(other); // has been processed: nothing was withdrawn before "synced"
        assertThat(nameOfServer()).isEqualTo("a");

        forwarder.forwarder().begin();
        forwarder.publish(web);
        forwarder.forwarder().keep(kept.id());
        forwarder.forwarder().synced();
        await(() -> state(plan) == null);
        assertThat(nameOfServer(kept.frontend().bindPort())).isEqualTo("a");
        assertThat(forwarder.state(other.id())).isNull();
        assertThat(forwarder.report().synced()).isTrue();
    }

    @Test
    void aWithdrawnGroupServesOnUntilTheListenersNextVersion() throws IOException {
        forwarder.serve(web, listener().drain(0, false).build());
        Socket connection = connect();
        name(connection);

        forwarder.withdraw(web.id());
        await(() -> forwarder.state(web.id()) == null);
        assertThat(nameOfServer()).isEqualTo("a");

        ListenerPlan next = listener()
                .drain(0, false)
                .action(new Action.Unavailable("GroupNotFound"))
                .build();
        forwarder.serve(next);
        assertThatThrownBy(this::nameOfServer).isInstanceOf(IOException.class);
        Loopback.assertReset(connection);
        assertThat(forwarder.forwarder().stats().servers()).isEmpty();
    }

    @Test
    void manyListenersComeAndGo() throws IOException {
        ListenerPlan[] plans = new ListenerPlan[20];
        for (int i = 0; i < plans.length; i++) {
            plans[i] = ListenerPlanBuilder.tcp("many-" + i, Loopback.freePort()).build();
        }
        forwarder.serve(web).serve(plans);
        for (ListenerPlan plan : plans) {
            assertThat(nameOfServer(plan.frontend().bindPort())).isEqualTo("a");
        }
        for (ListenerPlan plan : plans) {
            forwarder.withdraw(plan.id());
        }
        for (ListenerPlan plan : plans) {
            await(() -> isRefused(plan.frontend().bindPort()));
        }
        await(() -> forwarder.forwarder().stats().listeners().isEmpty());
        assertThat(forwarder.report().documents().keySet())
                .isEqualTo(Map.of(TestPlans.SHOP, "", web.id(), "").keySet());
    }

    @Test
    void aServerOfASilentNodeIsOneForChecksThatWouldNoticeItsEnd() throws IOException {
        ObjectNode plan = PlanJson.mapper()
                .valueToTree(GroupPlanBuilder.group("web")
                        .server("a", a.port(), 1)
                        .server("b", b.port(), 1)
                        .build());
        ((ObjectNode) plan.path("servers").path(1)).put("silent", true);
        GroupPlan group = PlanJson.read(plan.toString(), GroupPlan.class);

        forwarder.serve(group, listener().build());
        assertThat(connect(6)).containsOnlyKeys("a");

        forwarder.serve(
                group, listener().check(ListenerPlanBuilder.tcpCheck(100, 5000)).build());
        forwarder.awaitHealth(group.id(), GroupPlanBuilder.id("a", a.port()), Health.NORMAL);
        forwarder.awaitHealth(group.id(), GroupPlanBuilder.id("b", b.port()), Health.NORMAL);
        assertThat(connect(6)).containsOnlyKeys("a", "b");
    }
}
