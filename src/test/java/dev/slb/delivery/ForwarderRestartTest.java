package dev.slb.delivery;

import dev.slb.control.PlanStore;
import dev.slb.forwarder.ForwarderOptions;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanJson;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

import static dev.slb.testing.RunningForwarder.await;
import static dev.slb.testing.TestPlans.loadBalancer;
import static org.assertj.core.api.Assertions.assertThat;

/** What a forwarder's process that restarts alone does with a listener whose reference dangles. */
@Sockets
class ForwarderRestartTest {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");

    @TempDir
    Path folder;

    private final int port = Loopback.freePort();
    private final PlanStore store = new PlanStore();

    @AutoClose
    private final Opened opened = new Opened();

    private UnixDomainSocketAddress socket() {
        return UnixDomainSocketAddress.of(folder.resolve("plan.sock"));
    }

    private ForwarderProcess start() throws IOException {
        return ForwarderProcess.start(new ForwarderProcess.Options(
                ForwarderOptions.named("forwarder-0")
                        .bindTo(Loopback.ADDRESS)
                        .withTransport(TransportKind.AUTO)
                        .withEventLoops(1),
                socket(),
                folder.resolve("last-good"),
                new InetSocketAddress(Loopback.ADDRESS, 0),
                PlanStreamOptions.defaults()));
    }

    private ListenerPlan dangling() {
        return ListenerPlanBuilder.http("web", port)
                .action(new Action.Keep(new Action.Unavailable("GroupNotFound")))
                .build();
    }

    private void awaitServing(ForwarderProcess forwarder, ListenerPlan plan) {
        await(() -> {
            DocumentState state = forwarder.forwarder().report().documents().get(plan.id());
            assertThat(state).isNotNull();
            assertThat(state.serving()).isEqualTo(PlanJson.version(plan));
            return true;
        });
    }

    private String get() throws IOException {
        try (HttpClientSocket client = HttpClientSocket.connect(port)) {
            HttpMessage answer = client.get("/");
            return answer.status() + " " + answer.text();
        }
    }

    private void awaitAnswer(String start) {
        await(() -> {
            try {
                return get().startsWith(start);
            } catch (IOException e) {
                return false; // the port is not open yet
            }
        });
    }

    /** An operator that delivers a typo to a forwarder that served the group. */
    private ForwarderProcess keeping() throws Exception {
        HttpServer server = opened.add(HttpServer.named("web"));
        store.publish(loadBalancer(1));
        store.publish(
                GroupPlanBuilder.group("web").server("s", server.port(), 100).build());
        ListenerPlan plan = ListenerPlanBuilder.http("web", port).group(WEB).build();
        store.publish(plan);
        store.synced();
        ForwarderProcess forwarder = start();
        awaitServing(forwarder, plan);
        store.publish(dangling());
        awaitServing(forwarder, dangling());
        awaitAnswer("200 web");
        return forwarder;
    }

    private PlanStreamServer operator() throws IOException {
        return new PlanStreamServer(store, socket(), "operator-0", PlanStreamOptions.defaults());
    }

    @Test
    void itGoesOnWithWhatItKeptWhileNoOperatorIsThere() throws Exception {
        PlanStreamServer operator = operator();
        keeping().close();
        operator.close();

        ForwarderProcess restarted = opened.add(start());
        awaitAnswer("200 web");

        opened.add(operator());
        awaitServing(restarted, dangling());
        assertThat(get()).isEqualTo("200 web");
    }

    @Test
    void itDoesNotRememberAGroupThatWasDeletedAndCameBack() throws Exception {
        opened.add(operator());
        ForwarderProcess forwarder = keeping();
        PlanDocument group = store.document(WEB).orElseThrow();
        store.withdraw(WEB);
        awaitAnswer("503");
        store.publish(group);
        Path file = folder.resolve("last-good").resolve("vservergroup.shop.web.json");
        await(() -> Files.exists(file));
        forwarder.close();

        opened.add(start());
        awaitAnswer("503");
        assertThat(get()).startsWith("503");
    }

    @Test
    void aPodThatIsNewHasNothingToGoOnWith() throws Exception {
        opened.add(operator());
        keeping().close();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.resolve("last-good"))) {
            for (Path file : files) {
                Files.delete(file);
            }
        }

        awaitServing(opened.add(start()), dangling());
        assertThat(get()).startsWith("503");
    }
}
