package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.AtOnce;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A client that reads only after it has sent all gets an answer that came early: a close with bytes unread would take it away. */
@Sockets
class LingeringCloseTest {

    /** Longer than what stays without a word from the client. */
    private static final long UPLOAD_NANOS = TimeUnit.MILLISECONDS.toNanos(5_500);

    /** Each test's, which goes on behind those before it: all of them take their time. */
    private static final Map<String, FutureTask<Void>> RUNNING = new HashMap<>();

    @BeforeAll
    static void begin() {
        begin("answer", LingeringCloseTest::uploadBehindAnAnswer);
        begin("own", LingeringCloseTest::uploadBehindOneOfOurOwn);
        begin("silent", LingeringCloseTest::silence);
        begin("http2", LingeringCloseTest::framesOnAConnectionThatIsLeft);
    }

    private static void begin(String name, AtOnce.Conversation<HttpEdge> conversation) {
        RUNNING.put(name, AtOnce.begin(name, it -> {
            try (HttpEdge edge = HttpEdge.start(TransportKind.AUTO, 1)) {
                conversation.run(edge);
            }
        }));
    }

    private interface Upload {
        void go() throws IOException;
    }

    private static void upload(Upload part) throws Exception {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < UPLOAD_NANOS) {
            part.go();
            TimeUnit.MILLISECONDS.sleep(100); // the slowness under test
        }
    }

    @Test
    void anUploadMayGoOnBehindAnAnswerThatCameEarly() throws Exception {
        AtOnce.end(RUNNING.get("answer"));
    }

    private static void uploadBehindAnAnswer(HttpEdge edge) throws Exception {
        edge.forwardTo(edge.tcpServer(connection -> {
                    HttpMessage.read(connection.getInputStream(), true, true);
                    connection
                            .getOutputStream()
                            .write(HttpServer.raw("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"));
                    connection.shutdownOutput();
                    connection.getInputStream().readAllBytes();
                })
                .port());
        HttpClientSocket client =
                edge.client().send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000\r\n\r\n");

        upload(() -> client.send("x".repeat(1000)));

        HttpMessage answer = client.read();
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.text()).isEqualTo("no");
        assertThat(client.in().read()).as("an end, not a reset").isEqualTo(-1);
    }

    @Test
    void andBehindOneOfOurOwn() throws Exception {
        AtOnce.end(RUNNING.get("own"));
    }

    private static void uploadBehindOneOfOurOwn(HttpEdge edge) throws Exception {
        edge.forwardTo(
                listener -> listener.requestMillis(60_000), edge.server("a").port());
        HttpClientSocket client = edge.client().send("POST / HTTP/1.1\r\nHost: a b\r\nContent-Length: 1000000\r\n\r\n");

        upload(() -> client.send("x".repeat(1000)));

        assertThat(client.read().status()).isEqualTo(400);
        assertThat(client.in().read()).isEqualTo(-1);
    }

    @Test
    void aClientThatSendsNothingMoreIsClosedAfterAWhile() throws Exception {
        AtOnce.end(RUNNING.get("silent"));
    }

    private static void silence(HttpEdge edge) throws Exception {
        edge.forwardTo(edge.server("a").port());
        HttpClientSocket client = edge.client().send("GET / HTTP/1.1\r\nHost: a b\r\nContent-Length: 10\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(400);
        long answered = System.nanoTime();
        assertThat(client.in().read()).isEqualTo(-1);

        await(() -> edge.forwarder().activeConnections(edge.listener()) == 0);
        assertThat(System.nanoTime() - answered)
                .as("a client may still be about to send")
                .isGreaterThan(TimeUnit.SECONDS.toNanos(4));
    }

    @Test
    void aConnectionOfHttp2ThatIsLeftMayGoOnToo() throws Exception {
        AtOnce.end(RUNNING.get("http2"));
    }

    private static void framesOnAConnectionThatIsLeft(HttpEdge edge) throws Exception {
        edge.http2();
        edge.forwardTo(
                listener -> listener.maxRequestsPerConnection(1),
                edge.server(request -> HttpServer.raw("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"))
                        .port());
        Http2Socket client = edge.http2Client();
        int stream = client.open(Http2Socket.request("POST", "/"), false);
        client.data(stream, "x", true);
        assertThat(client.answer(stream).status()).isEqualTo(413);

        upload(() -> client.send(Http2Socket.WINDOW_UPDATE, 0, 0, Http2Socket.number(1)));

        assertThat(client.goAways()).isNotEmpty();
    }
}
