package dev.slb.forwarder.report;

import dev.slb.distribution.BalanceWatch;
import dev.slb.forwarder.Forwarder;
import dev.slb.forwarder.ForwarderOptions;
import dev.slb.forwarder.serve.ForwarderTestBase;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.ForwarderStats.GroupStats;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.GroupBalance.Reason;
import dev.slb.plan.GroupBalance.Verdict;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.SchedulerType;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Whether traffic follows the weights, as a forwarder finds it while it runs. */
@Sockets
class BalanceTest {

    private static final int DEAD = Loopback.freePort();

    private final Forwarder forwarder = Forwarder.start(ForwarderOptions.named("test")
            .bindTo(Loopback.ADDRESS)
            .withTransport(TransportKind.AUTO)
            .withEventLoops(2)
            .withBalance(BalanceWatch.Options.withWindow(100)));
    private final int port = Loopback.freePort();
    private final TcpServer a = TcpServer.echo("a");
    private final TcpServer b = TcpServer.echo("b");

    @AfterEach
    void close() {
        forwarder.close();
        a.close();
        b.close();
    }

    private void serve(GroupPlan group, ListenerPlan listener) {
        forwarder.begin();
        forwarder.publish(group);
        forwarder.publish(listener);
        forwarder.synced();
    }

    private GroupPlan group(int secondPort) {
        return GroupPlanBuilder.group("web")
                .server("a", a.port(), 3)
                .server("b", secondPort, 1)
                .build();
    }

    /** Connects until the answer is there. */
    private GroupBalance awaitAnswer(Verdict verdict) {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (System.nanoTime() < deadline) {
            try {
                ForwarderTestBase.nameOfServer(port);
            } catch (IOException e) {
                // Not there yet.
            }
            List<GroupBalance> answers = forwarder.report().balance();
            if (answers.size() == 1 && answers.get(0).verdict() == verdict) {
                return answers.get(0);
            }
        }
        throw new AssertionError("no " + verdict + ": " + forwarder.stats());
    }

    @Test
    void theReportSaysThatTrafficFollowsTheWeightsAndThatItNoLongerDoes() {
        serve(
                group(b.port()),
                ListenerPlanBuilder.tcp("tcp", port).withoutPassive().build());

        GroupBalance good = awaitAnswer(Verdict.FOLLOWS);
        assertThat(good.reason()).isNull();
        long revision = forwarder.report().revision();
        for (int i = 0; i < 200; i++) {
            awaitAnswer(Verdict.FOLLOWS);
        }
        assertThat(forwarder.report().revision() - revision)
                .as("requests make no new report") // though something that began before may
                .isLessThan(20);
        GroupStats stats = forwarder.stats().groups().get(0);
        assertThat(stats.balance()).isEqualTo(good);
        assertThat(stats.schedulers()).containsExactly(SchedulerType.WRR);
        assertThat(forwarder.stats().servers())
                .extracting(each -> each.name() + "=" + each.weight())
                .containsExactly("a=3", "b=1");

        // Nothing notices it, and one can't be connected to: the other gets it all.
        forwarder.publish(group(DEAD));
        GroupBalance bad = awaitAnswer(Verdict.DIFFERS);
        assertThat(bad.reason()).isEqualTo(Reason.UNEXPLAINED);
        assertThat(bad.pValue()).isLessThan(1e-6);
        assertThat(bad.shares())
                .contains(new GroupBalance.Share(bad.shares().get(0).server(), "a", 750, 1000));
    }

    @Test
    void whatGoesByConnectionsIsNotCompared() {
        serve(
                group(b.port()),
                ListenerPlanBuilder.tcp("tcp", port)
                        .scheduler(SchedulerType.WLC)
                        .build());

        assertThat(awaitAnswer(Verdict.NOT_COMPARED).reason()).isEqualTo(Reason.WLC);
    }
}
