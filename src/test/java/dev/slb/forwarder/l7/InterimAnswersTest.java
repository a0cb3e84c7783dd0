package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.LeakWatch;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.Http2Headers;
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
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.Http2Socket.status;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Interim answers (100, 103) are not the answer: whatever becomes of that, the client is told. */
class InterimAnswersTest {

    private static final int MOST = 256;
    private static final int MOST_BYTES = 64 * 1024;

    private static LeakWatch leaks;

    @TempDir
    private Path folder;

    private Path file;
    private HttpEdge edge;
    private int clearPort;

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
        file = folder.resolve("access.log");
        edge = HttpEdge.start(TransportKind.AUTO, file).http2();
        clearPort = Loopback.freePort();
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    /** Who speaks what: every pair of them is to be the same. */
    private enum Versions {
        HTTP1_TO_HTTP1(false, BackendPlan.Protocol.HTTP),
        HTTP1_TO_H2C(false, BackendPlan.Protocol.H2C),
        HTTP1_TO_GRPC(false, BackendPlan.Protocol.GRPC),
        HTTP2_TO_HTTP1(true, BackendPlan.Protocol.HTTP),
        HTTP2_TO_H2C(true, BackendPlan.Protocol.H2C),
        HTTP2_TO_GRPC(true, BackendPlan.Protocol.GRPC);

        private final boolean http2Client;
        private final BackendPlan.Protocol server;

        Versions(boolean http2Client, BackendPlan.Protocol server) {
            this.http2Client = http2Client;
            this.server = server;
        }

        private boolean isHttp2Server() {
            return server != BackendPlan.Protocol.HTTP;
        }
    }

    /** The server's end of one request, in its version. */
    private record Asked(Socket connection, Http2Socket http2, int stream) {

        private static Asked await(Versions versions, Socket connection) throws IOException {
            if (versions.isHttp2Server()) {
                Http2Socket http2 = Http2Socket.accept(connection);
                return new Asked(connection, http2, http2.awaitRequest());
            }
            HttpMessage.read(connection.getInputStream(), true, true);
            return new Asked(connection, null, 0);
        }

        private void interim(int status, String link) throws IOException {
            if (http2 != null) {
                http2.fields(stream, status(status).add("link", link), false);
            } else {
                raw("HTTP/1.1 " + status + " Interim\r\nLink: " + link + "\r\n\r\n");
            }
        }

        private void ok() throws IOException {
            if (http2 != null) {
                http2.fields(stream, status(200).add("content-length", "0"), true);
            } else {
                raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        }

        private void malformed() throws IOException {
            if (http2 != null) {
                Http2Headers fields = status(200);
                fields.remove(":status");
                http2.fields(stream, fields, true);
            } else {
                raw("GARBAGE\r\n\r\n");
            }
        }

        private void raw(String text) throws IOException {
            connection.getOutputStream().write(HttpServer.raw(text));
        }

        private void awaitEnd() throws IOException {
            connection.getInputStream().readAllBytes();
        }
    }

    private interface Script {
        void run(Asked asked) throws IOException;
    }

    private TcpServer serve(Versions versions, long requestMillis, Script script) {
        TcpServer server = edge.tcpServer(connection -> script.run(Asked.await(versions, connection)));
        BackendPlan backend = new BackendPlan(versions.server, null);
        edge.forwardTo(listener -> listener.requestMillis(requestMillis).backend(backend), server.port());
        edge.forwarder()
                .serve(ListenerPlanBuilder.http("clear", clearPort)
                        .requestMillis(requestMillis)
                        .backend(backend)
                        .accessLog("$status $slb_reason $upstream_status")
                        .build());
        return server;
    }

    /** What a client got. */
    private record Got(int interim, int status, String reason) {}

    private Got get(Versions versions) throws IOException {
        if (versions.http2Client) {
            Http2Socket client = edge.http2Client();
            Http2Socket.Answer answer = client.answer(client.get("/"));
            assertThat(answer.reset).as("not reset").isEqualTo(-1);
            return new Got(answer.interim.size(), answer.status(), answer.header("slb-reason"));
        }
        HttpClientSocket client = edge.closing(HttpClientSocket.connect(clearPort));
        client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        int interim = 0;
        HttpMessage answer = client.read();
        while (answer != null && answer.status() < 200) {
            interim++;
            answer = client.read();
        }
        assertThat(answer).as("not closed").isNotNull();
        return new Got(interim, answer.status(), answer.header("SLB-Reason"));
    }

    private static void pause(long millis) throws InterruptedIOException {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new InterruptedIOException(e.toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatClosesBehindOneIsRefused(Versions versions) throws Exception {
        TcpServer server = serve(versions, 60_000, asked -> asked.interim(103, "</a>"));

        assertThat(get(versions)).isEqualTo(new Got(1, 502, "ServerClosed"));
        assertThat(server.accepted()).as("not asked again").isEqualTo(1);
        assertThat(edge.forwarder().refusals("ServerClosed")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatIsSilentBehindOneIsTimedOut(Versions versions) throws Exception {
        serve(versions, 500, asked -> {
            asked.interim(100, "</a>");
            asked.awaitEnd();
        });

        Got got = get(versions);

        assertThat(got.status).isEqualTo(504);
        assertThat(got.reason).isEqualTo("RequestTimeout");
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerBehindOneThatIsNoneIsRefused(Versions versions) throws Exception {
        serve(versions, 60_000, asked -> {
            asked.interim(103, "</a>");
            asked.malformed();
            asked.awaitEnd();
        });

        assertThat(get(versions)).isEqualTo(new Got(1, 502, "InvalidAnswer"));
    }

    /** The slowness is what is under test. */
    @ParameterizedTest
    @EnumSource
    void theyDoNotMakeTheTimeLonger(Versions versions) throws Exception {
        serve(versions, 500, asked -> {
            for (int i = 0; i < 15; i++) {
                asked.interim(100, "</a>");
                pause(100);
            }
            asked.ok();
        });

        Got got = get(versions);

        assertThat(got.status).isEqualTo(504);
        assertThat(got.reason).isEqualTo("RequestTimeout");
    }

    @ParameterizedTest
    @EnumSource
    void asManyAsThereMayBePass(Versions versions) throws Exception {
        serve(versions, 60_000, asked -> {
            for (int i = 0; i < MOST; i++) {
                asked.interim(103, "</a>");
            }
            asked.ok();
            asked.awaitEnd();
        });

        assertThat(get(versions)).isEqualTo(new Got(MOST, 200, null));
    }

    @ParameterizedTest
    @EnumSource
    void moreAreRefused(Versions versions) throws Exception {
        serve(versions, 60_000, asked -> {
            for (int i = 0; i <= MOST; i++) {
                asked.interim(103, "</a>");
            }
            asked.ok();
            asked.awaitEnd();
        });

        assertThat(get(versions)).isEqualTo(new Got(MOST, 502, "TooManyInterimAnswers"));
        assertThat(edge.forwarder().refusals("TooManyInterimAnswers")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void moreBytesOfThemAreRefused(Versions versions) throws Exception {
        String link = "<" + "a".repeat(6_000) + ">";
        serve(versions, 60_000, asked -> {
            for (int bytes = 0; bytes <= MOST_BYTES; bytes += link.length()) {
                asked.interim(103, link);
            }
            asked.ok();
            asked.awaitEnd();
        });

        assertThat(get(versions)).isEqualTo(new Got(MOST_BYTES / (link.length() + 30), 502, "TooManyInterimAnswers"));
        assertThat(edge.forwarder().refusals("TooManyInterimAnswers")).isEqualTo(1);
    }

    @Test
    void theLogHasTheAnswerThatFollowedThem() throws Exception {
        serve(Versions.HTTP1_TO_HTTP1, 60_000, asked -> asked.interim(100, "</a>"));

        get(Versions.HTTP1_TO_HTTP1);

        await(() -> Files.readString(file).endsWith("\n"));
        assertThat(Files.readAllLines(file)).isEqualTo(List.of("502 ServerClosed -"));
    }

    /** A client that was asked to go on sends for as long as it makes progress. */
    @ParameterizedTest
    @EnumSource(names = {"HTTP1_TO_HTTP1", "HTTP2_TO_HTTP1", "HTTP2_TO_H2C"})
    void anUploadBehindOneGoesOnForAsLongAsItProgresses(Versions versions) throws Exception {
        int parts = 10;
        serve(versions, 1_500, asked -> {
            asked.interim(100, "</a>");
            if (asked.http2 != null) {
                asked.http2.answer(asked.stream);
            } else {
                asked.connection.getInputStream().readNBytes(parts);
            }
            asked.ok();
            asked.awaitEnd();
        });
        if (versions.http2Client) {
            Http2Socket client = edge.http2Client();
            Http2Headers request = Http2Socket.request("POST", "/").add("content-length", String.valueOf(parts));
            int stream = client.open(request, false);
            client.await(Http2Socket.HEADERS, stream);
            for (int i = 1; i <= parts; i++) {
                pause(200);
                client.data(stream, "x", i == parts);
            }
            assertThat(client.answer(stream).status()).isEqualTo(200);
        } else {
            HttpClientSocket client = edge.closing(HttpClientSocket.connect(clearPort));
            client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " + parts + "\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(100);
            for (int i = 0; i < parts; i++) {
                pause(200);
                client.send("x");
            }
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @Test
    void aBodyBehindOneThatIsMalformedIsRefused() throws Exception {
        serve(Versions.HTTP1_TO_HTTP1, 60_000, asked -> {
            asked.interim(100, "</a>");
            asked.awaitEnd();
        });
        HttpClientSocket client = edge.closing(HttpClientSocket.connect(clearPort));
        client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(100);

        HttpMessage answer = client.send("no size\r\n").read();

        assertThat(answer).as("not closed").isNotNull();
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("SLB-Reason")).isEqualTo("InvalidChunk");
    }
}
