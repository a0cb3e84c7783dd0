package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Edits while requests run: none fails, and no connection is lost. */
@Sockets
class ChangesUnderLoadTest {

    private static final int CLIENTS = 4;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger requests = new AtomicInteger();
    private HttpEdge edge;

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO);
    }

    @AfterEach
    void stop() throws Exception {
        stopped.set(true);
        threads.shutdownNow();
        edge.close();
    }

    /** Clients that send one request after the other until they are stopped; the last one takes a new connection each. */
    private List<Future<Void>> load(boolean posts) {
        List<Future<Void>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            boolean fresh = i == CLIENTS - 1;
            Callable<Void> client = () -> {
                HttpClientSocket socket = HttpClientSocket.connect(edge.port());
                for (int n = 0; !stopped.get(); n++) {
                    if (fresh) {
                        socket.close();
                        socket = HttpClientSocket.connect(edge.port());
                    }
                    HttpMessage answer = posts && n % 2 == 1
                            ? socket.send("POST /p HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\nhi")
                                    .read()
                            : socket.get("/g");
                    assertThat(answer)
                            .as("request %d, connection fresh: %s", n, fresh)
                            .isNotNull();
                    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
                    requests.incrementAndGet();
                }
                socket.close();
                return null;
            };
            clients.add(threads.submit(client));
        }
        return clients;
    }

    private void finish(List<Future<Void>> clients) throws Exception {
        stopped.set(true);
        for (Future<Void> client : clients) {
            client.get();
        }
        assertThat(requests.get()).isPositive();
    }

    private void awaitRequests(int more) {
        int until = requests.get() + more;
        await(() -> requests.get() >= until || threads.isTerminated());
    }

    @Test
    void rulesAndListenersChange() throws Exception {
        HttpServer a = edge.server("a");
        HttpServer b = edge.server("b");
        DocumentId web = DocumentId.vServerGroup("shop", "web");
        DocumentId other = DocumentId.vServerGroup("shop", "other");
        edge.forwarder().serve(HttpEdge.group("other", b.port()));
        edge.forwardTo(a.port());
        List<Future<Void>> clients = load(true);

        for (int i = 0; i < 100; i++) {
            int edit = i;
            edge.serve(listener -> {
                listener.idleMillis(20_000 + edit);
                if (edit % 2 == 0) {
                    listener.rule("p", null, "/p", edit % 4 == 0 ? other : web);
                }
                if (edit % 3 == 0) {
                    listener.rule("x", "x.com", "/x" + edit, new Action.Unavailable("x"));
                }
            });
            ListenerPlanBuilder extra = ListenerPlanBuilder.http("extra" + i, Loopback.freePort());
            edge.forwarder().publish(extra.build());
            awaitRequests(5);
            edge.forwarder().withdraw(extra.build().id());
        }
        finish(clients);
        assertThat(b.requests()).isNotEmpty();
    }

    @Test
    void serversComeAndGo() throws Exception {
        List<HttpServer> servers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            servers.add(edge.server("s" + i));
        }
        edge.forwardTo(servers.get(0).port());
        List<Future<Void>> clients = load(true);

        for (int i = 0; i < 100; i++) {
            GroupPlanBuilder group = GroupPlanBuilder.group("web");
            for (int n = 0; n < 3; n++) {
                int index = (i + n) % servers.size();
                group.server("s" + index, servers.get(index).port(), i % 5 == 4 && n > 0 ? 0 : 10 + n);
            }
            edge.forwarder().serve(group.build());
            awaitRequests(5);
        }
        finish(clients);
        assertThat(servers).allSatisfy(server -> assertThat(server.requests()).isNotEmpty());
    }

    @Test
    void serversThatLeaveEndWithoutAnError() throws Exception {
        HttpServer stays = edge.server("stays");
        edge.forwardTo(stays.port());
        List<Future<Void>> clients = load(false);

        for (int i = 0; i < 20; i++) {
            HttpServer leaving = HttpServer.named("leaving");
            edge.forwarder().serve(HttpEdge.group("web", stays.port(), leaving.port()));
            awaitRequests(10);
            edge.forwarder().serve(HttpEdge.group("web", stays.port()));
            leaving.close(); // with connections of requests that it has answered, and perhaps of some that it has not
        }
        finish(clients);
    }
}
