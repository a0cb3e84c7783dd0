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
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a proxy takes from servers though they should not send it (RFC 9112, sections 5.1, 6.3 and 7.1.1), and how it goes on. */
@Sockets
class OddAnswersTest {

    private static final String GET = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";
    private static final String HEAD = "HEAD / HTTP/1.1\r\nHost: test\r\n\r\n";
    private static final String OLD_GET = "GET / HTTP/1.0\r\nHost: test\r\n\r\n";

    private static LeakWatch leaks;

    private HttpEdge edge;

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

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO, 1);
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    /** Sends this to every request, whatever it is. */
    private TcpServer answering(String answer) {
        return edge.tcpServer(connection -> {
            while (HttpMessage.read(connection.getInputStream(), true, true) != null) {
                connection.getOutputStream().write(HttpServer.raw(answer));
            }
        });
    }

    private TcpServer forwardTo(String answer) {
        TcpServer server = answering(answer);
        edge.forwardTo(server.port());
        return server;
    }

    /** In as many pieces as there can be. */
    private static void writePiecemeal(Socket connection, String text) throws IOException {
        for (byte each : HttpServer.raw(text)) {
            connection.getOutputStream().write(each);
        }
    }

    private static String unescape(String text) {
        return text.replace("\\r\\n", "\r\n").replace("\\t", "\t");
    }

    private static void assertUnframed(HttpMessage answer, int status) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("Content-Length")).isNull();
        assertThat(answer.header("Transfer-Encoding")).isNull();
        assertThat(answer.header("X")).as("the rest of the head").isEqualTo("y");
    }

    private static final String[] TWO_WAYS = {
        "Content-Length: five\\r\\n",
        "Content-Length: 1\\r\\nContent-Length: 2\\r\\n",
        "Transfer-Encoding: chunked\\r\\n",
        "Transfer-Encoding: gzip\\r\\n",
        "Content-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n",
    };

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1, Content-Length: 5\\r\\n",
        "HTTP/1.1, Content-Length: five\\r\\n",
        "HTTP/1.1, Content-Length: 1\\r\\nContent-Length: 2\\r\\n",
        "HTTP/1.1, Transfer-Encoding: chunked\\r\\n",
        "HTTP/1.1, Transfer-Encoding: gzip\\r\\n",
        "HTTP/1.1, Content-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n",
        "HTTP/1.0, Connection: keep-alive\\r\\nContent-Length: 5\\r\\n",
        "HTTP/1.0, Connection: keep-alive\\r\\nTransfer-Encoding: chunked\\r\\n",
    })
    void a204EndsAfterItsHeadWhateverLengthItNamesAndItsConnectionIsNotUsedAgain(String version, String framing)
            throws Exception {
        TcpServer server = forwardTo(version + " 204 No Content\r\n" + unescape(framing) + "X: y\r\n\r\n");
        HttpClientSocket client = edge.client();

        assertUnframed(client.send(GET).read(), 204);
        assertUnframed(client.send(GET).read(), 204);
        assertUnframed(client.send(HEAD).readHead(), 204);
        assertThat(server.accepted()).as("one for each").isEqualTo(3);

        HttpMessage old = edge.client().send(OLD_GET).read();
        assertUnframed(old, 204);
    }

    @Test
    void nothingOfWhatFollowsA204ReachesAnybody() throws Exception {
        forwardTo("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nX: y\r\n\r\nHTTP/1.1 200 Evil\r\n\r\n");
        HttpClientSocket client = edge.client();

        assertUnframed(client.send(GET).read(), 204);
        assertUnframed(client.send(GET).read(), 204);
    }

    @Test
    void aLengthOf0DoesNoHarmToA204() throws Exception {
        TcpServer server = forwardTo("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nX: y\r\n\r\n");
        HttpClientSocket client = edge.client();

        assertUnframed(client.send(GET).read(), 204);
        assertUnframed(client.send(GET).read(), 204);
        assertThat(server.accepted()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 5\\r\\n", "Transfer-Encoding: chunked\\r\\n"})
    void anInterimAnswerEndsAfterItsHeadWhateverLengthItNames(String framing) throws Exception {
        TcpServer server = forwardTo("HTTP/1.1 103 Early Hints\r\n" + unescape(framing) + "X: y\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        HttpClientSocket client = edge.client();

        for (int i = 1; i <= 2; i++) {
            assertUnframed(client.send(GET).read(), 103);
            assertThat(client.read().text()).isEqualTo("ok");
            assertThat(server.accepted()).isEqualTo(i);
        }
        assertThat(edge.client().send(OLD_GET).read().text()).isEqualTo("ok");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 5", "Transfer-Encoding: chunked"})
    void a304TellsOfWhatThereWouldBe(String framing) throws Exception {
        TcpServer server = forwardTo("HTTP/1.1 304 Not Modified\r\n" + framing + "\r\nX: y\r\n\r\n");
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 2; i++) {
            HttpMessage answer = client.send(GET).read();
            assertThat(answer.status()).isEqualTo(304);
            assertThat(answer.headerLines()).contains(framing);
        }
        assertThat(server.accepted()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 304 Not Modified, GET / HTTP/1.1",
        "HTTP/1.1 200 OK, HEAD / HTTP/1.1",
        "HTTP/1.0 304 Not Modified, GET / HTTP/1.1",
        "HTTP/1.0 200 OK, HEAD / HTTP/1.1",
        "HTTP/1.1 304 Not Modified, GET / HTTP/1.0",
        "HTTP/1.1 200 OK, HEAD / HTTP/1.0",
    })
    void whatHasNoBodyInAnyCaseMayBeSaidToHaveOneInTwoWays(String statusLine, String requestLine) throws Exception {
        for (String framing : TWO_WAYS) {
            TcpServer server = forwardTo(statusLine + "\r\n" + unescape(framing) + "X: y\r\n\r\n");
            HttpMessage answer =
                    edge.client().send(requestLine + "\r\nHost: test\r\n\r\n").readHead();

            assertThat(answer.status()).as(framing).isEqualTo(statusLine.contains("304") ? 304 : 200);
            assertThat(answer.header("X")).isEqualTo("y");
            assertThat(answer.headers("Content-Length"))
                    .as("no two lengths, and none that is no number")
                    .doesNotContain("1", "2", "five");
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'HTTP/1.1 200 OK\\r\\nContent-Length : 2\\r\\nX : y\\r\\n\\r\\nok', blanks before a colon",
        "'HTTP/1.1 200 OK\\r\\nTransfer-Encoding\\t : chunked\\r\\nX\\t: y\\r\\n\\r\\n2\\r\\nok\\r\\n0\\r\\n\\r\\n', of what frames",
        "'HTTP/1.1 200 OK\\r\\nX:\\r\\n y\\r\\nContent-Length: 2\\r\\n\\r\\nok', folding",
        "'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nX: y\\r\\nContent-Length: 2\\r\\n\\r\\nok', a length twice",
        "'HTTP/1.1 200 OK\\r\\nContent-Length: 2 , 2\\r\\nX: y\\r\\n\\r\\nok', and in a list",
        "'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: identity\\r\\nX: y\\r\\n\\r\\nok', no coding",
        "'HTTP/1.2 200 OK\\r\\nContent-Length: 2\\r\\nX: y\\r\\n\\r\\nok', a version that is compatible",
        "'\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nX: y\\r\\n\\r\\nok', empty lines",
        "'HTTP/1.1 200\\r\\nContent-Length: 2\\r\\nX: y\\r\\n\\r\\nok', no reason",
    })
    void whatHasOneMeaningOnlyIsBroughtIntoItsForm(String answer, String what) throws Exception {
        edge.forwardTo(edge.tcpServer(connection -> {
                    HttpMessage.read(connection.getInputStream(), true, true);
                    writePiecemeal(connection, unescape(answer));
                })
                .port());

        HttpMessage taken = edge.client().send(GET).read();

        assertThat(taken.startLine()).as(what).startsWith("HTTP/1.1 200");
        assertThat(taken.header("X")).isEqualTo("y");
        assertThat(taken.text()).isEqualTo("ok");
        assertThat(taken.headers("Content-Length").size()
                        + taken.headers("Transfer-Encoding").size())
                .as("%s: %s", what, taken.headerLines())
                .isLessThanOrEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok",
                "HTTP/1.1 200 OK\r\nContent-Length: 2,\r\n\r\nok",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n 2\r\n\r\nok",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: identity\r\n\r\nok",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\n X: y\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.1 200 OK\r\nX y: z\r\nContent-Length: 2\r\n\r\nok",
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 0\r\n",
                "HTTP/1.1 204 No Content\nContent-Length: 2\n\n",
                "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
            })
    void whatHasSeveralMeaningsIsRefused(String answer) throws Exception {
        forwardTo(answer);

        HttpMessage refused = edge.client().send(GET).read();

        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.header("SLB-Reason")).isEqualTo("InvalidAnswer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2 ;ext=1", "2\t;ext = 1", "2  ", "2", "02 "})
    void blanksAfterTheSizeOfAChunkStayHere(String size) throws Exception {
        TcpServer server = forwardTo(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + size + "\r\nok\r\n0 \r\nA : b\r\n\r\n");
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 2; i++) {
            client.send(GET);
            assertThat(client.readHead().status()).isEqualTo(200);
            String body = size.replaceFirst("[ \t]+(?=;|$)", "") + "\r\nok\r\n0\r\nA: b\r\n\r\n";
            assertThat(new String(client.in().readNBytes(body.length()), StandardCharsets.ISO_8859_1))
                    .isEqualTo(body);
        }
        assertThat(server.accepted()).isEqualTo(1);
    }

    @Test
    void ofRequestsOnlyWhatTheGrammarAllows() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok(request.text()));
        edge.forwardTo(server.port());
        String head = "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
        HttpClientSocket client = edge.client();

        assertThat(client.send(head + "2 ;ext\r\nok\r\n0\t ;x\r\n\r\n").read().text())
                .isEqualTo("ok");
        for (String bad :
                new String[] {"2 \r\nok\r\n0\r\n\r\n", "1 0\r\n", " 2\r\n", "2\r\nok\r\n0\r\nA : b\r\n\r\n"}) {
            HttpMessage refused = edge.client().send(head + bad).read();
            assertThat(refused.status()).as(bad).isEqualTo(400);
            assertThat(refused.header("SLB-Reason")).isEqualTo("InvalidChunk");
        }
    }

    /** That a server answers in chunks whoever asks is no reason to refuse it: a client of HTTP/1.0 reads to the end. */
    @Test
    void aClientOfAnOldVersionGetsWhatIsInTheChunks() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            while (HttpMessage.read(connection.getInputStream(), true, true) != null) {
                writePiecemeal(
                        connection,
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n"
                                + "2\r\nab\r\n1 ;e\r\nc\r\n1\r\nd\r\n0\r\nA: b\r\n\r\n");
            }
        });
        edge.forwardTo(server.port());

        for (int i = 0; i < 2; i++) {
            HttpMessage answer = edge.client()
                    .send("GET / HTTP/1.0\r\nHost: test\r\nConnection: keep-alive\r\n\r\n")
                    .read();
            assertUnframed(answer, 200);
            assertThat(answer.text()).isEqualTo("abcd");
        }
        assertThat(server.accepted()).as("its connection is good").isEqualTo(1);
    }

    @Test
    void aClientOfAnOldVersionSeesThatChunksAreMissing() throws Exception {
        edge.forwardTo(edge.tcpServer(connection -> {
                    HttpMessage.read(connection.getInputStream(), true, true);
                    connection
                            .getOutputStream()
                            .write(HttpServer.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"));
                })
                .port());
        HttpClientSocket client = edge.client().send(OLD_GET);

        assertThat(client.readHead().status()).isEqualTo(200);
        assertThatThrownBy(() -> client.in().readAllBytes())
                .as("reset, since the end of the connection would be the end of the answer")
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @EnumSource
    void whateverBothSidesSpeak(Versions versions) throws Exception {
        try (VersionsEdge all = VersionsEdge.start(folder)) {
            all.serve(versions, listener -> {}, asked -> {
                if (versions.isHttp2Server()) {
                    Http2Headers interim = Http2Socket.status(103);
                    asked.http2().fields(asked.stream(), interim.add("content-length", "5"), false);
                    Http2Headers answer = Http2Socket.status(204);
                    asked.http2().fields(asked.stream(), answer.add("content-length", "5"), true);
                } else {
                    asked.raw("HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n");
                    asked.raw("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n");
                }
                asked.awaitEnd();
            });
            if (versions.http2Client) {
                Http2Socket client = all.http2Client();
                Http2Socket.Answer answer = client.answer(client.get("/"));
                assertThat(answer.interim).hasSize(1);
                assertThat(answer.status()).isEqualTo(204);
                assertThat(answer.header("content-length")).isNull();
            } else {
                HttpClientSocket client = all.http1Client().send(GET);
                assertThat(client.read().status()).isEqualTo(103);
                HttpMessage answer = client.read();
                assertThat(answer.status()).isEqualTo(204);
                assertThat(answer.header("Content-Length")).isNull();
            }
        }
    }
}
