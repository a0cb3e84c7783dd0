package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static dev.slb.testing.Http2Socket.request;
import static dev.slb.testing.Http2Socket.status;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Fields without a value, with blanks for a value or around it. In HTTP/1 such blanks are no part of the value: each passes, whichever
 * versions of HTTP meet. In HTTP/2 there may be none (RFC 9113, section 8.2.1).
 */
@Sockets
class BlankValuesTest {

    private static final BackendPlan H2C = new BackendPlan(BackendPlan.Protocol.H2C, null);
    private static final List<String> BLANKS = List.of("", " ", "\t", "  ", " \t ", "\t\t \t");

    private HttpEdge edge;

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private HttpEdge http1() {
        edge = HttpEdge.start(TransportKind.AUTO, 1);
        return edge;
    }

    private HttpEdge http2() {
        edge = HttpEdge.start(TransportKind.AUTO, 1).http2();
        return edge;
    }

    /** A server of HTTP/2 that answers each request with a field, and puts in its body what it was sent. */
    private TcpServer http2Server(String name) {
        return edge.tcpServer(connection -> {
            Http2Socket server = Http2Socket.accept(connection);
            while (true) {
                int stream = server.awaitRequest();
                Http2Headers request = server.answer(stream).head;
                server.fields(stream, status(200).add("x-empty", ""), false);
                server.data(stream, "<" + request.get(name) + ">", true);
            }
        });
    }

    private static String lines(String before, String after) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < BLANKS.size(); i++) {
            lines.append("X-").append(i).append(':').append(BLANKS.get(i)).append("\r\n");
        }
        return before + lines + after;
    }

    @Test
    void anAnswerOfHttp1ReachesAClientOfHttp2() throws Exception {
        HttpServer server = http2().server(request -> HttpServer.raw(
                lines("HTTP/1.1 200 OK\r\nX-Powered-By: \r\n", "Set-Cookie: \r\nContent-Length:  4 \t\r\n\r\nwell")));
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        List<Integer> streams = new ArrayList<>();
        for (int i = 0; i < 2 * Http2Codec.MAX_STREAMS; i++) { // more than there may be, were they not answered
            streams.add(client.get("/"));
            if (streams.size() == 50) {
                assertAnswers(client, streams);
            }
        }
        assertAnswers(client, streams);
    }

    private static void assertAnswers(Http2Socket client, List<Integer> streams) throws IOException {
        for (int stream : streams) {
            Http2Socket.Answer answer = client.answer(stream);
            assertThat(answer.text()).isEqualTo("well");
            assertThat(answer.header("x-powered-by")).isEmpty();
            assertThat(answer.header("set-cookie")).isEmpty();
            for (int i = 0; i < BLANKS.size(); i++) {
                assertThat(answer.header("x-" + i)).as("X-%d", i).isEmpty();
            }
        }
        streams.clear();
    }

    @Test
    void trailersOfHttp1ReachAClientOfHttp2() throws Exception {
        HttpServer server = http2().server(request -> HttpServer.raw(
                lines("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwell\r\n0\r\n", "\r\n")));
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        Http2Socket.Answer answer = client.answer(client.get("/"));
        assertThat(answer.text()).isEqualTo("well");
        for (int i = 0; i < BLANKS.size(); i++) {
            assertThat(answer.trailers.get("x-" + i)).as("X-%d", i).asString().isEmpty();
        }
    }

    @Test
    void aRequestOfHttp1ReachesAServerOfHttp2AndHurtsNoOther() throws Exception {
        TcpServer server = http1().tcpServer(connection -> {
            Http2Socket http2 = Http2Socket.accept(connection);
            int waiting = http2.awaitRequest();
            int odd = http2.awaitRequest();
            Http2Headers fields = http2.answer(odd).head;
            for (int i = 0; i < BLANKS.size(); i++) {
                http2.data(i == 0 ? answered(http2, odd) : odd, "<" + fields.get("x-" + i) + ">", false);
            }
            http2.data(odd, "", true);
            http2.data(answered(http2, waiting), "well", true);
            http2.awaitClose();
        });
        edge.forwardTo(listener -> listener.backend(H2C), server.port());
        HttpClientSocket other = edge.client().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        HttpMessage answer = edge.client()
                .send(lines("POST / HTTP/1.1\r\nHost: a\r\nCookie: \r\n", "Content-Length: 0\r\n\r\n"))
                .read();
        assertThat(answer.text()).isEqualTo("<>".repeat(BLANKS.size()));
        assertThat(other.read().text()).isEqualTo("well");
        assertThat(server.accepted()).as("connections").isEqualTo(1);
    }

    private static int answered(Http2Socket server, int stream) throws IOException {
        server.fields(stream, status(200), false);
        return stream;
    }

    @Test
    void fieldsPassWithHttp2OnBothSides() throws Exception {
        edge = http2();
        edge.forwardTo(listener -> listener.backend(H2C), http2Server("x-ask").port());
        Http2Socket client = edge.http2Client();
        Http2Socket.Answer answer =
                client.answer(client.open(request("GET", "/").add("x-ask", "").add("cookie", ""), true));
        assertThat(answer.header("x-empty")).isEmpty();
        assertThat(answer.text()).isEqualTo("<>");
    }

    @ParameterizedTest
    @ValueSource(strings = {" a", "a ", "\ta", "a\t", " ", "\t", " \t a \t "})
    void blanksAroundAValueAreMalformedInHttp2(String value) throws Exception {
        HttpServer server = http2().server("well");
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        assertMalformed(client, client.open(request("GET", "/").add("x-any", value), true));
        assertMalformed(client, client.open(request("GET", "/").add("cookie", value), true));
        assertMalformed(client, client.open(request("GET", "/").authority(value), true));
        int trailers = client.open(request("POST", "/"), false);
        client.fields(trailers, new DefaultHttp2Headers(false).add("x-any", value), true);
        assertMalformed(client, trailers);
        assertThat(server.requests()).isEmpty();
        assertThat(client.answer(client.open(request("GET", "/").add("x-any", "a \t b"), true))
                        .text())
                .isEqualTo("well");
        assertThat(server.lastRequest().header("X-Any")).isEqualTo("a \t b");
    }

    private void assertMalformed(Http2Socket client, int stream) throws IOException {
        assertThat(client.answer(stream).reset).isEqualTo((int) Http2Error.PROTOCOL_ERROR.code());
    }

    @Test
    void fieldsOfHttp2PassToAServerOfHttp1() throws Exception {
        HttpServer server = http2().server("well");
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        client.answer(client.open(request("GET", "/").add("x-ask", ""), true));
        assertThat(server.lastRequest().headers("X-Ask")).containsExactly("");
    }

    @Test
    void anAnswerOfGrpcThatIsTrailersOnlyMayHaveAnEmptyMessage() throws Exception {
        TcpServer server = http2().tcpServer(connection -> {
            Http2Socket grpc = Http2Socket.accept(connection);
            while (true) {
                Http2Headers trailersOnly = status(200)
                        .add("content-type", "application/grpc")
                        .add("grpc-status", "5")
                        .add("grpc-message", "");
                grpc.fields(grpc.awaitRequest(), trailersOnly, true);
            }
        });
        edge.forwardTo(listener -> listener.backend(new BackendPlan(BackendPlan.Protocol.GRPC, null)), server.port());
        Http2Socket client = edge.http2Client();
        Http2Headers call = request("POST", "/a.B/c").add("content-type", "application/grpc");
        Http2Socket.Answer answer = client.answer(client.open(call, true));
        assertThat(answer.header("grpc-status")).isEqualTo("5");
        assertThat(answer.header("grpc-message")).isEmpty();
    }

    @Test
    void fieldsPassWithHttp1OnBothSides() throws Exception {
        HttpServer server = http1().server(
                        request -> HttpServer.raw(lines("HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n\r\nwell")));
        edge.forwardTo(server.port());
        HttpMessage answer = edge.client()
                .send(lines("GET / HTTP/1.1\r\nHost: a\r\n", "\r\n"))
                .read();
        assertThat(answer.text()).isEqualTo("well");
        for (int i = 0; i < BLANKS.size(); i++) {
            assertThat(answer.headers("X-" + i)).containsExactly("");
            assertThat(server.lastRequest().headers("X-" + i)).containsExactly("");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t", "  \t"})
    void aFramingFieldWithoutAValueIsInvalid(String blanks) throws Exception {
        http1().forwardTo(edge.server("well").port());
        assertRefused("Transfer-Encoding:" + blanks, Refusal.INVALID_TRANSFER_ENCODING);
        assertRefused("Content-Length:" + blanks, Refusal.INVALID_CONTENT_LENGTH);
        assertThat(edge.client()
                        .send("GET / HTTP/1.1\r\nHost:" + blanks + "\r\n\r\n")
                        .read()
                        .header("SLB-Reason"))
                .isEqualTo(Refusal.INVALID_HOST.reason());
    }

    private void assertRefused(String line, Refusal why) throws IOException {
        HttpMessage answer = edge.client()
                .send("POST / HTTP/1.1\r\nHost: a\r\n" + line + "\r\n\r\n")
                .read();
        assertThat(answer.status()).isEqualTo(why.status());
        assertThat(answer.header("SLB-Reason")).isEqualTo(why.reason());
    }

    /** Names that are looked at here, and some that are not. */
    private static final List<String> NAMES = List.of(
            "X-Any",
            "Accept",
            "Accept-Encoding",
            "Cookie",
            "Connection",
            "Keep-Alive",
            "TE",
            "Upgrade",
            "Expect",
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-Forwarded-Other",
            "SLB-ID",
            "User-Agent",
            "Referer",
            "ETag",
            "Vary",
            "Cache-Control",
            "Content-Type",
            "Set-Cookie",
            "Proxy-Connection");

    private static final List<String> VALUES = List.of("", "", "", "a", "a, ,b", ",", " , ,\t", ";", "\"", "=");

    private static <T> T any(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /** A few of such fields, with blanks around their values. */
    private static String oddLines(Random random) {
        StringBuilder lines = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            lines.append(any(random, NAMES))
                    .append(':')
                    .append(any(random, BLANKS))
                    .append(any(random, VALUES))
                    .append(any(random, BLANKS))
                    .append("\r\n");
        }
        return lines.append("X-Last:")
                .append(any(random, BLANKS))
                .append("\r\n")
                .toString();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whateverBlanksAHeadHasItPasses(boolean toHttp2) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        edge = http1();
        int port = toHttp2
                ? http2Server("x-last").port()
                : edge.server(request -> HttpServer.ok("<" + request.header("X-Last") + ">"))
                        .port();
        edge.forwardTo(
                listener -> {
                    listener.gzip("text/plain");
                    if (toHttp2) {
                        listener.backend(H2C);
                    }
                },
                port);
        HttpClientSocket client = edge.client();
        for (int i = 0; i < 300; i++) {
            String request = "GET / HTTP/1.1\r\nHost:" + any(random, BLANKS) + "a" + any(random, BLANKS) + "\r\n"
                    + oddLines(random) + "\r\n";
            HttpMessage answer = client.send(request).read();
            assertThat(answer.text())
                    .as("seed %d, request %d: %s", seed, i, request)
                    .isEqualTo("<>");
        }
    }

    @Test
    void whateverBlanksAnAnswerHasItPasses() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        HttpServer server = http2().server(request -> {
            String head = "HTTP/1.1 200 OK\r\n" + oddLines(random);
            return HttpServer.raw(
                    random.nextBoolean()
                            ? head + "Content-Length: 4\r\n\r\nwell"
                            : head + "Transfer-Encoding: chunked\r\n\r\n4\r\nwell\r\n0\r\n" + "X-Trailer:"
                                    + any(random, BLANKS) + "\r\n\r\n");
        });
        edge.forwardTo(listener -> listener.gzip("text/plain"), server.port());
        Http2Socket client = edge.http2Client();
        for (int i = 0; i < 300; i++) {
            Http2Socket.Answer answer =
                    client.answer(client.open(request("GET", "/").add("accept-encoding", "gzip"), true));
            assertThat(answer.text()).as("seed %d, answer %d", seed, i).isEqualTo("well");
            assertThat(answer.header("x-last"))
                    .as("seed %d, answer %d", seed, i)
                    .isEmpty();
        }
    }
}
