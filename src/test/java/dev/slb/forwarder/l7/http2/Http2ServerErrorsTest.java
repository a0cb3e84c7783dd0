package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.LeakWatch;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.Http2Socket.number;
import static dev.slb.testing.Http2Socket.status;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Servers of HTTP/2 that break the protocol: what their requests come to, and that nothing else comes to harm. */
@Sockets
class Http2ServerErrorsTest {

    private static final BackendPlan H2C = new BackendPlan(BackendPlan.Protocol.H2C, null);
    private static final BackendPlan GRPC = new BackendPlan(BackendPlan.Protocol.GRPC, null);
    private static final int PUSH_PROMISE = 5;
    private static final int CANCEL = (int) Http2Error.CANCEL.code();
    private static final int INTERNAL_ERROR = (int) Http2Error.INTERNAL_ERROR.code();
    private static final int PROTOCOL_ERROR = (int) Http2Error.PROTOCOL_ERROR.code();

    private static LeakWatch leaks;

    private HttpEdge edge;
    private final AtomicInteger connections = new AtomicInteger();

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
        edge = HttpEdge.start(TransportKind.AUTO, 1).http2();
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private interface Script {
        void run(Http2Socket server) throws Exception;
    }

    /** A server that follows a script on its first connection, and answers what comes on others. */
    private TcpServer scripted(Script script) {
        AtomicInteger own = new AtomicInteger();
        return edge.tcpServer(connection -> {
            connections.incrementAndGet();
            Http2Socket server = Http2Socket.accept(connection);
            if (own.incrementAndGet() > 1) {
                answerAll(server);
            }
            try {
                script.run(server);
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        });
    }

    private void serve(TcpServer... servers) {
        int[] ports = new int[servers.length];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = servers[i].port();
        }
        edge.forwardTo(listener -> listener.backend(H2C), ports);
    }

    private static void answerAll(Http2Socket server) throws IOException {
        while (true) {
            answer(server, server.awaitRequest());
        }
    }

    private static void answer(Http2Socket server, int stream) throws IOException {
        server.answer(stream);
        server.ok(stream, "well");
    }

    /** A request that must not be sent twice. */
    private static int post(Http2Socket client) throws IOException {
        return client.open(Http2Socket.request("POST", "/"), true);
    }

    private static void assertWell(Http2Socket client) throws IOException {
        assertThat(client.answer(post(client)).text()).isEqualTo("well");
    }

    private static void assertRefused(Http2Socket.Answer answer, Refusal why) {
        assertThat(answer.status()).isEqualTo(why.status());
        assertThat(answer.header("slb-reason")).isEqualTo(why.reason());
    }

    // Before there is a connection

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "\0\0\0\7\0\0\0\0\0", ""})
    void whatDoesNotBeginWithSettingsIsNoServer(String said) throws Exception {
        TcpServer silent = edge.tcpServer(connection -> {
            connections.incrementAndGet();
            Http2Socket server = Http2Socket.acceptSilently(connection);
            server.raw(HttpServer.raw(said));
        });
        serve(silent);
        Http2Socket client = edge.http2Client();
        int status = client.answer(post(client)).status();
        assertThat(status).isEqualTo(502);
        assertThat(connections).as("asked once, as there is no other").hasValue(1);

        serve(silent, scripted(Http2ServerErrorsTest::answerAll));
        for (int i = 0; i < 4; i++) {
            assertWell(client);
        }
    }

    // Errors that end the connection

    private enum ConnectionError {
        DATA_ON_NO_STREAM(Http2Error.PROTOCOL_ERROR, (server, stream) -> server.data(0, "x", false)),
        DATA_ON_AN_IDLE_STREAM(Http2Error.PROTOCOL_ERROR, (server, stream) -> server.data(101, "x", false)),
        FIELDS_ON_NO_STREAM(Http2Error.PROTOCOL_ERROR, (server, stream) -> server.fields(0, status(200), true)),
        FIELDS_THAT_DO_NOT_DECODE(
                Http2Error.COMPRESSION_ERROR,
                (server, stream) -> server.send(
                        Http2Socket.HEADERS, Http2Socket.END_HEADERS, stream, new byte[] {(byte) 0xff, -1})),
        CONTINUATION_OF_NOTHING(
                Http2Error.PROTOCOL_ERROR,
                (server, stream) -> server.send(
                        Http2Socket.CONTINUATION, Http2Socket.END_HEADERS, stream, server.encode(status(200)))),
        DATA_WITHIN_FIELDS(Http2Error.PROTOCOL_ERROR, (server, stream) -> {
            server.send(Http2Socket.HEADERS, 0, stream, server.encode(status(200)));
            server.data(stream, "x", true);
        }),
        FRAME_TOO_LARGE(
                Http2Error.FRAME_SIZE_ERROR,
                (server, stream) -> server.send(Http2Socket.DATA, 0, stream, new byte[20_000])),
        SETTINGS_CUT_SHORT(
                Http2Error.FRAME_SIZE_ERROR, (server, stream) -> server.send(Http2Socket.SETTINGS, 0, 0, new byte[5])),
        SETTINGS_OF_A_STREAM(
                Http2Error.PROTOCOL_ERROR,
                (server, stream) -> server.send(Http2Socket.SETTINGS, 0, stream, new byte[6])),
        PING_CUT_SHORT(
                Http2Error.FRAME_SIZE_ERROR, (server, stream) -> server.send(Http2Socket.PING, 0, 0, new byte[7])),
        WINDOW_OF_NOTHING(
                Http2Error.PROTOCOL_ERROR, (server, stream) -> server.send(Http2Socket.WINDOW_UPDATE, 0, 0, number(0))),
        WINDOW_TOO_LARGE(
                Http2Error.FLOW_CONTROL_ERROR,
                (server, stream) -> server.send(Http2Socket.WINDOW_UPDATE, 0, 0, number(Integer.MAX_VALUE))),
        A_STREAM_OF_ITS_OWN(Http2Error.PROTOCOL_ERROR, (server, stream) -> server.fields(2, status(200), false)),
        RESET_OF_AN_IDLE_STREAM(Http2Error.PROTOCOL_ERROR, (server, stream) -> server.reset(101, 0)),
        PUSH(Http2Error.PROTOCOL_ERROR, (server, stream) -> {
            byte[] fields = server.encode(Http2Socket.request("GET", "/pushed"));
            byte[] payload = new byte[4 + fields.length];
            payload[3] = 2;
            System.arraycopy(fields, 0, payload, 4, fields.length);
            server.send(PUSH_PROMISE, Http2Socket.END_HEADERS, stream, payload);
        }),
        GOAWAY_THAT_TAKES_BACK(Http2Error.PROTOCOL_ERROR, (server, stream) -> {
            server.goAway(stream, 0);
            server.goAway(stream + 2, 0);
        });

        private final Http2Error told;
        private final Breaking breaking;

        ConnectionError(Http2Error told, Breaking breaking) {
            this.told = told;
            this.breaking = breaking;
        }
    }

    private interface Breaking {
        void on(Http2Socket server, int stream) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void anErrorOfAConnectionEndsItsRequestsAndNoOthers(ConnectionError error) throws Exception {
        CompletableFuture<Integer> told = new CompletableFuture<>();
        TcpServer breaking = scripted(server -> {
            int first = server.awaitRequest();
            server.awaitRequest();
            error.breaking.on(server, first);
            told.complete(server.awaitClose());
        });
        TcpServer other = scripted(server -> {
            int first = server.awaitRequest();
            int second = server.awaitRequest();
            told.join();
            answer(server, first);
            answer(server, second);
            answerAll(server);
        });
        serve(breaking, other);
        Http2Socket client = edge.http2Client();
        List<Integer> streams = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            streams.add(post(client));
        }
        int broken = 0;
        for (int stream : streams) {
            Http2Socket.Answer answer = client.answer(stream);
            if (answer.status() == 200) {
                assertThat(answer.text()).isEqualTo("well");
            } else {
                assertThat(answer.status()).isIn(502, 503);
                broken++;
            }
        }
        assertThat(told.get(20, TimeUnit.SECONDS)).isEqualTo((int) error.told.code());
        if (error != ConnectionError.GOAWAY_THAT_TAKES_BACK) { // which has let one of them be sent again
            assertThat(broken).isEqualTo(2);
            await(() -> edge.forwarder().refusals(Refusal.SERVER_CLOSED.reason()) == 2);
        }
        for (int i = 0; i < 4; i++) {
            assertWell(client);
        }
        assertThat(connections).hasValue(3);
    }

    // Errors that end a stream

    private enum StreamError {
        NO_STATUS(false, (server, stream) -> server.fields(stream, fields("x", "y"), true)),
        NO_NUMBER_AS_STATUS(false, (server, stream) -> server.fields(stream, fields(":status", "2xx"), true)),
        A_PATH(false, (server, stream) -> server.fields(stream, status(200).path("/"), true)),
        A_NAME_IN_UPPER_CASE(
                false, (server, stream) -> server.fields(stream, status(200).add("X-Upper", "1"), true)),
        A_FIELD_OF_THE_CONNECTION(
                false, (server, stream) -> server.fields(stream, status(200).add("connection", "close"), true)),
        A_LINE_END_IN_A_VALUE(
                false, (server, stream) -> server.fields(stream, status(200).add("x", "a\r\nb: c"), true)),
        A_BLANK_BEFORE_A_VALUE(
                false, (server, stream) -> server.fields(stream, status(200).add("x", " a"), true)),
        A_TAB_BEHIND_A_VALUE(
                false, (server, stream) -> server.fields(stream, status(200).add("x", "a\t"), true)),
        A_BLANK_FOR_A_VALUE(
                false, (server, stream) -> server.fields(stream, status(200).add("x", " "), true)),
        TWO_LENGTHS(
                false,
                (server, stream) -> server.fields(
                        stream, status(200).add("content-length", "1").add("content-length", "2"), false)),
        SWITCHING_PROTOCOLS(false, (server, stream) -> server.fields(stream, status(101), false)),
        INTERIM_AND_THE_END(false, (server, stream) -> server.fields(stream, status(103), true)),
        LENGTH_WITHOUT_A_BODY(
                false, (server, stream) -> server.fields(stream, status(200).add("content-length", "5"), true)),
        BODY_BEFORE_ITS_HEAD(false, (server, stream) -> server.data(stream, "hello", true)),
        BODY_TOO_SHORT(true, (server, stream) -> {
            server.fields(stream, status(200).add("content-length", "5"), false);
            server.data(stream, "hell", true);
        }),
        BODY_TOO_LONG(true, (server, stream) -> {
            server.fields(stream, status(200).add("content-length", "5"), false);
            server.data(stream, "hello!", false);
        }),
        TRAILERS_WITHOUT_THE_END(true, (server, stream) -> {
            server.fields(stream, status(200), false);
            server.fields(stream, fields("x", "y"), false);
        }),
        A_BLANK_IN_TRAILERS(true, (server, stream) -> {
            server.fields(stream, status(200), false);
            server.fields(stream, fields("x", "y "), true);
        }),
        TRAILERS_THAT_ARE_NONE(true, (server, stream) -> {
            server.fields(stream, status(200), false);
            server.fields(stream, fields("content-length", "5"), true);
        });

        private final boolean begun;
        private final Breaking breaking;

        StreamError(boolean begun, Breaking breaking) {
            this.begun = begun;
            this.breaking = breaking;
        }
    }

    private static Http2Headers fields(String name, String value) {
        return new DefaultHttp2Headers(false).add(name, value);
    }

    @ParameterizedTest
    @EnumSource
    void anErrorOfAStreamEndsNoOther(StreamError error) throws Exception {
        CompletableFuture<Integer> reset = new CompletableFuture<>();
        serve(scripted(server -> {
            int victim = server.awaitRequest();
            int other = server.awaitRequest();
            error.breaking.on(server, victim);
            reset.complete(server.await(Http2Socket.RST_STREAM, victim).error());
            answer(server, other);
            answerAll(server);
        }));
        Http2Socket client = edge.http2Client();
        int victim = post(client);
        int other = post(client);
        Http2Socket.Answer answer = client.answer(victim);
        if (error.begun) {
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.reset).isEqualTo(INTERNAL_ERROR);
        } else {
            assertRefused(answer, Refusal.INVALID_ANSWER);
            await(() -> edge.forwarder().refusals(Refusal.INVALID_ANSWER.reason()) == 1);
        }
        assertThat(reset.get(20, TimeUnit.SECONDS)).isEqualTo(PROTOCOL_ERROR);
        assertThat(client.answer(other).text()).isEqualTo("well");
        assertWell(client);
        assertThat(connections).hasValue(1);
    }

    @Test
    void whatComesForAStreamThatIsOverIsDropped() throws Exception {
        serve(scripted(server -> {
            int stream = server.awaitRequest();
            answer(server, stream);
            server.send(Http2Socket.WINDOW_UPDATE, 0, stream, number(100));
            server.reset(stream, 0);
            int second = server.awaitRequest();
            server.await(Http2Socket.RST_STREAM, second); // by its client
            server.fields(second, status(200), false);
            server.data(second, "x".repeat(100_000), true);
            answerAll(server);
        }));
        Http2Socket client = edge.http2Client();
        assertWell(client);
        int second = post(client);
        client.reset(second, (int) Http2Error.CANCEL.code());
        assertWell(client);
        assertThat(connections).hasValue(1);
    }

    // What is no error of the protocol

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 8, 11, 12, 13, 99})
    void aStreamThatIsReset(int code) throws Exception {
        boolean cancelled = code == Http2Error.CANCEL.code();
        AtomicInteger requests = new AtomicInteger();
        serve(scripted(server -> {
            while (true) {
                int stream = server.awaitRequest();
                requests.incrementAndGet();
                String path = server.soFar(stream).head.path().toString();
                if (path.equals("/begun")) {
                    server.fields(stream, status(200), false);
                    server.data(stream, "half", false);
                }
                if (path.equals("/")) {
                    answer(server, stream);
                } else {
                    server.reset(stream, code);
                }
            }
        }));
        Http2Socket client = edge.http2Client();
        assertWell(client);
        Http2Socket.Answer refused = client.answer(client.open(Http2Socket.request("POST", "/no"), true));
        if (cancelled) {
            assertThat(refused.head).isNull();
            assertThat(refused.reset).isEqualTo(CANCEL);
        } else {
            assertRefused(refused, Refusal.SERVER_CLOSED);
        }
        assertThat(requests).hasValue(2);
        Http2Socket.Answer begun = client.answer(client.get("/begun"));
        assertThat(begun.status()).isEqualTo(200);
        assertThat(begun.reset).isEqualTo(cancelled ? CANCEL : INTERNAL_ERROR);
        assertThat(requests).hasValue(3);
        assertWell(client);
        assertThat(connections).hasValue(1);
        Refusal counted = cancelled ? Refusal.SERVER_CANCELLED : Refusal.SERVER_CLOSED;
        int times = cancelled ? 2 : 1; // what cuts an answer off has its own reason
        await(() -> edge.forwarder().refusals(counted.reason()) == times);

        // Where the method allows it, another server is asked.
        TcpServer well = scripted(Http2ServerErrorsTest::answerAll);
        TcpServer resets = edge.tcpServer(connection -> {
            Http2Socket server = Http2Socket.accept(connection);
            while (true) {
                server.reset(server.awaitRequest(), code);
            }
        });
        serve(resets, well);
        for (int i = 0; i < 4; i++) {
            assertThat(client.answer(client.get("/")).text()).isEqualTo("well");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectionThatIsClosedInTheMidstOfABody(boolean reset) throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        serve(scripted(server -> {
            int begun = server.awaitRequest();
            int unanswered = server.awaitRequest();
            server.awaitRequest(); // may be sent again
            server.fields(begun, status(200).add("content-length", "8"), false);
            server.data(begun, "half", false);
            assertThat(unanswered).isGreaterThan(begun);
            seen.await();
            if (reset) {
                server.socket().setSoLinger(true, 0);
            }
            server.close();
        }));
        Http2Socket client = edge.http2Client();
        int begun = post(client);
        int unanswered = post(client);
        int again = client.get("/");
        client.await(Http2Socket.DATA, begun);
        seen.countDown();
        assertThat(client.answer(begun).reset).isEqualTo(INTERNAL_ERROR);
        assertThat(client.answer(begun).text()).isEqualTo("half");
        assertRefused(client.answer(unanswered), Refusal.SERVER_CLOSED);
        assertThat(client.answer(again).text()).isEqualTo("well");
        assertWell(client);
        assertThat(connections).hasValue(2);
        await(() -> edge.forwarder().refusals(Refusal.SERVER_CLOSED.reason()) == 1);
    }

    @Test
    void aClientOfHttp1IsRefusedWhatTheServerCancels() throws Exception {
        serve(scripted(server -> server.reset(server.awaitRequest(), CANCEL)));
        int port = Loopback.freePort();
        edge.forwarder()
                .serve(ListenerPlanBuilder.http("clear", port).backend(H2C).build());
        HttpClientSocket client = edge.closing(HttpClientSocket.connect(port));

        HttpMessage answer = client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n")
                .read();

        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.header("SLB-Reason")).isEqualTo(Refusal.SERVER_CANCELLED.reason());
    }

    @Test
    void aClientOfHttp1SeesThatItsAnswerBreaksOff() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        serve(scripted(server -> {
            int stream = server.awaitRequest();
            server.fields(stream, status(200), false);
            server.data(stream, "half", false);
            seen.await();
            server.close();
        }));
        int port = Loopback.freePort();
        edge.forwarder()
                .serve(ListenerPlanBuilder.http("clear", port).backend(H2C).build());
        HttpClientSocket client = edge.closing(HttpClientSocket.connect(port));
        client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
        HttpMessage head = client.readHead();
        assertThat(head.header("Transfer-Encoding")).isEqualTo("chunked");
        String half = "4\r\nhalf\r\n";
        assertThat(new String(client.in().readNBytes(half.length()))).isEqualTo(half);
        seen.countDown();
        assertThat(client.isEnded()).as("without a last chunk").isTrue();
    }

    @Test
    void aGoawayInTheMidstOfAnAnswerLetsItEnd() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        serve(scripted(server -> {
            int stream = server.awaitRequest();
            server.fields(stream, status(200), false);
            server.data(stream, "half", false);
            server.goAway(stream, INTERNAL_ERROR);
            seen.await();
            server.data(stream, " and half", true);
            server.awaitClose();
        }));
        Http2Socket client = edge.http2Client();
        int stream = post(client);
        client.await(Http2Socket.DATA, stream);
        int next = post(client);
        assertThat(client.answer(next).text()).isEqualTo("well");
        seen.countDown();
        assertThat(client.answer(stream).text()).isEqualTo("half and half");
        assertThat(connections).hasValue(2);
    }

    // In checks

    @Test
    void aServerThatGoesAwayBeforeACallFailsItsCheck() {
        TcpServer server = edge.tcpServer(connection -> {
            Http2Socket http2 = Http2Socket.accept(connection);
            http2.awaitRequest();
            http2.goAway(0, 0);
            connection.getInputStream().transferTo(OutputStream.nullOutputStream());
        });
        edge.forwardTo(
                listener -> listener.backend(GRPC)
                        .check(HealthCheckPlanBuilder.grpc(20, 60_000)
                                .backend(GRPC)
                                .build()),
                server.port());

        edge.forwarder()
                .awaitHealth(
                        DocumentId.vServerGroup("shop", "web"),
                        GroupPlanBuilder.id("web0", server.port()),
                        Health.ABNORMAL);
    }
}
