package dev.slb.forwarder.serve;

import dev.slb.forwarder.l4.udp.FlowLimit;
import dev.slb.forwarder.table.Refusals;
import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.SchedulerType;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** What is there once, however many rules and listeners use a group. */
@Sockets
class SharedSelectionsTest {

    private static final int RULES = 20;
    private static final int SERVERS = 10;
    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");

    @AutoClose
    private final Opened opened = new Opened();

    private final TcpServer server = opened.add(TcpServer.echo("s"));
    private final List<Throwable> fatal = new ArrayList<>();
    private final Transport transport = Transport.open(TransportKind.NIO, 1, "test", new Faults(fatal::add));
    private final ControlThread control = new ControlThread("test", transport.faults());
    private final Workshop workshop = new Workshop(
            control,
            transport,
            new SplittableRandom(1),
            Frontends::create,
            TlsProvider.AUTO,
            new Refusals(),
            null,
            500);
    private final Configuration configuration =
            new Configuration(workshop, Loopback.ADDRESS, new FlowLimit(1), changes -> {});

    @BeforeEach
    void begin() throws Exception {
        publish(group(1));
    }

    @AfterEach
    void close() throws Exception {
        onControl(configuration::close);
        transport.close().awaitUninterruptibly();
        control.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
        assertThat(fatal).isEmpty();
    }

    private <T> T onControl(Callable<T> what) throws Exception {
        return control.submit(what).get(30, TimeUnit.SECONDS);
    }

    private void publish(PlanDocument... documents) throws Exception {
        onControl(() -> {
            for (PlanDocument document : documents) {
                configuration.publish(document);
            }
            return null;
        });
    }

    private PlanDocument group(long weight) {
        GroupPlanBuilder group = GroupPlanBuilder.group("web");
        for (int i = 0; i < SERVERS; i++) {
            group.server("s" + i, server.port(), weight);
        }
        return group.build();
    }

    /** Each of its rules says it in an object of its own. */
    private static ListenerPlan listener(String name, int port, SchedulerType scheduler, HealthCheckPlan check) {
        ListenerPlanBuilder listener =
                ListenerPlanBuilder.http(name, port).scheduler(scheduler).check(check);
        for (int i = 0; i < RULES; i++) {
            listener.rule("r" + i, "h" + i + ".test", "/", new Action.Forward(WEB, null, scheduler, check, null));
        }
        return listener.build();
    }

    private static ListenerPlan listener(String name, SchedulerType scheduler, HealthCheckPlan check) {
        return listener(name, Loopback.freePort(), scheduler, check);
    }

    private void awaitSelections(int expected) {
        await(() -> {
            assertThat(onControl(configuration::selections)).isEqualTo(expected);
            return true;
        });
    }

    private void awaitMembers(int expected) {
        await(() -> {
            assertThat(onControl(() -> workshop.members().size())).isEqualTo(expected);
            return true;
        });
    }

    private void awaitServed(ListenerPlan... listeners) {
        for (ListenerPlan listener : listeners) {
            await(() -> onControl(() -> configuration.running(listener.id()) != null));
        }
    }

    @Test
    void rulesAndListenersThatSayTheSameOfAGroupShareOneSelectionAndItsMembers() throws Exception {
        ListenerPlan one = listener("one", SchedulerType.WRR, null);
        ListenerPlan other = listener("other", SchedulerType.WRR, null);
        publish(one, other);
        awaitServed(one, other);

        assertThat(onControl(configuration::selections)).isEqualTo(1);
        assertThat(onControl(() -> workshop.members().size())).isEqualTo(SERVERS);
    }

    @Test
    void whatChoosesOrChecksInAnotherWayHasASelectionOfItsOwnAndTheSameMembers() throws Exception {
        ListenerPlan wrr = listener("wrr", SchedulerType.WRR, null);
        ListenerPlan wlc = listener("wlc", SchedulerType.WLC, null);
        ListenerPlan checked = listener("checked", SchedulerType.WRR, ListenerPlanBuilder.tcpCheck(60_000, 60_000));
        publish(wrr, wlc, checked);
        awaitServed(wrr, wlc, checked);

        assertThat(onControl(configuration::selections)).isEqualTo(3);
        assertThat(onControl(() -> workshop.members().size())).isEqualTo(SERVERS);
    }

    @Test
    void nothingIsLeftWhenTheLastListenerHasGone() throws Exception {
        ListenerPlan one = listener("one", SchedulerType.WRR, null);
        ListenerPlan other = listener("other", SchedulerType.WRR, null);
        publish(one, other);
        awaitServed(one, other);

        onControl(() -> {
            configuration.withdraw(one.id());
            return null;
        });
        awaitSelections(1);
        onControl(() -> {
            configuration.withdraw(other.id());
            return null;
        });
        awaitSelections(0);
        awaitMembers(0);
    }

    @Test
    void listenersWhoseCheckWasEditedShareASelectionAsSoonAsAllServersAreChecked() throws Exception {
        int onePort = Loopback.freePort();
        int otherPort = Loopback.freePort();
        HealthCheckPlan before = ListenerPlanBuilder.tcpCheck(60_000, 60_000);
        HealthCheckPlan after = ListenerPlanBuilder.tcpCheck(50_000, 50_000);
        ListenerPlan one = listener("one", onePort, SchedulerType.WRR, before);
        ListenerPlan other = listener("other", otherPort, SchedulerType.WRR, null);
        publish(one, other);
        awaitServed(one, other);

        // One knows of a good check, the other of none: until there is a verdict they choose for themselves.
        publish(
                listener("one", onePort, SchedulerType.WRR, after),
                listener("other", otherPort, SchedulerType.WRR, after));

        awaitSelections(1);
        awaitMembers(SERVERS);
    }

    @Test
    void whatBelongsToAListenerIsThereFromTheFirstConnectionOn() throws Exception {
        int port = Loopback.freePort();
        ListenerPlan used = ListenerPlanBuilder.tcp("used", port).build();
        ListenerPlan unused =
                ListenerPlanBuilder.tcp("unused", Loopback.freePort()).build();
        publish(used, unused);
        awaitServed(used, unused);
        assertThat(usages(used)).isZero();

        assertThat(ForwarderTestBase.nameOfServer(port)).isEqualTo("s");

        assertThat(usages(used)).isEqualTo(1);
        assertThat(usages(unused)).isZero();
    }

    @Test
    void whatAListenerHadOfAServerGoesWithTheServer() throws Exception {
        int port = Loopback.freePort();
        ListenerPlan listener = ListenerPlanBuilder.tcp("used", port).build();
        publish(listener);
        awaitServed(listener);
        assertThat(ForwarderTestBase.nameOfServer(port)).isEqualTo("s");
        await(() -> onControl(() -> configuration.running(listener.id()).runtime().usages().stream()
                .allMatch(usage -> usage.active() == 0)));

        publish(GroupPlanBuilder.group("web").build());

        await(() -> usages(listener) == 0);
        awaitMembers(0);
    }

    private int usages(ListenerPlan listener) throws Exception {
        return onControl(
                () -> configuration.running(listener.id()).runtime().usages().size());
    }
}
