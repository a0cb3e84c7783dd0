package dev.slb.forwarder;

import dev.slb.forwarder.serve.ControlThread;
import dev.slb.forwarder.serve.Frontends;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanJson;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Sockets;
import dev.slb.testing.TestPlans;
import io.netty.util.concurrent.EventExecutor;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What the state of a listener says while its port goes to another one, or to another protocol. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class HandoverTest {

    private final TransportKind kind;

    @AutoClose
    private final Opened opened = new Opened();

    private final int port = Loopback.freePort();
    private Transport transport;
    private EventExecutor control;
    private Forwarder forwarder;
    private HttpServer server;

    HandoverTest(TransportKind kind) {
        this.kind = kind;
    }

    @BeforeEach
    void start() {
        assumeTrue(Transport.isAvailable(kind), () -> kind + " does not work here");
        Faults faults = new Faults(Faults.HALT);
        transport = Transport.open(kind, 1, "test", faults);
        control = new ControlThread("test", faults);
        forwarder = opened.add(new Forwarder(
                ForwarderOptions.named("test").bindTo(Loopback.ADDRESS),
                transport,
                control,
                new SplittableRandom(1),
                Frontends::create,
                null));
        server = opened.add(HttpServer.named("a"));
        forwarder.begin();
        forwarder.publish(TestPlans.loadBalancer(1));
        forwarder.publish(
                GroupPlanBuilder.group("web").server("a", server.port(), 100).build());
        forwarder.synced();
    }

    private void serve(ListenerPlan listener) {
        forwarder.publish(listener);
        awaitServing(listener);
    }

    private void awaitServing(ListenerPlan listener) {
        await(() -> isServing(listener));
    }

    private boolean isServing(ListenerPlan listener) {
        DocumentState state = forwarder.state(listener.id());
        return state != null && PlanJson.version(listener).equals(state.serving());
    }

    /** With event loops that stand still: what the control thread does alone is all that happens. */
    private void publishWhileNobodyAccepts(boolean isAlone, ListenerPlan... plans) throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try {
            for (Loop loop : transport.loops()) {
                standStill(loop, goOn);
            }
            for (ListenerPlan plan : plans) {
                forwarder.publish(plan);
            }
            for (int i = 0; i < 10; i++) {
                control.submit(() -> {}).get();
            }
            assertThat(isServing(plans[plans.length - 1]))
                    .as("said to serve, with clients of that before still coming in")
                    .isEqualTo(isAlone);
        } finally {
            goOn.countDown();
        }
        for (ListenerPlan plan : plans) {
            awaitServing(plan);
        }
    }

    private static void standStill(Loop loop, CountDownLatch until) throws InterruptedException {
        CountDownLatch still = new CountDownLatch(1);
        loop.eventLoop().execute(() -> {
            still.countDown();
            try {
                until.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        still.await();
    }

    /** The acceptor of channels asks for whom it accepts each time; the ring is told. */
    private boolean asksForEach() {
        return kind != TransportKind.IO_URING;
    }

    @Test
    void anotherProtocolServesOnceNobodyComesInToTheOneBefore() throws Exception {
        ListenerPlan tcp = ListenerPlanBuilder.tcp("web", port).build();
        serve(tcp);

        publishWhileNobodyAccepts(
                asksForEach(), ListenerPlanBuilder.http("web", port).build());

        try (HttpClientSocket client = HttpClientSocket.connect(port)) {
            client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n").read();
        }
        assertThat(server.lastRequest().header("X-Forwarded-For")).isEqualTo(Loopback.ADDRESS);
    }

    @Test
    void anotherListenerServesOnceNobodyComesInToTheOneBefore() throws Exception {
        ListenerPlan one = ListenerPlanBuilder.tcp("one", port).build();
        serve(one);

        publishWhileNobodyAccepts(
                asksForEach(),
                ListenerPlanBuilder.tcp("one", Loopback.freePort()).build(),
                ListenerPlanBuilder.tcp("two", port).build());
    }

    @Test
    void datagramsHaveTheirNewListenerOnceEverySocketKnows() throws Exception {
        ListenerPlan one = ListenerPlanBuilder.udp("one", port).build();
        serve(one);

        publishWhileNobodyAccepts(
                false,
                ListenerPlanBuilder.udp("one", Loopback.freePort()).build(),
                ListenerPlanBuilder.udp("two", port).build());
    }

    @Test
    void anEditIsServedWithoutWaitingForAnyLoop() throws Exception {
        ListenerPlan http = ListenerPlanBuilder.http("web", port).build();
        serve(http);

        publishWhileNobodyAccepts(
                true, ListenerPlanBuilder.http("web", port).requestMillis(5_000).build());
    }
}
