package dev.slb.forwarder.l7;

import dev.slb.admin.AdminCounts;
import dev.slb.forwarder.metrics.ForwarderMetrics;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Pki;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** What requests notice of servers, so that they are left out for a while, and what says nothing of a server. */
@Sockets
class PausedServersTest {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");
    private static final BackendPlan H2C = new BackendPlan(BackendPlan.Protocol.H2C, null);
    private static final BackendPlan HTTPS =
            new BackendPlan(BackendPlan.Protocol.HTTPS, new BackendPlan.Tls(null, null));
    private static final String HOST = "Host: test\r\n";
    private static final String GET = "GET / HTTP/1.1\r\n" + HOST + "\r\n";
    private static final String POST = "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\nhi";

    /** Longer than any test takes. */
    private static final long LONG = 600_000;

    private HttpEdge edge;

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO);
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private void serve(Consumer<ListenerPlanBuilder> options, int bad, int good) {
        edge.forwarder()
                .serve(GroupPlanBuilder.group("web")
                        .server("bad", bad, 100)
                        .server("good", good, 100)
                        .build());
        edge.serve(listener -> options.accept(listener.passive(3, LONG)));
    }

    private String paused(int server) {
        return edge.forwarder().health(WEB, GroupPlanBuilder.id("bad", server)).paused();
    }

    private static HttpMessage ask(HttpEdge of, String request) throws IOException {
        try (HttpClientSocket client = HttpClientSocket.connect(of.port())) {
            return client.send(request).read();
        }
    }

    /** A way in which a server fails, and what it is spoken to in. */
    private enum Fault {
        REFUSES(null, "ConnectFailed"),
        DEAF(null, "ConnectTimeout"),
        RESETS_AT_ONCE(null, "ServerClosed"),
        CLOSES_AFTER_THE_REQUEST(null, "ServerClosed"),
        CLOSES_WITHIN_THE_HEAD(null, "ServerClosed"),
        CLOSES_AFTER_AN_INTERIM_ANSWER(null, "ServerClosed"),
        IS_SILENT(null, "RequestTimeout"),
        SPEAKS_NO_TLS(HTTPS, "ServerTlsFailed"),
        REFUSES_HTTP2(H2C, "ConnectFailed"),
        SPEAKS_NO_HTTP2(H2C, "InvalidAnswer"),
        CLOSES_HTTP2(H2C, "ServerClosed");

        private final BackendPlan backend;
        private final String reason;

        Fault(BackendPlan backend, String reason) {
            this.backend = backend;
            this.reason = reason;
        }
    }

    private int bad(Fault fault) throws IOException {
        return switch (fault) {
            case REFUSES, REFUSES_HTTP2 -> Loopback.freePort();
            case DEAF -> deafPort();
            case RESETS_AT_ONCE ->
                edge.tcpServer(connection -> connection.setSoLinger(true, 0)).port();
            case CLOSES_AFTER_THE_REQUEST -> answering("").port();
            case CLOSES_WITHIN_THE_HEAD ->
                answering("HTTP/1.1 200 OK\r\nContent-").port();
            case CLOSES_AFTER_AN_INTERIM_ANSWER ->
                answering("HTTP/1.1 103 Early Hints\r\n\r\n").port();
            case IS_SILENT ->
                edge.tcpServer(connection -> connection.getInputStream().transferTo(OutputStream.nullOutputStream()))
                        .port();
            case SPEAKS_NO_TLS, SPEAKS_NO_HTTP2 ->
                edge.tcpServer(connection -> {
                            connection.getInputStream().readNBytes(20);
                            connection.getOutputStream().write(HttpServer.ok("what?"));
                            connection.shutdownOutput(); // a reset for what is unread might overtake it
                            connection.getInputStream().transferTo(OutputStream.nullOutputStream());
                        })
                        .port();
            case CLOSES_HTTP2 ->
                edge.tcpServer(connection -> Http2Socket.accept(connection).awaitRequest())
                        .port();
        };
    }

    /** One that answers each request with this, and closes. */
    private TcpServer answering(String answer) {
        return edge.tcpServer(connection -> {
            if (HttpMessage.read(connection.getInputStream(), true, false) != null) {
                connection.getOutputStream().write(HttpServer.raw(answer));
            }
        });
    }

    private int good(Fault fault) {
        if (fault.backend == null) {
            return edge.server("good").port();
        }
        return fault.backend == HTTPS
                ? edge.closing(HttpServer.startTls(
                                Pki.context(Pki.issued(TestTls.AUTHORITY, "web.internal"), null),
                                request -> HttpServer.ok("good")))
                        .port()
                : edge.tcpServer(connection -> {
                            Http2Socket server = Http2Socket.accept(connection);
                            while (true) {
                                int stream = server.awaitRequest();
                                server.answer(stream);
                                server.ok(stream, "good");
                            }
                        })
                        .port();
    }

    /** A port whose queue of connections is full, so that the kernel drops further ones. */
    private int deafPort() throws IOException {
        ServerSocket socket = edge.closing(new ServerSocket(0, 1, InetAddress.getByName(Loopback.ADDRESS)));
        try {
            for (int i = 0; i < 10; i++) {
                edge.closing(new Socket()).connect(socket.getLocalSocketAddress(), 300);
            }
        } catch (IOException e) {
            // full
        }
        return socket.getLocalPort();
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatFailsIsLeftOut(Fault fault) throws IOException {
        int bad = bad(fault);
        serve(
                listener -> listener.backend(fault.backend)
                        .connectMillis(fault == Fault.DEAF ? 1_000 : 20_000)
                        .requestMillis(fault == Fault.IS_SILENT ? 1_000 : 20_000),
                bad,
                good(fault));

        await(() -> {
            ask(edge, GET);
            return paused(bad) != null;
        });
        assertThat(paused(bad)).isEqualTo(fault.reason);
        HttpClientSocket client = edge.client();
        for (int i = 0; i < 10; i++) {
            assertThat(client.send(POST).read().text())
                    .as("not sent twice, so it went to the good one at once")
                    .isEqualTo("good");
        }
    }

    /** Asks so often that failures, if these were some, had led to a pause. */
    private void assertNotPausedBy(String request, TcpServer server, int expected) throws IOException {
        serve(
                listener -> listener.passive(3, LONG),
                server.port(),
                edge.server("good").port());
        int before = server.accepted();
        for (int i = 0; i < 12; i++) {
            ask(edge, request);
        }
        assertThat(paused(server.port())).isNull();
        assertThat(server.accepted() - before).isGreaterThanOrEqualTo(expected);
    }

    @Test
    void anAnswer5xxIsNoFailure() throws IOException {
        assertNotPausedBy(GET, answering("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), 6);
    }

    @Test
    void norIsAnAnswerThatCantBeUnderstood() throws IOException {
        assertNotPausedBy(GET, answering("What do you want?\r\n\r\n"), 6);
    }

    @Test
    void norIsAnOldConnectionThatTurnsOutClosed() throws IOException {
        AtomicInteger connections = new AtomicInteger();
        TcpServer server = edge.tcpServer(connection -> {
            connections.incrementAndGet();
            InputStream in = connection.getInputStream();
            HttpMessage.read(in, true, false);
            connection.getOutputStream().write(HttpServer.ok("good"));
            HttpMessage.read(in, true, false); // and closes on the second request
        });
        serve(listener -> {}, server.port(), edge.server("good").port());
        HttpClientSocket client = edge.client();
        for (int i = 0; i < 40; i++) {
            assertThat(client.send(GET).read().text()).isEqualTo("good");
        }
        assertThat(paused(server.port())).isNull();
        assertThat(connections).hasValueGreaterThan(6);
    }

    @Test
    void norIsAServerThatDoesNotWaitForAClientThatDoesNotSendAll() throws IOException {
        TcpServer server = afterTheHead("");
        serve(
                listener -> {},
                server.port(),
                afterTheHead("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                        .port());
        for (int i = 0; i < 12; i++) {
            ask(edge, "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 100\r\n\r\nsome of it");
        }
        assertThat(paused(server.port())).isNull();
        assertThat(server.accepted()).isEqualTo(6);
    }

    private TcpServer afterTheHead(String answer) {
        return edge.tcpServer(connection -> {
            if (HttpMessage.read(connection.getInputStream(), true, true) != null) {
                connection.getOutputStream().write(HttpServer.raw(answer));
            }
        });
    }

    @Test
    void aListenerThatSpeaksSomethingElseWithItCountsForItself() throws IOException {
        int plain = edge.server("plain").port();
        int good = edge.server("good").port();
        int otherPort = Loopback.freePort();
        serve(listener -> {}, plain, good);
        edge.forwarder()
                .serve(
                        GroupPlanBuilder.group("other")
                                .server("bad", plain, 1)
                                .server("good", good, 1)
                                .build(),
                        ListenerPlanBuilder.http("other", otherPort)
                                .group(DocumentId.vServerGroup("shop", "other"))
                                .backend(HTTPS)
                                .connectMillis(100)
                                .passive(3, LONG)
                                .build());
        for (int i = 0; i < 6; i++) {
            try (HttpClientSocket client = HttpClientSocket.connect(otherPort)) {
                assertThat(client.get("/").status()).isIn(502, 503, 504);
            }
        }

        assertThat(paused(plain)).isNull();
        assertThat(ask(edge, GET).status()).isEqualTo(200);
    }

    @Test
    void whoFailsWhileTheOthersAreLeftOutIsToldSo() throws IOException {
        int refusing = Loopback.freePort();
        HttpServer good = edge.server("good");
        serve(listener -> {}, refusing, good.port());
        await(() -> {
            ask(edge, GET);
            return paused(refusing) != null;
        });
        good.connections().stopListening();
        good.connections().close();

        HttpMessage answer = ask(edge, POST);

        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("SLB-Reason")).isEqualTo("ServersPaused");
    }

    @Test
    void metricsShowIt() throws IOException {
        int refusing = Loopback.freePort();
        serve(listener -> {}, refusing, edge.server("good").port());
        await(() -> {
            ask(edge, GET);
            return paused(refusing) != null;
        });

        String scraped = new ForwarderMetrics(edge.forwarder().forwarder(), new AdminCounts()).scrape(true);
        String group = "{group=\"shop/web\",kind=\"vservergroup\"";
        assertThat(scraped)
                .contains("slb_group_paused_servers" + group + "} 1.0")
                .contains("slb_pauses_total 1.0")
                .contains(
                        "slb_server_paused" + group + ",server=\"" + GroupPlanBuilder.id("bad", refusing) + "\"} 1.0");
    }
}
