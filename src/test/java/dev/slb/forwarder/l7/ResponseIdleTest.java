package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.VersionsEdge.Versions;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.LeakWatch;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A server that stops in the middle of its answer does not hold client and server for ever; whatever goes on is left alone. */
@Sockets
class ResponseIdleTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String REASON = "ResponseIdle";
    private static final long IDLE_MILLIS = 2_000;
    private static final long PAUSE_MILLIS = 400;
    private static final int PAUSES = 8;

    private static LeakWatch leaks;

    @TempDir
    private Path folder;

    private VersionsEdge edge;

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
        edge = VersionsEdge.start(folder);
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    /** The slowness that is under test. */
    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            throw new InterruptedIOException(e.toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerThatStopsIsBrokenOff(Versions versions) throws Exception {
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

    @ParameterizedTest
    @EnumSource(names = {"HTTP1_TO_HTTP1", "HTTP2_TO_H2C"})
    void oneThatGoesOnSlowlyIsNot(Versions versions) throws Exception {
        edge.serve(versions, listener -> listener.responseIdleMillis(IDLE_MILLIS), asked -> {
            asked.begin();
            for (int i = 0; i < PAUSES; i++) {
                pause();
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
        assertWhole(versions);
    }

    private void assertWhole(Versions versions) throws IOException {
        if (versions.http2Client) {
            Http2Socket client = edge.http2Client();
            assertThat(client.answer(client.get("/")).text()).hasSize(100);
        } else {
            assertThat(edge.http1Client().send(GET).read().text()).hasSize(100);
        }
        assertThat(edge.forwarder().refusals(REASON)).isZero();
    }

    /** As streaming calls of gRPC do. */
    @ParameterizedTest
    @EnumSource(names = {"HTTP1_TO_HTTP1", "HTTP2_TO_HTTP1", "HTTP2_TO_GRPC"})
    void aClientThatSendsIsNotIdle(Versions versions) throws Exception {
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
                pause();
                client.data(stream, "x", i == PAUSES);
            }
            assertThat(client.answer(stream).text()).hasSize(100);
        } else {
            HttpClientSocket client =
                    edge.http1Client().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + PAUSES + "\r\n\r\n");
            for (int i = 0; i < PAUSES; i++) {
                pause();
                client.send("x");
            }
            assertThat(client.read().text()).hasSize(100);
        }
        assertThat(edge.forwarder().refusals(REASON)).isZero();
    }

    /** That is a slow reader, or one that is slow and reads. */
    @ParameterizedTest
    @EnumSource(names = {"HTTP1_TO_HTTP1", "HTTP2_TO_HTTP1"})
    void aClientThatTakesNothingIsNotItsServersFault(Versions versions) throws Exception {
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
            for (int i = 0; i < 3; i++) {
                pause();
            }
            client.send("z");
            assertThat(client.in().read()).isEqualTo('z');
        }
    }
}
