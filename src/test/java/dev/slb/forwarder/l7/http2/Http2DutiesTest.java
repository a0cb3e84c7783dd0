package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.Http2Socket.request;
import static dev.slb.testing.Http2Socket.setting;
import static org.assertj.core.api.Assertions.assertThat;

/** What RFC 9113 asks of who stands between two versions of HTTP, and of a client, that is of us towards servers. */
@Sockets
class Http2DutiesTest {

    private static final BackendPlan H2C = new BackendPlan(BackendPlan.Protocol.H2C, null);
    private static final int HEADER_TABLE_SIZE = 1;
    private static final int ENABLE_PUSH = 2;
    private static final int MAX_CONCURRENT_STREAMS = 3;
    private static final int UNKNOWN_SETTING = 0x99;

    private final int clearPort = Loopback.freePort();

    @AutoClose
    private final HttpEdge edge = HttpEdge.start(TransportKind.AUTO, 1).http2();

    private interface Script {
        void run(Http2Socket server) throws IOException;
    }

    /** A server of HTTP/2 that begins with these settings, behind a listener for each version. */
    private TcpServer serve(byte[] settings, Script script) {
        TcpServer server = edge.tcpServer(connection -> script.run(Http2Socket.accept(connection, settings)));
        edge.forwardTo(listener -> listener.backend(H2C), server.port());
        edge.forwarder()
                .serve(ListenerPlanBuilder.http("clear", clearPort).backend(H2C).build());
        return server;
    }

    private HttpClientSocket http1Client() throws IOException {
        return edge.closing(HttpClientSocket.connect(clearPort));
    }

    // Fields on their way from version to version

    @Test
    void fieldsOfAConnectionWithAServerOfHttp1StayHere() throws Exception {
        edge.forwardTo(
                edge.server(request -> HttpServer.raw("HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\n"
                                + "Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nUpgrade: websocket\r\nX-End: 1\r\n"
                                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"))
                        .port());
        Http2Socket client = edge.http2Client();

        Http2Socket.Answer answer = client.answer(client.get("/"));

        assertThat(answer.head.names())
                .extracting(CharSequence::toString)
                .containsExactlyInAnyOrder(":status", "x-end", "date");
    }

    @ParameterizedTest
    @CsvSource({
        "GET /a?b=%20 HTTP/1.1, GET, /a?b=%20",
        "GET http://shop.test?b HTTP/1.1, GET, /?b",
        "OPTIONS * HTTP/1.1, OPTIONS, *",
        "OPTIONS http://shop.test HTTP/1.1, OPTIONS, *",
        "GET / HTTP/1.0, GET, /",
    })
    void aRequestOfHttp1HasItsControlDataAndNothingOfItsConnection(String line, String method, String path)
            throws Exception {
        CompletableFuture<Http2Headers> got = new CompletableFuture<>();
        serve(new byte[0], server -> {
            int stream = server.awaitRequest();
            got.complete(server.soFar(stream).head);
            server.ok(stream, "well");
            server.awaitClose();
        });

        HttpMessage answer = http1Client()
                .send(line + "\r\nhOST: shop.test\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\n"
                        + "Proxy-Connection: x\r\nTE: gzip, trailers\r\nX-End: Y\r\n\r\n")
                .read();

        assertThat(answer.text()).isEqualTo("well");
        Http2Headers fields = got.get(20, TimeUnit.SECONDS);
        assertThat(fields.method()).hasToString(method);
        assertThat(fields.path()).hasToString(path);
        assertThat(fields.authority()).hasToString("shop.test");
        assertThat(fields.scheme()).as("of the connection with the server").hasToString("http");
        assertThat(fields.get("x-end")).hasToString("Y");
        for (String name : new String[] {"host", "connection", "x-hop", "keep-alive", "proxy-connection"}) {
            assertThat(fields.contains(name)).as(name).isFalse();
        }
        if (fields.contains("te")) {
            assertThat(fields.getAll("te")).extracting(CharSequence::toString).containsExactly("trailers");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, *, shop, InvalidTarget",
        "GET, /a#b, shop, InvalidTarget",
        "GET, /, user@shop, InvalidHost",
        "GET, /, shop:x, InvalidHost",
    })
    void controlDataThatIsInvalidInAnyVersionIsAnswered400(String method, String path, String authority, String reason)
            throws Exception {
        edge.serveHello();
        Http2Socket client = edge.http2Client();

        Http2Socket.Answer answer =
                client.answer(client.open(request(method, path).authority(authority), true));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("slb-reason")).isEqualTo(reason);
        assertThat(client.answer(client.get("/")).text()).isEqualTo("hello");
    }

    /** We have not announced it (RFC 8441, section 3), so it is no request at all. */
    @Test
    void anExtendedConnectIsMalformed() throws Exception {
        edge.serveHello();
        Http2Socket client = edge.http2Client();
        Http2Headers connect = request("CONNECT", "/chat").add(":protocol", "websocket");

        assertThat(client.answer(client.open(connect, false)).reset).isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());

        assertThat(client.answer(client.get("/")).text()).isEqualTo("hello");
    }

    @Test
    void aConnectIsAnswered501() throws Exception {
        edge.serveHello();
        Http2Socket client = edge.http2Client();
        Http2Headers connect = request("CONNECT", "/").authority("shop:443");
        connect.remove(":path");
        connect.remove(":scheme");

        Http2Socket.Answer answer = client.answer(client.open(connect, false));

        assertThat(answer.status()).isEqualTo(501);
        assertThat(answer.header("slb-reason")).isEqualTo("ConnectMethod");
    }

    // As a client, of servers

    @Test
    void asManyStreamsAsAServerAllowsAreOnAConnection() throws Exception {
        TcpServer listening = serve(setting(MAX_CONCURRENT_STREAMS, 1), server -> {
            while (true) {
                int stream = server.awaitRequest();
                assertThat(server.soFar(stream).ended).isTrue();
                if (server.soFar(stream).head.path().toString().equals("/waits")) {
                    server.await(
                            Http2Socket.RST_STREAM, stream); // another one here would be skipped, and never answered
                } else {
                    server.ok(stream, "well");
                }
            }
        });
        Http2Socket client = edge.http2Client();

        int waits = client.get("/waits");
        for (int i = 0; i < 3; i++) {
            assertThat(client.answer(client.get("/")).text()).isEqualTo("well");
        }
        client.reset(waits, (int) Http2Error.CANCEL.code());

        assertThat(listening.accepted()).isEqualTo(2);
    }

    /** It may do so for a while: the request waits for one that does. */
    @Test
    void aServerThatAllowsNoStreamsGetsNone() throws Exception {
        TcpServer listening = serve(setting(MAX_CONCURRENT_STREAMS, 0), server -> {
            server.awaitRequest();
            throw new AssertionError("a stream that was not allowed");
        });
        edge.serve(listener -> listener.backend(H2C).requestMillis(2_000).connectMillis(1_000));
        Http2Socket client = edge.http2Client();

        Http2Socket.Answer answer = client.answer(client.get("/"));

        assertThat(answer.status()).isIn(502, 503, 504);
        assertThat(listening.accepted()).isLessThanOrEqualTo(3);
    }

    /** The server has no use for the rest of the request (section 8.1): its answer counts. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAnswerThatIsCompleteBeforeItsRequestIsNotLostByTheResetThatFollows(boolean http2) throws Exception {
        serve(new byte[0], server -> {
            int stream = server.awaitRequest();
            server.ok(stream, "well");
            server.reset(stream, (int) Http2Error.NO_ERROR.code());
            server.awaitClose();
        });
        if (http2) {
            Http2Socket client = edge.http2Client();
            int stream = client.open(request("POST", "/").add("content-length", "9"), false);
            client.data(stream, "half", false);
            Http2Socket.Answer answer = client.soFar(stream);
            while (!answer.ended) {
                assertThat(client.read()).isNotNull();
            }
            assertThat(answer.text()).isEqualTo("well");
            return;
        }
        HttpClientSocket client = http1Client();
        client.send("POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\n\r\nhalf");
        assertThat(client.read().text()).isEqualTo("well");
    }

    @Test
    void aSettingThatNobodyKnowsIsIgnored() throws Exception {
        serve(setting(UNKNOWN_SETTING, 1), server -> {
            server.ok(server.awaitRequest(), "well");
            server.awaitClose();
        });
        assertThat(http1Client().get("/").text()).isEqualTo("well");
    }

    @Test
    void aServerThatAllowsPushesBreaksTheConnection() throws Exception {
        CompletableFuture<Integer> told = new CompletableFuture<>();
        serve(setting(ENABLE_PUSH, 1), server -> told.complete(server.awaitClose()));

        assertThat(http1Client().get("/").status()).isEqualTo(502);

        assertThat(told.get(20, TimeUnit.SECONDS)).isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());
    }

    /** The next fields begin with the new size of the table (section 4.3.1), and use nothing of it. */
    @Test
    void aServersTableOfFieldsIsNotUsedBeyondItsSize() throws Exception {
        CompletableFuture<Byte> first = new CompletableFuture<>();
        serve(setting(HEADER_TABLE_SIZE, 0), server -> {
            for (Http2Socket.Frame frame = server.read(); frame != null; frame = server.read()) {
                if (frame.type() == Http2Socket.HEADERS) {
                    first.complete(frame.payload()[0]);
                    server.ok(frame.stream(), "well");
                }
            }
        });
        HttpClientSocket client = http1Client();

        assertThat(client.get("/").text()).isEqualTo("well");
        assertThat(client.get("/").text()).isEqualTo("well");

        assertThat(first.get(20, TimeUnit.SECONDS)).isEqualTo((byte) 0x20);
    }
}
