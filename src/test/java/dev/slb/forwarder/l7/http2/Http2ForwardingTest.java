package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.Http2Socket.request;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Requests of HTTP/2 and what becomes of them on the way to servers of HTTP/1 and back. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class Http2ForwardingTest {

    private final TransportKind transport;
    private HttpEdge edge;

    Http2ForwardingTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        edge = HttpEdge.http2(transport);
    }

    @AfterEach
    void stop() throws Exception {
        if (edge != null) {
            edge.close();
        }
    }

    private HttpServer serverThatSays(String answer) {
        HttpServer server = edge.server(request -> HttpServer.raw(answer));
        edge.forwardTo(server.port());
        return server;
    }

    @Test
    void aRequestReachesTheServerInTheFormOfHttp1() throws Exception {
        HttpServer server = serverThatSays(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-One: 1\r\nConnection: X-Hop\r\nX-Hop: 1\r\n"
                        + "Keep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nhi");
        Http2Socket client = edge.http2Client();
        Http2Headers fields = request("GET", "/a?b=c")
                .add("accept", "*/*")
                .add("cookie", "a=1")
                .add("cookie", "b=2")
                .add("x-forwarded-proto", "gopher");
        Http2Socket.Answer answer = client.answer(client.open(fields, true));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("hi");
        assertThat(answer.head.names())
                .extracting(CharSequence::toString)
                .containsExactlyInAnyOrder(":status", "content-type", "x-one", "content-length", "date");
        HttpMessage request = server.lastRequest();
        assertThat(request.startLine()).isEqualTo("GET /a?b=c HTTP/1.1");
        assertThat(request.headers("Host")).containsExactly("shop");
        assertThat(request.headers("Cookie")).containsExactly("a=1; b=2");
        assertThat(request.headers("X-Forwarded-Proto")).containsExactly("https");
        assertThat(request.headers("X-Forwarded-For")).containsExactly("127.0.0.1");
        assertThat(request.headers("Transfer-Encoding")).isEmpty();
        assertThat(request.headers("Connection")).isEmpty();
    }

    @Test
    void aBodyHasTheLengthThatTheClientSays() throws Exception {
        HttpServer server = serverThatSays("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
        Http2Socket client = edge.http2Client();
        int stream = client.open(request("POST", "/").add("content-length", "5"), false);
        client.data(stream, "he", false);
        client.data(stream, "llo", true);
        assertThat(client.answer(stream).status()).isEqualTo(201);
        assertThat(server.lastRequest().text()).isEqualTo("hello");
        assertThat(server.lastRequest().headers("Content-Length")).containsExactly("5");
    }

    @Test
    void aBodyWithoutALengthIsChunkedAndTrailersPassBothWays() throws Exception {
        HttpServer server =
                serverThatSays("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Grpc-Status\r\n\r\n"
                        + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nGrpc-Status: 0\r\nGrpc-Message: fine\r\n\r\n");
        Http2Socket client = edge.http2Client();
        int stream = client.open(request("POST", "/").add("te", "trailers"), false);
        client.data(stream, "hello ", false);
        client.data(stream, "w".repeat(5000), false);
        client.fields(stream, new DefaultHttp2Headers().add("x-checksum", "17"), true);

        Http2Socket.Answer answer = client.answer(stream);
        assertThat(answer.text()).isEqualTo("abcde");
        assertThat(answer.head.contains("transfer-encoding")).isFalse();
        assertThat(answer.trailers)
                .extracting(field -> field.getKey() + "=" + field.getValue())
                .containsExactly("grpc-status=0", "grpc-message=fine");
        HttpMessage request = server.lastRequest();
        assertThat(request.headers("Transfer-Encoding")).containsExactly("chunked");
        assertThat(request.headers("TE")).containsExactly("trailers");
        assertThat(request.text()).isEqualTo("hello " + "w".repeat(5000));
        assertThat(request.trailerLines()).containsExactly("x-checksum: 17");
    }

    @Test
    void anEmptyBodyMayEndWithTheNextFrame() throws Exception {
        HttpServer server = serverThatSays("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        Http2Socket client = edge.http2Client();
        int stream = client.open(request("POST", "/"), false);
        client.data(stream, "", true);
        assertThat(client.answer(stream).text()).isEqualTo("hi");
        assertThat(server.lastRequest().text()).isEmpty();
    }

    @Test
    void answersWithoutABodyEndWithTheirFields() throws Exception {
        HttpServer server = edge.server(request -> switch (request.target()) {
            case "/204" -> HttpServer.raw("HTTP/1.1 204 No Content\r\n\r\n");
            case "/304" -> HttpServer.raw("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\nETag: \"x\"\r\n\r\n");
            default -> HttpServer.ok("content");
        });
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        Http2Socket.Answer head = client.answer(client.open(request("HEAD", "/"), true));
        assertThat(head.header("content-length")).isEqualTo("7");
        assertThat(head.text()).isEmpty();
        assertThat(client.answer(client.get("/204")).status()).isEqualTo(204);
        Http2Socket.Answer notModified = client.answer(client.get("/304"));
        assertThat(notModified.status()).isEqualTo(304);
        assertThat(notModified.header("etag")).isEqualTo("\"x\"");
        assertThat(client.answer(client.get("/")).text()).isEqualTo("content");
    }

    @Test
    void interimAnswersPass() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            while (HttpMessage.read(in, true, true) != null) {
                connection
                        .getOutputStream()
                        .write(HttpServer.raw(
                                "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"));
                in.readNBytes(5);
                connection.getOutputStream().write(HttpServer.ok("done"));
            }
        });
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        int stream = client.open(request("POST", "/").add("content-length", "5").add("expect", "100-continue"), false);
        client.await(Http2Socket.HEADERS, stream);
        client.await(Http2Socket.HEADERS, stream);
        client.data(stream, "hello", true);
        Http2Socket.Answer answer = client.answer(stream);
        assertThat(answer.text()).isEqualTo("done");
        assertThat(answer.interim).hasSize(2);
        assertThat(answer.interim.get(0).get("link")).hasToString("</a>");
        assertThat(answer.interim.get(1).status()).hasToString("100");
    }

    @Test
    void anAnswerThatEndsWithItsConnectionEndsItsStream() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, false);
            connection.getOutputStream().write(HttpServer.raw("HTTP/1.0 200 OK\r\n\r\nall of it"));
        });
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        assertThat(client.answer(client.get("/")).text()).isEqualTo("all of it");
        assertThat(client.answer(client.get("/")).text()).isEqualTo("all of it");
    }

    @Test
    void anAnswerThatBreaksOffResetsItsStreamOnly() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage request = HttpMessage.read(connection.getInputStream(), true, false);
            connection
                    .getOutputStream()
                    .write(
                            request.target().equals("/breaks")
                                    ? HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
                                    : HttpServer.ok("well"));
        });
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        Http2Socket.Answer broken = client.answer(client.get("/breaks"));
        assertThat(broken.reset).isEqualTo((int) Http2Error.INTERNAL_ERROR.code());
        assertThat(broken.ended).isFalse();
        assertThat(client.answer(client.get("/")).text()).isEqualTo("well");
    }

    @Test
    void ourOwnAnswersSayWhy() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(
                listener -> listener.rule("only", "only.example", "/here", new Action.Unavailable("x")), server.port());
        Http2Socket client = edge.http2Client();
        Http2Socket.Answer noRoute =
                client.answer(client.open(request("GET", "/elsewhere").authority("only.example"), true));
        assertThat(noRoute.status()).isEqualTo(404);
        assertThat(noRoute.header("slb-reason")).isEqualTo("NoRoute");
        Http2Socket.Answer unavailable =
                client.answer(client.open(request("GET", "/here").authority("only.example"), true));
        assertThat(unavailable.status()).isEqualTo(503);
        Http2Socket.Answer tooLong = client.answer(client.get("/" + "x".repeat(9000)));
        assertThat(tooLong.status()).isEqualTo(414);
        Http2Socket.Answer connect = client.answer(
                client.open(new DefaultHttp2Headers().method("CONNECT").authority("shop:1"), true));
        assertThat(connect.status()).isEqualTo(501);
        Http2Socket.Answer host = client.answer(client.open(request("GET", "/").authority("user@shop"), true));
        assertThat(host.status()).isEqualTo(400);
        assertThat(client.answer(client.get("/")).text()).isEqualTo("a");
        assertThat(server.requests()).hasSize(1);
        assertThat(edge.forwarder().refusals("TargetTooLong")).isEqualTo(1);
    }

    @Test
    void noServerIs503AndAServerThatRefusesIs502() throws Exception {
        edge.forwardTo();
        Http2Socket client = edge.http2Client();
        Http2Socket.Answer none = client.answer(client.get("/"));
        assertThat(none.status()).isEqualTo(503);
        assertThat(none.header("slb-reason")).isEqualTo("NoServers");
        TcpServer closed = edge.tcpServer(connection -> {});
        closed.stopListening();
        edge.forwardTo(closed.port());
        assertThat(client.answer(client.get("/")).status()).isEqualTo(502);
    }

    @Test
    void aBodyThatIsNotAsLongAsItSaysIsMalformed() throws Exception {
        CountDownLatch cutOff = new CountDownLatch(2);
        TcpServer server = edge.tcpServer(connection -> {
            try {
                HttpMessage.read(connection.getInputStream(), true, false);
            } finally {
                cutOff.countDown();
            }
        });
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        int less = client.open(request("POST", "/").add("content-length", "5"), false);
        client.data(less, "hell", true);
        assertThat(client.answer(less).reset).isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());
        int more = client.open(request("POST", "/").add("content-length", "5"), false);
        client.data(more, "hello!", false);
        assertThat(client.answer(more).reset).isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());
        await(() -> edge.forwarder().refusals(Http2ClientConnection.PROTOCOL_ERROR) == 2);
    }

    @Test
    void aClientThatCancelsEndsTheExchangeWithTheServer() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            if (HttpMessage.read(in, true, false).target().equals("/slow")) {
                begun.countDown();
                if (in.read() < 0) {
                    ended.countDown();
                }
            } else {
                connection.getOutputStream().write(HttpServer.ok("fast"));
            }
        });
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        int slow = client.get("/slow");
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        client.reset(slow, (int) Http2Error.CANCEL.code());
        assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(client.answer(client.get("/fast")).text()).isEqualTo("fast");
    }

    @Test
    void anAnswerBeforeTheEndOfTheRequestEndsTheRequest() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, true);
            connection.getOutputStream().write(HttpServer.raw("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"));
            connection.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        });
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        int stream = client.open(request("POST", "/"), false);
        client.data(stream, "x".repeat(1000), false);
        Http2Socket.Answer answer = client.answer(stream);
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.text()).isEqualTo("no");
        client.await(Http2Socket.RST_STREAM, stream);
        assertThat(answer.reset).isZero();
        // What was on its way is no fault.
        client.data(stream, "x".repeat(1000), false);
        client.fields(stream, new DefaultHttp2Headers().add("x", "y"), true);
        assertThat(client.answer(client.get("/")).status()).isEqualTo(403);
        assertThat(edge.forwarder().refusals(Http2ClientConnection.PROTOCOL_ERROR))
                .isZero();
    }

    @Test
    void manyStreamsAreServedAtTheSameTime() throws Exception {
        CountDownLatch all = new CountDownLatch(Http2Codec.MAX_STREAMS);
        HttpServer server = edge.server(request -> {
            all.countDown();
            try {
                return HttpServer.ok(all.await(20, TimeUnit.SECONDS) + request.target());
            } catch (InterruptedException e) {
                return null;
            }
        });
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        assertThat(client.maxStreams()).isEqualTo(128);
        List<Integer> streams = new ArrayList<>();
        for (int i = 0; i < Http2Codec.MAX_STREAMS; i++) {
            streams.add(client.get("/" + i));
        }
        int tooMany = client.get("/");
        assertThat(client.answer(tooMany).reset).isEqualTo((int) Http2Error.REFUSED_STREAM.code());
        for (int i = 0; i < Http2Codec.MAX_STREAMS; i++) {
            assertThat(client.answer(streams.get(i)).text()).isEqualTo("true/" + i);
        }
        assertThat(edge.forwarder().refusals(Http2ClientConnection.TOO_MANY_STREAMS))
                .isEqualTo(1);
    }
}
