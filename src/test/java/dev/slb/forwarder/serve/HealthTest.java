package dev.slb.forwarder.serve;

import dev.slb.forwarder.table.Reasons;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.Health;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.GroupPlanBuilder.id;
import static dev.slb.testing.ListenerPlanBuilder.tcpCheck;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What checks do to traffic and to the report. */
class HealthTest extends ForwarderTestBase {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");
    private static final HealthCheckPlan CHECK = tcpCheck(20, 20_000);

    private final TcpServer a = server("a");
    private final TcpServer b = server("b");

    private GroupPlanBuilder group(long ofA, long ofB) {
        return GroupPlanBuilder.group("web").server("a", a.port(), ofA).server("b", b.port(), ofB);
    }

    private ListenerPlanBuilder listener() {
        return ListenerPlanBuilder.tcp("tcp", port).check(CHECK);
    }

    private void awaitHealth(String name, TcpServer server, Health health) {
        forwarder.awaitHealth(WEB, id(name, server.port()), health);
    }

    @Test
    void aServerThatFailsGetsNothingUntilItIsBack() throws IOException {
        forwarder.serve(group(1, 1).build(), listener().build());
        awaitHealth("a", a, Health.NORMAL);
        awaitHealth("b", b, Health.NORMAL);

        a.stopListening();
        awaitHealth("a", a, Health.ABNORMAL);
        assertThat(forwarder.health(WEB, id("a", a.port())).cause()).isEqualTo("connection refused");
        assertThat(connect(10)).isEqualTo(Map.of("b", 10));

        a.listenAgain();
        awaitHealth("a", a, Health.NORMAL);
        assertThat(forwarder.health(WEB, id("a", a.port())).cause()).isNull();
        assertThat(connect(10)).isEqualTo(Map.of("a", 5, "b", 5));
    }

    @Test
    void whenAllServersAreAbnormalClientsAreReset() {
        forwarder.serve(group(1, 1).build(), listener().build());
        awaitHealth("a", a, Health.NORMAL);
        a.stopListening();
        b.stopListening();
        awaitHealth("a", a, Health.ABNORMAL);
        awaitHealth("b", b, Health.ABNORMAL);

        assertThatThrownBy(this::nameOfServer).isInstanceOf(IOException.class);
        assertThat(forwarder.refusals(Reasons.NO_HEALTHY_SERVER)).isEqualTo(1);
    }

    @Test
    void atAStartTrafficWaitsForTheFirstVerdict() throws Exception {
        // The first check comes some milliseconds after the listener: without waiting, this connection would be reset.
        for (int i = 0; i < 5; i++) {
            ListenerPlan listener = ListenerPlanBuilder.tcp("tcp-" + i, Loopback.freePort())
                    .check(tcpCheck(2_000 + i, 5_000))
                    .build();
            forwarder.serve(group(1, 0).build(), listener);
            assertThat(nameOfServer(listener.frontend().bindPort())).isEqualTo("a");
        }
        assertThat(forwarder.forwarder().stats().refusals()).isEmpty();
    }

    @Test
    void whenNoVerdictComesWithinOneTimeoutTheClientIsReset() {
        TcpServer silent =
                opened(TcpServer.start(connection -> connection.getInputStream().read()));
        HealthCheckPlan neverAnswered = ListenerPlanBuilder.httpCheck(5_000, 200);
        forwarder.serve(
                GroupPlanBuilder.group("web").server("s", silent.port(), 1).build(),
                listener().check(neverAnswered).build());

        long start = System.nanoTime();
        assertThatThrownBy(() -> nameOfServer()).isInstanceOf(IOException.class);

        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(200));
        assertThat(forwarder.refusals(Reasons.NO_VERDICT)).isEqualTo(1);
    }

    @Test
    void aClientThatGoesWhileItWaitsForAVerdictLeavesNothing() throws Exception {
        TcpServer silent =
                opened(TcpServer.start(connection -> connection.getInputStream().read()));
        ListenerPlan listener =
                listener().check(ListenerPlanBuilder.httpCheck(5_000, 1_000)).build();
        forwarder.serve(
                GroupPlanBuilder.group("web").server("s", silent.port(), 1).build(), listener);

        connect().close();

        await(() -> forwarder.forwarder().stats().listeners().get(listener.id()).connections() == 1);
        await(() -> forwarder.activeConnections(listener) == 0);
    }

    @Test
    void withoutChecksServersAreUsedAtOnceAndShownAsUnchecked() throws IOException {
        forwarder.serve(group(1, 1).build(), listener().check(null).build());

        assertThat(connect(4)).isEqualTo(Map.of("a", 2, "b", 2));
        awaitHealth("a", a, Health.UNCHECKED);
    }

    @Test
    void editsThatLeaveServerAndCheckAloneKeepTheVerdict() throws IOException {
        // Only one check ever runs within the test: a verdict that was lost would not come back.
        HealthCheckPlan once = tcpCheck(600_000, 5_000);
        forwarder.serve(group(1, 1).build(), listener().check(once).build());
        awaitHealth("a", a, Health.NORMAL);
        awaitHealth("b", b, Health.NORMAL);

        forwarder.serve(group(2, 1).build());
        forwarder.serve(listener().check(once).idleMillis(12_345).build());

        assertThat(connect(3)).isEqualTo(Map.of("a", 2, "b", 1));
        awaitHealth("a", a, Health.NORMAL);
    }

    @Test
    void anEditOfTheCheckKeepsServersInUseUntilTheNewOneHasAVerdict() throws IOException {
        forwarder.serve(group(1, 1).build(), listener().build());
        awaitHealth("a", a, Health.NORMAL);
        awaitHealth("b", b, Health.NORMAL);

        for (int i = 1; i < 20; i++) {
            forwarder.serve(listener().check(tcpCheck(1_000 + i, 5_000)).build());
            assertThat(connect(2)).isEqualTo(Map.of("a", 1, "b", 1));
        }
        assertThat(forwarder.forwarder().stats().refusals()).isEmpty();
    }

    @Test
    void oneProberServesAllListenersAndGroupsThatWantTheSame() throws IOException {
        TcpServer counted = server("counted");
        HealthCheckPlan slow = tcpCheck(600_000, 5_000);
        GroupPlanBuilder other = GroupPlanBuilder.group("other").server("counted", counted.port(), 1);
        forwarder.serve(
                GroupPlanBuilder.group("web")
                        .server("counted", counted.port(), 1)
                        .build(),
                other.build());
        for (int i = 0; i < 4; i++) {
            forwarder.serve(
                    ListenerPlanBuilder.tcp("web-" + i, Loopback.freePort())
                            .check(slow)
                            .build(),
                    ListenerPlanBuilder.tcp("other-" + i, Loopback.freePort())
                            .group(other.build().id())
                            .check(slow)
                            .build());
        }
        forwarder.awaitHealth(WEB, id("counted", counted.port()), Health.NORMAL);
        forwarder.awaitHealth(other.build().id(), id("counted", counted.port()), Health.NORMAL);

        await(() -> counted.accepted() == 1);
        GroupHealth health = forwarder.report().health().stream()
                .filter(each -> each.group().equals(WEB))
                .findFirst()
                .orElseThrow();
        assertThat(health.listeners())
                .isEqualTo(Set.of(
                        DocumentId.listener("shop", "web-0"),
                        DocumentId.listener("shop", "web-1"),
                        DocumentId.listener("shop", "web-2"),
                        DocumentId.listener("shop", "web-3")));
    }

    @Test
    void aNewServerAtTheAddressOfAnOldOneStartsWithoutAVerdict() throws IOException {
        HealthCheckPlan once = tcpCheck(600_000, 5_000);
        forwarder.serve(
                GroupPlanBuilder.group("web").server("old", a.port(), 1).build(),
                listener().check(once).build());
        forwarder.awaitHealth(WEB, id("old", a.port()), Health.NORMAL);
        await(() -> a.accepted() == 1);

        forwarder.serve(GroupPlanBuilder.group("web").server("new", a.port(), 1).build());

        forwarder.awaitHealth(WEB, id("new", a.port()), Health.NORMAL);
        await(() -> a.accepted() == 2);
    }

    @Test
    void theReportGrowsWithEachChangeAndWakesThoseWhoWait() throws Exception {
        forwarder.serve(group(1, 1).build(), listener().build());
        awaitHealth("a", a, Health.NORMAL);
        awaitHealth("b", b, Health.NORMAL);
        long revision = forwarder.report().revision();
        assertThat(forwarder.forwarder().reportAfter(revision - 1).toCompletableFuture())
                .isCompleted();
        assertThat(forwarder.forwarder().reportAfter(revision + 9).toCompletableFuture())
                .isCompleted();
        CompletableFuture<?> next = forwarder.forwarder().reportAfter(revision).toCompletableFuture();
        assertThat(next).isNotDone();

        forwarder.serve(group(1, 1).build()); // nothing new
        assertThat(forwarder.report().revision()).isEqualTo(revision);
        a.stopListening();

        assertThat(next).succeedsWithin(20, TimeUnit.SECONDS);
        assertThat(forwarder.report().revision()).isGreaterThan(revision);
    }
}
