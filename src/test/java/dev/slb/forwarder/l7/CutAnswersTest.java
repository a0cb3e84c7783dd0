package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.VersionsEdge.Asked;
import dev.slb.forwarder.l7.VersionsEdge.Versions;
import dev.slb.plan.DocumentId;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.LeakWatch;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import io.netty.handler.codec.http2.Http2Error;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

import static org.assertj.core.api.Assertions.assertThat;

/** An answer that is cut off midway has a status that says nothing of it: its reason does, in the log and in what is counted. */
@Sockets
class CutAnswersTest {

    private static final String BY_SERVER = "AnswerCutByServer";
    private static final String BY_CLIENT = "AnswerCutByClient";
    private static final int CANCEL = (int) Http2Error.CANCEL.code();

    private static LeakWatch leaks;

    @TempDir
    private Path folder;

    private VersionsEdge edge;
    private final CountDownLatch seen = new CountDownLatch(1);

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

    private void awaitSeen() throws IOException {
        try {
            seen.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private void assertCounted(String line, String reason) {
        assertThat(edge.lines(1)).containsExactly(line);
        assertThat(edge.forwarder().refusals(reason)).isEqualTo(1);
    }

    /** A client with an answer of which three bytes are here. */
    private interface Begun {
        void goAway() throws IOException;

        void assertBroken() throws IOException;
    }

    private Begun begun(Versions versions, String request) throws IOException {
        if (versions.http2Client) {
            Http2Socket client = edge.http2Client();
            int stream = client.get("/");
            client.await(Http2Socket.DATA, stream);
            return new Begun() {
                @Override
                public void goAway() throws IOException {
                    client.reset(stream, CANCEL);
                }

                @Override
                public void assertBroken() throws IOException {
                    while (client.soFar(stream).reset == -1 && client.read() != null) {
                        assertThat(client.soFar(stream).ended).isFalse();
                    }
                }
            };
        }
        HttpClientSocket client = edge.http1Client();
        client.send(request);
        assertThat(client.readHead().status()).isEqualTo(200);
        client.in().readNBytes(3);
        return new Begun() {
            @Override
            public void goAway() throws IOException {
                client.socket().setSoLinger(true, 0); // else it might still read
                client.close();
            }

            @Override
            public void assertBroken() throws IOException {
                client.readToEnd();
            }
        };
    }

    private Begun begun(Versions versions) throws IOException {
        return begun(versions, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    @ParameterizedTest
    @EnumSource
    void byItsServer(Versions versions) throws Exception {
        edge.serve(versions, listener -> {}, asked -> {
            asked.begin();
            awaitSeen();
        });
        Begun client = begun(versions);
        seen.countDown();
        client.assertBroken();

        assertCounted("200 AnswerCutByServer 200", BY_SERVER);
        assertThat(edge.forwarder().refusals("ServerClosed"))
                .as("that is without an answer")
                .isZero();
    }

    @ParameterizedTest
    @EnumSource
    void byItsClient(Versions versions) throws Exception {
        edge.serve(versions, listener -> {}, asked -> {
            asked.begin();
            asked.awaitEnd();
        });
        begun(versions).goAway();

        assertCounted("200 AnswerCutByClient 200", BY_CLIENT);
    }

    private enum Framing {
        LENGTH("Content-Length: 100\r\n\r\nabc"),
        CHUNKS("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
        /** Which ends as it should unless it is reset. */
        END_OF_THE_CONNECTION("\r\nabc");

        private final String answer;

        Framing(String answer) {
            this.answer = "HTTP/1.1 200 OK\r\n" + answer;
        }

        private void cut(Asked asked) throws IOException {
            asked.connection().setSoLinger(true, 0);
            asked.connection().close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void byAServerWhateverItsFraming(Framing framing) throws Exception {
        edge.serve(Versions.HTTP2_TO_HTTP1, listener -> {}, asked -> {
            asked.raw(framing.answer);
            awaitSeen();
            framing.cut(asked);
        });
        Begun client = begun(Versions.HTTP2_TO_HTTP1);
        seen.countDown();
        client.assertBroken();

        assertCounted("200 AnswerCutByServer 200", BY_SERVER);
    }

    @Test
    void byAServerOfAClientOfHttp10() throws Exception {
        edge.serve(Versions.HTTP1_TO_HTTP1, listener -> {}, asked -> {
            asked.begin();
            awaitSeen();
        });
        Begun client = begun(Versions.HTTP1_TO_HTTP1, "GET / HTTP/1.0\r\nHost: a\r\n\r\n");
        seen.countDown();
        client.assertBroken();

        assertCounted("200 AnswerCutByServer 200", BY_SERVER);
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP1_TO_HTTP1", "HTTP2_TO_HTTP1"})
    void aServerWhoseAnswerTurnsMalformedIsCounted(Versions versions) throws Exception {
        edge.serve(versions, listener -> {}, asked -> {
            asked.raw(Framing.CHUNKS.answer);
            awaitSeen();
            asked.raw("no size\r\n");
            asked.awaitEnd();
        });
        Begun client = begun(versions);
        seen.countDown();
        client.assertBroken();

        assertCounted("200 InvalidAnswer 200", "InvalidAnswer");
    }

    @ParameterizedTest
    @EnumSource(names = {"HTTP1_TO_GRPC", "HTTP2_TO_GRPC"})
    void aServerThatCancelsItsAnswerIsCounted(Versions versions) throws Exception {
        edge.serve(versions, listener -> {}, asked -> {
            asked.begin();
            awaitSeen();
            asked.http2().reset(asked.stream(), CANCEL);
            asked.awaitEnd();
        });
        Begun client = begun(versions);
        seen.countDown();
        client.assertBroken();

        assertCounted("200 ServerCancelled 200", "ServerCancelled");
    }

    @Test
    void aRequestThatTurnsMalformedBehindItsAnswerIsCounted() throws Exception {
        edge.serve(Versions.HTTP1_TO_HTTP1, listener -> {}, asked -> {
            asked.begin();
            asked.awaitEnd();
        });
        HttpClientSocket client = edge.http1Client();
        client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        assertThat(client.readHead().status()).isEqualTo(200);
        client.send("no size\r\n").readToEnd();

        assertCounted("200 InvalidChunk 200", "InvalidChunk");
    }

    /** That is neither the client's doing nor the server's. */
    @ParameterizedTest
    @EnumSource(names = {"HTTP1_TO_HTTP1", "HTTP2_TO_HTTP1"})
    void whatAWithdrawnListenerEndsIsCounted(Versions versions) throws Exception {
        edge.serve(versions, listener -> listener.drain(100, true), asked -> {
            asked.begin();
            asked.awaitEnd();
        });
        Begun client = begun(versions);
        edge.forwarder().withdraw(DocumentId.listener("shop", versions.http2Client ? "web" : "clear"));
        client.assertBroken();

        assertCounted("200 Draining 200", "Draining");
    }

    /** Its end would be that of the connection: by a FIN the client would take what it has for everything. */
    @Test
    void anAnswerWithoutALengthThatADrainEndsDoesNotLookWhole() throws Exception {
        edge.serve(Versions.HTTP1_TO_HTTP1, listener -> listener.drain(100, true), asked -> {
            asked.raw("HTTP/1.1 200 OK\r\n\r\nabc");
            asked.awaitEnd();
        });
        HttpClientSocket client = edge.http1Client();
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        client.readHead();
        client.in().readNBytes(3);
        edge.forwarder().withdraw(DocumentId.listener("shop", "clear"));

        Loopback.assertReset(client.socket());
        assertCounted("200 Draining 200", "Draining");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 3\r\n\r\nabc", "Connection: close\r\n\r\nabc"})
    void aWholeAnswerIsNot(String answer) throws Exception {
        edge.serve(Versions.HTTP1_TO_HTTP1, listener -> {}, asked -> asked.raw("HTTP/1.1 200 OK\r\n" + answer));
        HttpMessage got = edge.http1Client().get("/");

        assertThat(got.text()).isEqualTo("abc");
        assertThat(edge.lines(1)).containsExactly("200 - 200");
        assertThat(edge.forwarder().refusals(BY_SERVER)).isZero();
        assertThat(edge.forwarder().refusals(BY_CLIENT)).isZero();
    }
}
