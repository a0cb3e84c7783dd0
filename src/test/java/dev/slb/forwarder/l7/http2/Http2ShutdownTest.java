package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.l7.TestTls;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Pki;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Connections of HTTP/2 that end, and edits while requests run: no request is lost. */
@Sockets
class Http2ShutdownTest {

    private HttpEdge edge;

    @BeforeEach
    void start() {
        edge = HttpEdge.http2(TransportKind.AUTO);
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    @Test
    void aWithdrawnListenerAnswersWhatHasBegunAndWhatWasOnItsWay() throws Exception {
        CountDownLatch answers = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        HttpServer server = edge.server(request -> {
            try {
                begun.countDown();
                return answers.await(20, TimeUnit.SECONDS) ? HttpServer.ok(request.target()) : null;
            } catch (InterruptedException e) {
                return null;
            }
        });
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        int first = client.get("/first");
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        edge.forwarder().withdraw(edge.listener().id());

        // The first GOAWAY stops nobody; what is sent before its PING is answered is still served.
        client.await(Http2Socket.GOAWAY, 0);
        int late = client.get("/late");
        answers.countDown();
        assertThat(client.answer(late).text()).isEqualTo("/late");
        assertThat(client.answer(first).text()).isEqualTo("/first");
        assertThat(client.goAways().get(0)).isEqualTo(Integer.MAX_VALUE);
        while (client.goAways().size() < 2) {
            client.read();
        }
        assertThat(client.goAways().get(1)).isLessThan(Integer.MAX_VALUE);
        client.close();
        await(() -> edge.forwarder().activeConnections(edge.listener()) == 0);
    }

    @Test
    void afterItsLastRequestAConnectionIsClosed() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(listener -> listener.maxRequestsPerConnection(3), server.port());
        Http2Socket client = edge.http2Client();
        assertThat(client.answer(client.get("/")).text()).isEqualTo("a");
        assertThat(client.answer(client.get("/")).text()).isEqualTo("a");
        assertThat(client.goAways()).isEmpty();
        // The last one allowed, and one that is sent before the client knows.
        int third = client.get("/");
        int fourth = client.get("/");
        assertThat(client.answer(third).text()).isEqualTo("a");
        assertThat(client.answer(fourth).text()).isEqualTo("a");
        assertThat(client.awaitClose()).isZero();
        assertThat(client.goAways()).containsExactly(Integer.MAX_VALUE, fourth);
    }

    @Test
    void aClientThatSaysNothingIsNotWaitedForLongerThanForARequest() throws Exception {
        edge.forwardTo(listener -> listener.idleMillis(1_000));
        Http2Socket idle = edge.http2Client();
        Http2Socket silent = edge.closing(Http2Socket.connectSilently(edge.port()));
        silent.awaitClose();
        // One that has said its settings may be idle for much longer.
        assertThat(idle.answer(idle.get("/")).status()).isEqualTo(503);
    }

    private static HttpClient jdkClient() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_2)
                .sslContext(Pki.trusting(TestTls.AUTHORITY))
                .build();
    }

    @Test
    void editsUnderLoadLoseNothing() throws Exception {
        List<HttpServer> servers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            servers.add(edge.server("s" + i));
        }
        edge.forwardTo(servers.get(0).port());
        DocumentId web = DocumentId.vServerGroup("shop", "web");
        AtomicBoolean stopped = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        CompletableFuture<?>[] clients = new CompletableFuture<?>[3];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = CompletableFuture.runAsync(() -> {
                try (Http2Socket client = Http2Socket.connect(edge.port())) {
                    while (!stopped.get()) {
                        List<Integer> streams = new ArrayList<>();
                        for (int n = 0; n < 10; n++) {
                            if (n % 3 == 0) {
                                int post = client.open(Http2Socket.request("POST", "/p"), false);
                                client.data(post, "hello", true);
                                streams.add(post);
                            } else {
                                streams.add(client.get("/g" + n));
                            }
                        }
                        for (int stream : streams) {
                            assertThat(client.answer(stream).status()).isEqualTo(200);
                            answered.incrementAndGet();
                        }
                    }
                    assertThat(client.goAways()).isEmpty();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
        }
        for (int i = 0; i < 60; i++) {
            int edit = i;
            GroupPlanBuilder group = GroupPlanBuilder.group("web");
            for (int n = 0; n < 2; n++) {
                int index = (i + n) % servers.size();
                group.server("s" + index, servers.get(index).port(), 10 + n);
            }
            edge.forwarder().serve(group.build());
            edge.serve(listener -> {
                listener.idleMillis(20_000 + edit);
                if (edit % 2 == 0) {
                    listener.rule("p", null, "/p", web);
                    listener.rule("x", "x.com", "/x" + edit, new Action.Unavailable("x"));
                }
            });
            int until = answered.get() + 5;
            await(() -> answered.get() >= until || clients[0].isDone());
        }
        stopped.set(true);
        CompletableFuture.allOf(clients).get(30, TimeUnit.SECONDS);
        assertThat(answered.get()).isPositive();
        assertThat(servers).allSatisfy(server -> assertThat(server.requests()).isNotEmpty());
    }

    @Test
    void theClientOfTheJdkIsServedOnOneConnection() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok(request.method() + request.body().length));
        edge.forwardTo(server.port());
        HttpClient client = jdkClient();
        URI uri = URI.create("https://localhost:" + edge.port() + "/");
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        HttpResponse<String> first = client.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_2);
        for (int i = 0; i < 100; i++) {
            HttpRequest.BodyPublisher body = i % 2 == 0
                    ? HttpRequest.BodyPublishers.ofByteArray(new byte[1000 * i])
                    : HttpRequest.BodyPublishers.fromPublisher(
                            HttpRequest.BodyPublishers.ofByteArray(new byte[1000 * i]));
            answers.add(client.sendAsync(
                    HttpRequest.newBuilder(uri)
                            .timeout(Duration.ofSeconds(20))
                            .POST(body)
                            .build(),
                    HttpResponse.BodyHandlers.ofString()));
        }
        for (int i = 0; i < 100; i++) {
            assertThat(answers.get(i).get(20, TimeUnit.SECONDS).body()).isEqualTo("POST" + 1000 * i);
        }
        assertThat(edge.forwarder()
                        .forwarder()
                        .stats()
                        .listeners()
                        .get(edge.listener().id())
                        .connections())
                .isEqualTo(1);
    }
}
