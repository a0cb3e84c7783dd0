package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.VersionsEdge.Versions;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.AtOnce;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.LeakWatch;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.Patience.pause;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A server that stops in the middle of its answer does not hold client and server for ever; whatever goes on is left alone. */
@Sockets
class ResponseIdleTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String REASON = "ResponseIdle";
    private static final long IDLE_MILLIS = 2_000;
    private static final long PAUSE_MILLIS = 400;
    private static final int PAUSES = 6;

    private static LeakWatch leaks;

    @TempDir
    private Path folder;

    @BeforeAll
    static void watch() {
        leaks = LeakWatch.start();
    }

    @AfterAll
    static void noBufferWasLost() {
        leaks.assertNone();
    }

    private interface Case {
        void run(VersionsEdge edge, Versions versions) throws Exception;
    }

    /** For each pair of versions, at once, since they wait for most of their time. */
    private void each(Case it, Versions... all) throws Exception {
        AtOnce.each(
                versions -> {
                    try (VersionsEdge edge =
                            VersionsEdge.start(Files.createDirectory(folder.resolve(versions.name())))) {
                        it.run(edge, versions);
                    }
                },
                all);
    }

    @Test
    void anAnswerThatStopsIsBrokenOff() throws Exception {
        each(ResponseIdleTest::anAnswerThatStops, Versions.values());
    }

    private static void anAnswerThatStops(VersionsEdge edge, Versions versions) throws Exception {
        TcpServer server = edge.serve(versions, listener -> listener.responseIdleMillis(500), asked -> {
            asked.begin();
            asked.awaitEnd();
        });
        long begin = System.nanoTime();

        if (versions.http2Client) {
            Http2Socket client = edge.http2Client();
            Http2Socket.Answer answer = client.answer(client.get("/"));
            assertThat(answer.text()).isEqualTo("abc");
            assertThat(answer.ended).isFalse();
            assertThat(answer.reset).isPositive();
        } else {
            HttpClientSocket client = edge.http1Client().send(GET);
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readToEnd()).hasSize(3);
        }
        assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(500));
        assertThat(edge.lines(1)).containsExactly("200 ResponseIdle 200");
        assertThat(edge.forwarder().refusals(REASON)).isEqualTo(1);
        if (!versions.isHttp2Server()) { // else only its stream ends
            await(() -> server.open() == 0);
        }
    }

    @Test
    void oneThatGoesOnSlowlyIsNot() throws Exception {
        each(ResponseIdleTest::anAnswerThatGoesOnSlowly, Versions.HTTP1_TO_HTTP1, Versions.HTTP2_TO_H2C);
    }

    private static void anAnswerThatGoesOnSlowly(VersionsEdge edge, Versions versions) throws Exception {
        edge.serve(versions, listener -> listener.responseIdleMillis(IDLE_MILLIS), asked -> {
            asked.begin();
            for (int i = 0; i < PAUSES; i++) {
                pause(PAUSE_MILLIS);
                if (asked.http2() != null) {
                    asked.http2().data(asked.stream(), "d", false);
                } else {
                    asked.raw("d");
                }
            }
            String rest = "e".repeat(97 - PAUSES);
            if (asked.http2() != null) {
                asked.http2().data(asked.stream(), rest, true);
            } else {
                asked.raw(rest);
            }
            asked.awaitEnd();
        });
        if (versions.http2Client) {
            Http2Socket client = edge.http2Client();
            assertThat(client.answer(client.get("/")).text()).hasSize(100);
        } else {
            assertThat(edge.http1Client().send(GET).read().text()).hasSize(100);
        }
        assertThat(edge.forwarder().refusals(REASON)).isZero();
    }

    /** As streaming calls of gRPC do. */
    @Test
    void aClientThatSendsIsNotIdle() throws Exception {
        each(
                ResponseIdleTest::aClientThatSends,
                Versions.HTTP1_TO_HTTP1,
                Versions.HTTP2_TO_HTTP1,
                Versions.HTTP2_TO_GRPC);
    }

    private static void aClientThatSends(VersionsEdge edge, Versions versions) throws Exception {
        edge.serve(versions, listener -> listener.responseIdleMillis(IDLE_MILLIS), asked -> {
            asked.begin();
            if (asked.http2() != null) {
                asked.http2().answer(asked.stream());
                asked.http2().data(asked.stream(), "e".repeat(97), true);
            } else {
                asked.connection().getInputStream().readNBytes(PAUSES);
                asked.raw("e".repeat(97));
            }
            asked.awaitEnd();
        });
        if (versions.http2Client) {
            Http2Socket client = edge.http2Client();
            int stream = client.open(Http2Socket.request("POST", "/").add("content-length", "" + PAUSES), false);
            client.await(Http2Socket.DATA, stream);
            for (int i = 1; i <= PAUSES; i++) {
                pause(PAUSE_MILLIS);
                client.data(stream, "x", i == PAUSES);
            }
            assertThat(client.answer(stream).text()).hasSize(100);
        } else {
            HttpClientSocket client =
                    edge.http1Client().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + PAUSES + "\r\n\r\n");
            for (int i = 0; i < PAUSES; i++) {
                pause(PAUSE_MILLIS);
                client.send("x");
            }
            assertThat(client.read().text()).hasSize(100);
        }
        assertThat(edge.forwarder().refusals(REASON)).isZero();
    }

    /** That is a slow reader, or one that is slow and reads. */
    @Test
    void aClientThatTakesNothingIsNotItsServersFault() throws Exception {
        each(ResponseIdleTest::aClientThatTakesNothing, Versions.HTTP1_TO_HTTP1, Versions.HTTP2_TO_HTTP1);
    }

    private static void aClientThatTakesNothing(VersionsEdge edge, Versions versions) throws Exception {
        edge.serve(versions, listener -> listener.responseIdleMillis(200).requestMillis(1_000), asked -> {
            asked.raw("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            while (true) {
                asked.raw("x".repeat(100_000));
            }
        });
        String slow;
        if (versions.http2Client) {
            slow = "Http2SlowRead";
            edge.http2Client().givesWindows(false).get("/");
        } else {
            slow = "SlowRead";
            edge.http1Client().send(GET);
        }
        await(() -> edge.forwarder().refusals(slow) == 1);
        assertThat(edge.forwarder().refusals(REASON)).isZero();
    }

    @Test
    void anUpgradedConnectionHasItsOwnTime() throws Exception {
        try (HttpEdge clear = HttpEdge.start(TransportKind.AUTO)) {
            clear.forwardTo(
                    listener -> listener.responseIdleMillis(200).webSocketIdleMillis(60_000),
                    clear.tcpServer(connection -> {
                                HttpMessage.read(connection.getInputStream(), true, true);
                                connection
                                        .getOutputStream()
                                        .write(HttpServer.raw(
                                                "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"));
                                connection.getInputStream().transferTo(connection.getOutputStream());
                            })
                            .port());
            HttpClientSocket client =
                    clear.client().send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);
            pause(PAUSE_MILLIS);
            pause(PAUSE_MILLIS);
            client.send("z");
            assertThat(client.in().read()).isEqualTo('z');
        }
    }
}
