package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.LeakWatch;
import dev.slb.testing.Packets;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import static dev.slb.testing.Http2Socket.request;
import static dev.slb.testing.Http2Socket.status;
import static org.assertj.core.api.Assertions.assertThat;

/** What trailers carry through, and what not: nothing that would have an effect beyond the content that they follow. */
@Sockets
class TrailersTest {

    private static final BackendPlan H2C = new BackendPlan(BackendPlan.Protocol.H2C, null);

    /** In HTTP/2 these make a message malformed. */
    private static final List<String> OF_A_CONNECTION =
            List.of("Connection: close", "Keep-Alive: timeout=1", "Proxy-Connection: close", "Upgrade: h2c");

    private static final List<String> UNWANTED = List.of(
            "TE: trailers",
            "Trailer: X-Checksum",
            "HTTP2-Settings: AAMAAABk",
            "Authorization: Basic eDp5",
            "Proxy-Authorization: Basic eDp5",
            "WWW-Authenticate: NTLM",
            "Proxy-Authenticate: Negotiate",
            "Cookie: SERVERID=1",
            "Set-Cookie: SERVERID=1",
            "Cache-Control: public",
            "Pragma: no-cache",
            "Expect: 100-continue",
            "Range: bytes=0-1",
            "Max-Forwards: 0",
            "If-Match: *",
            "If-None-Match: *",
            "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
            "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
            "If-Range: x",
            "Age: 1",
            "Date: Thu, 01 Jan 1970 00:00:00 GMT",
            "Expires: 0",
            "Location: /other",
            "Retry-After: 1",
            "Vary: *",
            "Warning: 199 - x",
            "Content-Encoding: gzip",
            "Content-Type: text/plain",
            "Content-Range: bytes 0-1/2",
            "Forwarded: for=192.0.2.1",
            "X-Forwarded-For: 192.0.2.1",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Host: other",
            "X-Forwarded-ClientCert-Subject: CN=x",
            "X_Forwarded_For: 192.0.2.1",
            "Content_Length: 17",
            "If_Match: *",
            "Proxy: http://evil",
            "SLB-ID: other",
            "SLB-IP: 192.0.2.1",
            "SLB-Reason: NoRoute",
            "slb_anything: 1");

    private static final List<String> WANTED = List.of(
            "grpc-status: 0",
            "grpc-message: fine",
            "grpc-status-details-bin: CAA",
            "X-Checksum: 17",
            "Digest: sha-256=x",
            "ETag: \"x\"",
            "Server-Timing: db;dur=1",
            "X-Forward: 1",
            "Slbx: 1",
            "Iffy: 1",
            "Content-MD5: x",
            "X-Empty:");

    private static LeakWatch leaks;

    private HttpEdge edge;
    private final List<List<String>> seen = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void watch() {
        leaks = LeakWatch.start();
    }

    @AfterAll
    static void noBufferWasLost() {
        leaks.assertNone();
    }

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO, 1);
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private static List<String> unwanted(boolean http2) {
        return http2
                ? UNWANTED
                : Stream.of(OF_A_CONNECTION, UNWANTED).flatMap(List::stream).toList();
    }

    /** The unwanted ones among the wanted ones. */
    private static List<String> mixed(boolean http2) {
        List<String> mixed = new ArrayList<>(unwanted(http2));
        for (int i = 0; i < WANTED.size(); i++) {
            mixed.add(Math.min(3 * i, mixed.size()), WANTED.get(i));
        }
        return mixed;
    }

    private static List<String> lowerCase(List<String> lines) {
        return lines.stream()
                .map(line -> line.split(":", 2))
                .map(field -> field[0].toLowerCase(Locale.ROOT) + ": " + field[1].strip())
                .toList();
    }

    private static List<String> lines(Http2Headers trailers) {
        List<String> lines = new ArrayList<>();
        if (trailers != null) {
            trailers.forEach(field -> lines.add(field.getKey() + ": " + field.getValue()));
        }
        return lines;
    }

    private static Http2Headers fields(List<String> lines) {
        Http2Headers fields = new DefaultHttp2Headers(false);
        for (String line : lines) {
            String[] field = line.split(":", 2);
            fields.add(field[0].toLowerCase(Locale.ROOT), field[1].strip());
        }
        return fields;
    }

    private static String chunked(List<String> trailers) {
        return "Transfer-Encoding: chunked\r\n\r\n4\r\nwell\r\n0\r\n" + section(trailers);
    }

    private static String section(List<String> trailers) {
        StringBuilder text = new StringBuilder();
        trailers.forEach(line -> text.append(line).append("\r\n"));
        return text.append("\r\n").toString();
    }

    /** Remembers the trailers that come, and answers with these. */
    private void serve(boolean http2, List<String> trailers) {
        if (http2) {
            TcpServer server = edge.tcpServer(connection -> {
                Http2Socket socket = Http2Socket.accept(connection);
                while (true) {
                    int stream = socket.awaitRequest();
                    seen.add(lines(socket.answer(stream).trailers));
                    socket.fields(stream, status(200), false);
                    socket.data(stream, "well", false);
                    socket.fields(stream, fields(trailers), true);
                }
            });
            edge.forwardTo(listener -> listener.backend(H2C), server.port());
        } else {
            HttpServer server = edge.server(request -> {
                seen.add(lowerCase(request.trailerLines()));
                return HttpServer.raw("HTTP/1.1 200 OK\r\n" + chunked(trailers));
            });
            edge.forwardTo(server.port());
        }
    }

    /** @return the trailers of the answer */
    private List<String> ask(boolean http2, List<String> trailers) throws IOException {
        if (!http2) {
            HttpMessage answer = edge.client()
                    .send("POST / HTTP/1.1\r\nHost: a\r\n" + chunked(trailers))
                    .read();
            assertThat(answer.text()).isEqualTo("well");
            return lowerCase(answer.trailerLines());
        }
        Http2Socket client = edge.http2Client();
        int stream = client.open(request("POST", "/"), false);
        client.data(stream, "well", false);
        client.fields(stream, fields(trailers), true);
        Http2Socket.Answer answer = client.answer(stream);
        assertThat(answer.ended).as("reset %d", answer.reset).isTrue();
        assertThat(answer.text()).isEqualTo("well");
        return lines(answer.trailers);
    }

    /** A server that has read that its connection closes takes nothing more on it, as Node.js does. */
    @Test
    void aTrailerOfOneClientDoesNotFailTheRequestOfTheNext() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = new BufferedInputStream(connection.getInputStream());
            boolean closes = false;
            HttpMessage request;
            while ((request = HttpMessage.read(in, true, false)) != null) {
                connection
                        .getOutputStream()
                        .write(
                                closes
                                        ? HttpServer.raw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                                        : HttpServer.ok("well"));
                closes |= request.trailerLines().contains("Connection: close");
            }
        });
        edge.forwardTo(server.port());
        for (int i = 0; i < 20; i++) {
            HttpMessage first = edge.client()
                    .send("POST / HTTP/1.1\r\nHost: a\r\n" + chunked(List.of("Connection: close")))
                    .read();
            assertThat(first.status()).isEqualTo(200);
            assertThat(edge.client().get("/").status()).as("the next client's").isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void trailersCarryOnlyWhatBelongsToTheContent(boolean clientHttp2, boolean serverHttp2) throws Exception {
        if (clientHttp2) {
            edge.http2();
        }
        serve(serverHttp2, mixed(serverHttp2));
        assertThat(ask(clientHttp2, mixed(clientHttp2)))
                .as("to the client")
                .containsExactlyElementsOf(lowerCase(WANTED));
        assertThat(seen).as("to the server").containsExactly(lowerCase(WANTED));
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void whereNothingOfThemPassesTheMessageEndsWithoutThem(boolean clientHttp2, boolean serverHttp2) throws Exception {
        if (clientHttp2) {
            edge.http2();
        }
        serve(serverHttp2, unwanted(serverHttp2));
        assertThat(ask(clientHttp2, unwanted(clientHttp2))).as("to the client").isEmpty();
        assertThat(seen).as("to the server").containsExactly(List.of());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatConnectionNamesStaysHereAsATrailerToo(boolean serverHttp2) throws Exception {
        serve(serverHttp2, List.of());
        HttpMessage answer = edge.client()
                .send("POST / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Hop ,x-other\r\nConnection: x-third\r\n"
                        + chunked(List.of("X-Hop: 1", "X-Sum: 2", "X-Other: 3", "X-Third: 4", "X-Hops: 5")))
                .read();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(seen).containsExactly(List.of("x-sum: 2", "x-hops: 5"));
    }

    @Test
    void whatConnectionNamedBeforeIsForgottenWithItsMessage() throws Exception {
        serve(false, List.of());
        HttpClientSocket client = edge.client();
        for (String connection : List.of("Connection: x-sum\r\n", "")) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\n" + connection + chunked(List.of("X-Sum: 2")))
                    .read();
        }
        assertThat(seen).containsExactly(List.of(), List.of("x-sum: 2"));
    }

    @Test
    void theTrailersOfACompressedAnswerAreNoOthers() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.raw(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n"
                        + "w".repeat(0x1000) + "\r\n0\r\n" + section(mixed(false))));
        edge.forwardTo(listener -> listener.gzip("text/plain"), server.port());
        HttpMessage answer = edge.client()
                .send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
                .read();
        assertThat(answer.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(answer.trailerLines()).containsExactlyElementsOf(WANTED);
    }

    private static final List<String> SHORT = List.of("A: 1", "TE: x", "B:2", "Date: y");

    @Test
    void requestsPassTheSameHoweverTheyAreCut() throws Exception {
        serve(false, List.of());
        String first = "POST /1 HTTP/1.1\r\nHost: a\r\n" + chunked(SHORT);
        String both = first + "POST /2 HTTP/1.1\r\nHost: a\r\n" + chunked(List.of("C: 3"));
        HttpClientSocket client = edge.client();
        for (int cut = first.indexOf("\r\n\r\n"); cut <= both.length(); cut++) {
            seen.clear();
            Packets.sendCut(client.socket().getOutputStream(), both, cut);
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(seen).as("cut at %d", cut).containsExactly(List.of("a: 1", "b: 2"), List.of("c: 3"));
        }
    }

    @Test
    void answersPassTheSameHoweverTheyAreCut() throws Exception {
        String text = "HTTP/1.1 200 OK\r\n" + chunked(SHORT);
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = new BufferedInputStream(connection.getInputStream());
            HttpMessage request;
            while ((request = HttpMessage.read(in, true, false)) != null) {
                Packets.sendCut(
                        connection.getOutputStream(),
                        text,
                        Integer.parseInt(request.target().substring(1)));
            }
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();
        for (int cut = text.indexOf("\r\n\r\n"); cut <= text.length(); cut++) {
            HttpMessage answer = client.get("/" + cut);
            assertThat(answer.text()).isEqualTo("well");
            assertThat(answer.trailerLines()).as("cut at %d", cut).containsExactly("A: 1", "B:2");
        }
        assertThat(server.accepted()).as("connections").isEqualTo(1);
    }

    @Test
    void theyPassByteByByte() throws Exception {
        serve(false, List.of());
        String text = "POST /1 HTTP/1.1\r\nHost: a\r\n" + chunked(SHORT);
        HttpClientSocket client = edge.client();
        int head = text.indexOf("\r\n0\r\n");
        client.send(text.substring(0, head));
        for (int at = head; at < text.length(); at++) {
            client.send(text.substring(at, at + 1));
            Packets.settle();
        }
        assertThat(client.read().status()).isEqualTo(200);
        assertThat(seen).containsExactly(List.of("a: 1", "b: 2"));
    }
}
