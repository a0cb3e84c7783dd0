package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients of HTTP/1 before servers of HTTP/2. The server is another forwarder, which takes HTTP/2 and passes it on in
 * HTTP/1 to where a test can look at it.
 */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class Http2ServersTest {

    private static final BackendPlan HTTP_2 =
            new BackendPlan(BackendPlan.Protocol.GRPC, new BackendPlan.Tls(null, "localhost"));

    private final TransportKind transport;
    private HttpEdge edge;
    private HttpEdge inner;

    Http2ServersTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        edge = HttpEdge.start(transport);
        inner = HttpEdge.http2(transport);
    }

    @AfterEach
    void stop() throws Exception {
        if (edge != null) {
            edge.close();
        }
        if (inner != null) {
            inner.close();
        }
    }

    private HttpServer server(HttpServer.Answer answer) {
        HttpServer server = inner.server(answer);
        inner.forwardTo(server.port());
        edge.forwardTo(listener -> listener.backend(HTTP_2), inner.port());
        return server;
    }

    @Test
    void requestsAndAnswersAreTheSameBehindHttp2() throws Exception {
        HttpServer server = server(
                request -> HttpServer.raw(
                        "HTTP/1.1 201 Created\r\nContent-Length: 5\r\nX-Answer: yes\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nhello"));
        HttpClientSocket client = edge.client();
        HttpMessage answer = client.send(
                        "POST /shop?q=1 HTTP/1.1\r\nHost: shop.test:8080\r\nCookie: c=3\r\nX-Ask: a b\r\n"
                                + "Connection: X-Hop\r\nX-Hop: 1\r\nContent-Length: 3\r\n\r\nabc")
                .read();
        assertThat(answer.startLine()).startsWith("HTTP/1.1 201");
        assertThat(answer.text()).isEqualTo("hello");
        assertThat(answer.header("X-Answer")).isEqualTo("yes");
        assertThat(answer.headers("Set-Cookie")).containsExactly("a=1", "b=2");

        HttpMessage request = server.lastRequest();
        assertThat(request.startLine()).isEqualTo("POST /shop?q=1 HTTP/1.1");
        assertThat(request.header("Host")).isEqualTo("shop.test:8080");
        assertThat(request.header("Cookie")).isEqualTo("c=3");
        assertThat(request.header("X-Ask")).isEqualTo("a b");
        assertThat(request.header("X-Hop")).isNull();
        assertThat(request.text()).isEqualTo("abc");
        assertThat(client.get("/again").status())
                .as("the client's connection goes on")
                .isEqualTo(201);
    }

    @Test
    void answersWithoutABody() throws Exception {
        server(request -> HttpServer.raw(
                request.target().equals("/none")
                        ? "HTTP/1.1 204 No Content\r\n\r\n"
                        : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
        HttpClientSocket client = edge.client();
        assertThat(client.get("/none").status()).isEqualTo(204);
        HttpMessage head = client.send("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n").readHead();
        assertThat(head.header("Content-Length")).isEqualTo("5");
        assertThat(client.get("/").text()).isEqualTo("hello");
    }

    @Test
    void trailersPassBothWays() throws Exception {
        HttpServer server = server(request -> HttpServer.raw(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"));
        HttpMessage answer = edge.client()
                .send(
                        "POST / HTTP/1.1\r\nHost: test\r\nTE: trailers\r\nConnection: TE\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + "2\r\nde\r\n1\r\nf\r\n0\r\nX-Check: 2\r\n\r\n")
                .read();
        assertThat(answer.text()).isEqualTo("abc");
        assertThat(answer.trailerLines()).containsExactly("x-sum: 1");
        assertThat(server.lastRequest().text()).isEqualTo("def");
        assertThat(server.lastRequest().trailerLines()).containsExactly("x-check: 2");
    }

    @Test
    void anOldClientGetsAnAnswerWithoutALengthUntilTheEnd() throws Exception {
        server(request -> HttpServer.raw(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
        HttpClientSocket client = edge.client();
        HttpMessage answer = client.send("GET / HTTP/1.0\r\nHost: test\r\n\r\n").read();
        assertThat(answer.header("Transfer-Encoding")).isNull();
        assertThat(answer.text()).isEqualTo("abcde");
    }

    /** Several times: how bodies are cut, and when they have to wait, differs. */
    @RepeatedTest(10)
    void largeBodiesStreamBothWays() throws Exception {
        byte[] body = new byte[8 << 20];
        new Random(20_261_126).nextBytes(body);
        HttpServer server = server(request -> {
            byte[] head = HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: " + request.body().length + "\r\n\r\n");
            byte[] answer = Arrays.copyOf(head, head.length + request.body().length);
            System.arraycopy(request.body(), 0, answer, head.length, request.body().length);
            return answer;
        });
        HttpClientSocket client = edge.client();
        CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
            try {
                client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
                OutputStream out = client.socket().getOutputStream();
                for (int at = 0; at < body.length; at += 100_000) {
                    int length = Math.min(100_000, body.length - at);
                    out.write((Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                    out.write(body, at, length);
                    out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
                }
                out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        assertThat(client.read().body()).isEqualTo(body);
        sent.get();
        assertThat(server.lastRequest().body()).hasSize(body.length);
    }

    @Test
    void manyRequestsAtOnceShareFewConnections() throws Exception {
        CountDownLatch all = new CountDownLatch(40);
        server(request -> {
            all.countDown();
            try {
                all.await();
            } catch (InterruptedException e) {
                throw new java.io.IOException(e);
            }
            return HttpServer.ok(request.target());
        });
        ExecutorService clients = Executors.newCachedThreadPool();
        try {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String target = "/" + i;
                answers.add(clients.submit(() -> {
                    try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
                        return client.get(target).text();
                    }
                }));
            }
            for (int i = 0; i < 40; i++) {
                assertThat(answers.get(i).get()).isEqualTo("/" + i);
            }
        } finally {
            clients.shutdownNow();
        }
        assertThat(inner.forwarder().activeConnections(inner.listener()))
                .as("one for each event loop")
                .isBetween(1L, 2L);
    }

    @Test
    void aClientThatGoesAwayEndsItsRequestAndNoOther() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        TcpServer slow = inner.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            in.readNBytes(1);
            started.countDown();
            in.transferTo(OutputStream.nullOutputStream());
        });
        inner.forwardTo(slow.port());
        edge.forwardTo(listener -> listener.backend(HTTP_2), inner.port());
        HttpClientSocket client = edge.client();
        client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        started.await();
        assertThat(slow.open()).isEqualTo(1);
        client.socket().setSoLinger(true, 0); // an end of its output alone is none
        client.close();
        await(() -> slow.open() == 0);
        assertThat(inner.forwarder().activeConnections(inner.listener())).isEqualTo(1);
    }

    @Test
    void aServerThatIsNotThereIsPassedOver() throws Exception {
        HttpServer server = inner.server("inner");
        inner.forwardTo(server.port());
        edge.forwardTo(listener -> listener.backend(HTTP_2), Loopback.freePort(), inner.port());
        for (int i = 0; i < 4; i++) {
            assertThat(edge.client().get("/").text()).isEqualTo("inner");
        }
    }

    @Test
    void aServerWithoutHttp2IsAFailure() throws Exception {
        HttpEdge old = edge.closing(HttpEdge.https(transport, TlsProvider.JDK));
        old.serveHello();
        edge.forwardTo(listener -> listener.backend(HTTP_2), old.port());
        HttpMessage answer = edge.client().get("/");
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.header("SLB-Reason")).isEqualTo(Refusal.SERVER_TLS_FAILED.reason());

        TcpServer plain = edge.tcpServer(connection -> {
            connection.getInputStream().readNBytes(20);
            connection.getOutputStream().write(HttpServer.ok("what?"));
        });
        edge.forwardTo(listener -> listener.backend(new BackendPlan(BackendPlan.Protocol.H2C, null)), plain.port());
        assertThat(edge.client().get("/").status()).isEqualTo(502);
    }

    @Test
    void aServerThatLeavesFinishesWhatRunsOnItsConnection() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        server(request -> {
            if (request.target().equals("/slow")) {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new java.io.IOException(e);
                }
            }
            return HttpServer.ok("first");
        });
        HttpClientSocket slow = edge.client();
        slow.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n");
        await(() -> inner.forwarder().activeConnections(inner.listener()) == 1);

        HttpEdge other = edge.closing(HttpEdge.http2(transport));
        other.forwardTo(other.server("second").port());
        edge.forwarder().serve(HttpEdge.group("web", other.port()));
        assertThat(edge.client().get("/").text()).isEqualTo("second");
        go.countDown();
        assertThat(slow.read().text()).isEqualTo("first");
        await(() -> inner.forwarder().activeConnections(inner.listener()) == 0);
    }

    @Test
    void whatFollowsAHeadThatGoesNowhereIsNeverTakenForAHead() throws Exception {
        HttpServer server = server(request -> HttpServer.ok("hello"));
        StringBuilder most = new StringBuilder("POST / HTTP/1.1\r\nHost: test\r\n");
        String smuggled = "GET /admin HTTP/1.1\r\nHost: test\r\nX: " + "x".repeat(5_000) + "\r\n\r\n";
        most.append("Content-Length: ").append(smuggled.length()).append("\r\n");
        for (int i = 2; i < Head.MAX_HEADERS; i++) {
            most.append("X").append(i).append(": 1\r\n");
        }
        assertThat(edge.client().send(most + "\r\n" + smuggled).read().status()).isEqualTo(502);
        assertThat(edge.client().get("/").text()).isEqualTo("hello");
        assertThat(server.requests()).extracting(HttpMessage::target).containsExactly("/");
    }

    @Test
    void anOldClientNeedNotNameAHost() throws Exception {
        HttpServer server = server(request -> HttpServer.ok("hello"));
        assertThat(edge.client().send("GET / HTTP/1.0\r\n\r\n").read().text()).isEqualTo("hello");
        assertThat(server.lastRequest().header("Host")).isEqualTo("127.0.0.1:" + edge.port());
    }

    @Test
    void anAnswerThatEndsWithItsHeadSaysSo() throws Exception {
        // The inner forwarder makes HEADERS with END_STREAM of an empty chunked body.
        server(request -> HttpServer.raw(
                request.target().equals("/empty")
                        ? "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                        : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
        HttpClientSocket client = edge.client();
        HttpMessage empty = client.get("/empty");
        assertThat(empty.status()).isEqualTo(404);
        assertThat(empty.text()).isEmpty();
        assertThat(client.get("/").text()).isEqualTo("hello");
    }
}
