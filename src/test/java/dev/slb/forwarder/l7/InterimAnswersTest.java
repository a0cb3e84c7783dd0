package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.VersionsEdge.Versions;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.LeakWatch;
import dev.slb.testing.Sockets;
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
import java.nio.file.Path;

import static dev.slb.testing.Patience.pause;
import static org.assertj.core.api.Assertions.assertThat;

/** Interim answers (100, 103) are not the answer: whatever becomes of that, the client is told. */
@Sockets
class InterimAnswersTest {

    private static final int MOST = 256;
    private static final int MOST_BYTES = 64 * 1024;

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

    /** What a client got. */
    private record Got(int interim, int status, String reason) {}

    private Got get(Versions versions) throws IOException {
        if (versions.http2Client) {
            Http2Socket client = edge.http2Client();
            Http2Socket.Answer answer = client.answer(client.get("/"));
            assertThat(answer.reset).as("not reset").isEqualTo(-1);
            return new Got(answer.interim.size(), answer.status(), answer.header("slb-reason"));
        }
        HttpClientSocket client = edge.http1Client();
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

    @ParameterizedTest
    @EnumSource
    void aServerThatClosesBehindOneIsRefused(Versions versions) throws Exception {
        TcpServer server =
                edge.serve(versions, listener -> listener.requestMillis(60_000), asked -> asked.interim(103, "</a>"));

        assertThat(get(versions)).isEqualTo(new Got(1, 502, "ServerClosed"));
        assertThat(server.accepted()).as("not asked again").isEqualTo(1);
        assertThat(edge.forwarder().refusals("ServerClosed")).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource
    void aServerThatIsSilentBehindOneIsTimedOut(Versions versions) throws Exception {
        edge.serve(versions, listener -> listener.requestMillis(500), asked -> {
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
        edge.serve(versions, listener -> listener.requestMillis(60_000), asked -> {
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
        edge.serve(versions, listener -> listener.requestMillis(500), asked -> {
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
        edge.serve(versions, listener -> listener.requestMillis(60_000), asked -> {
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
        edge.serve(versions, listener -> listener.requestMillis(60_000), asked -> {
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
        edge.serve(versions, listener -> listener.requestMillis(60_000), asked -> {
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
        edge.serve(
                Versions.HTTP1_TO_HTTP1,
                listener -> listener.requestMillis(60_000),
                asked -> asked.interim(100, "</a>"));

        get(Versions.HTTP1_TO_HTTP1);

        assertThat(edge.lines(1)).containsExactly("502 ServerClosed -");
    }

    /** A client that was asked to go on sends for as long as it makes progress. */
    @ParameterizedTest
    @EnumSource(names = {"HTTP1_TO_HTTP1", "HTTP2_TO_HTTP1", "HTTP2_TO_H2C"})
    void anUploadBehindOneGoesOnForAsLongAsItProgresses(Versions versions) throws Exception {
        int parts = 10;
        edge.serve(versions, listener -> listener.requestMillis(1_500), asked -> {
            asked.interim(100, "</a>");
            if (asked.http2() != null) {
                asked.http2().answer(asked.stream());
            } else {
                asked.connection().getInputStream().readNBytes(parts);
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
            HttpClientSocket client = edge.http1Client();
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
        edge.serve(Versions.HTTP1_TO_HTTP1, listener -> listener.requestMillis(60_000), asked -> {
            asked.interim(100, "</a>");
            asked.awaitEnd();
        });
        HttpClientSocket client = edge.http1Client();
        client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(100);

        HttpMessage answer = client.send("no size\r\n").read();

        assertThat(answer).as("not closed").isNotNull();
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("SLB-Reason")).isEqualTo("InvalidChunk");
    }
}
