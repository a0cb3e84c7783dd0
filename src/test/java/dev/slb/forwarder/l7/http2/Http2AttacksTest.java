package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import static dev.slb.testing.Http2Socket.request;
import static dev.slb.testing.Http2Socket.setting;
import static dev.slb.testing.Patience.pause;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Clients that mean harm: each is told why it is closed, and counted; memory stays bounded; a client of another listener loses no request. */
@Sockets
class Http2AttacksTest {

    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final long ALLOWED_MEMORY = 32L * 1024 * 1024;
    private static final int CALM = (int) Http2Error.ENHANCE_YOUR_CALM.code();

    private HttpEdge edge;
    private HttpServer server;
    private long memoryBefore;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final CountDownLatch over = new CountDownLatch(1);
    private CompletableFuture<Integer> other;

    @BeforeEach
    void start() {
        edge = HttpEdge.http2(TransportKind.AUTO);
        server = edge.server(request -> {
            if (request.target().equals("/never")) {
                try {
                    over.await();
                } catch (InterruptedException e) {
                    return null;
                }
            }
            return HttpServer.ok(
                    switch (request.target()) {
                        case "/big" -> "x".repeat(1_000_000);
                        case "/huge" -> "x".repeat(16 << 20);
                        default -> "fine";
                    });
        });
        edge.forwardTo(server.port());
        int otherPort = Loopback.freePort();
        edge.forwarder().serve(ListenerPlanBuilder.http("other", otherPort).build());
        memoryBefore = memory();
        other = CompletableFuture.supplyAsync(() -> {
            try (HttpClientSocket client = HttpClientSocket.connect(otherPort)) {
                int answers = 0;
                do { // once at least, however short the attack is
                    assertThat(client.get("/").text()).isEqualTo("fine");
                    answers++;
                } while (!stopped.get());
                return answers;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    @AfterEach
    void stop() throws Exception {
        long grown = memory() - memoryBefore;
        stopped.set(true);
        try {
            assertThat(other.get(20, TimeUnit.SECONDS)).isPositive();
            assertThat(grown).as("direct memory more than before").isLessThan(ALLOWED_MEMORY);
        } finally {
            over.countDown();
            edge.close();
        }
    }

    private static long memory() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }

    private void awaitRefusals(String reason, long atLeast) {
        await(() -> {
            assertThat(edge.forwarder().forwarder().stats().refusals())
                    .satisfies(refusals ->
                            assertThat(refusals.getOrDefault(reason, 0L)).isGreaterThanOrEqualTo(atLeast));
            return true;
        });
    }

    /** Sends again and again until the connection does not take it any more. */
    private static void flood(Http2Socket client, int times, Sending sending) {
        try {
            for (int i = 0; i < times; i++) {
                sending.send(i);
            }
        } catch (IOException e) {
            // closed meanwhile
        }
    }

    private interface Sending {
        void send(int n) throws IOException;
    }

    @Test
    void rapidReset() throws Exception {
        Http2Socket client = edge.http2Client();
        flood(client, 1000, n -> client.reset(client.get("/never"), (int) Http2Error.CANCEL.code()));
        assertThat(client.awaitClose()).isIn(CALM, -1);
        awaitRefusals(FloodGuard.RAPID_RESET, 1);
    }

    @Test
    void resettingABrowsersWorthOfRequestsIsNoAttack() throws Exception {
        Http2Socket client = edge.http2Client();
        for (int i = 0; i < 100; i++) {
            client.reset(client.get("/never"), (int) Http2Error.CANCEL.code());
        }
        assertThat(client.answer(client.get("/")).text()).isEqualTo("fine");
    }

    /** What a client may send so that we reset its stream (CVE-2025-8671). */
    private enum Provocation {
        WINDOW_UPDATE_OF_ZERO {
            @Override
            int send(Http2Socket client) throws IOException {
                int stream = client.get("/never");
                client.send(Http2Socket.WINDOW_UPDATE, 0, stream, Http2Socket.number(0));
                return stream;
            }
        },
        WINDOW_BEYOND_ALL_BOUNDS {
            @Override
            int send(Http2Socket client) throws IOException {
                int stream = client.get("/never");
                client.send(Http2Socket.WINDOW_UPDATE, 0, stream, Http2Socket.number(Integer.MAX_VALUE));
                return stream;
            }
        },
        DATA_AFTER_THE_END {
            @Override
            int send(Http2Socket client) throws IOException {
                int stream = client.get("/never");
                client.data(stream, "x", true);
                return stream;
            }
        },
        FIELDS_AFTER_THE_END {
            @Override
            int send(Http2Socket client) throws IOException {
                int stream = client.get("/never");
                client.fields(stream, new DefaultHttp2Headers().add("x", "y"), true);
                return stream;
            }
        },
        PRIORITY_ON_ITSELF {
            @Override
            int send(Http2Socket client) throws IOException {
                int stream = client.get("/never");
                byte[] dependencyAndWeight = Arrays.copyOf(Http2Socket.number(stream), PRIORITY_BYTES);
                client.send(Http2Socket.PRIORITY, 0, stream, dependencyAndWeight);
                return stream;
            }
        },
        PRIORITY_OF_ANOTHER_LENGTH {
            @Override
            int send(Http2Socket client) throws IOException {
                int stream = client.get("/never");
                client.send(Http2Socket.PRIORITY, 0, stream, new byte[PRIORITY_BYTES - 1]);
                return stream;
            }
        },
        HEAD_OF_A_CONNECTION {
            @Override
            int send(Http2Socket client) throws IOException {
                return client.open(request("GET", "/never").add("connection", "close"), true);
            }
        },
        HEAD_OF_TWO_HOSTS {
            @Override
            int send(Http2Socket client) throws IOException {
                return client.open(request("GET", "/never").add("host", "other"), true);
            }
        },
        TRAILERS_THAT_ROUTE {
            @Override
            int send(Http2Socket client) throws IOException {
                int stream = client.open(request("POST", "/never"), false);
                client.fields(stream, new DefaultHttp2Headers().add("host", "other"), true);
                return stream;
            }
        },
        TRAILERS_BEYOND_THEIR_LIMIT {
            @Override
            int send(Http2Socket client) throws IOException {
                int stream = client.open(request("POST", "/never"), false);
                client.fields(stream, large(new DefaultHttp2Headers()), true);
                return stream;
            }
        },
        BODY_OF_ANOTHER_LENGTH {
            @Override
            int send(Http2Socket client) throws IOException {
                int stream = client.open(request("POST", "/never").add("content-length", "1"), false);
                client.data(stream, "xx", true);
                return stream;
            }
        };

        private static final int PRIORITY_BYTES = 5;

        /** @return the stream */
        abstract int send(Http2Socket client) throws IOException;
    }

    /** Few bytes, as the same field comes again and again, but more fields than a head may have. */
    private static Http2Headers large(Http2Headers headers) {
        for (int i = 0; i < 20; i++) {
            headers.add("x", "y".repeat(3000));
        }
        return headers;
    }

    /** Each waits for its reset, or those that come at once would be too many at once. */
    @ParameterizedTest
    @EnumSource
    void rapidResetByUs(Provocation provocation) throws Exception {
        Http2Socket client = edge.http2Client();
        flood(client, 1000, n -> client.answer(provocation.send(client)));
        assertThat(client.awaitClose()).isIn(CALM, -1);
        awaitRefusals(FloodGuard.RAPID_RESET, 1);
        assertThat(edge.forwarder().refusals(FloodGuard.RAPID_RESET)).isEqualTo(1);
        assertThat(server.requests())
                .filteredOn(request -> request.target().equals("/never"))
                .as("twice as many if the seconds that are looked at end in between")
                .hasSizeLessThanOrEqualTo(2 * (FloodGuard.MAX_RESETS + 1));
    }

    @Test
    void aFewFaultsAreNoAttack() throws Exception {
        Http2Socket client = edge.http2Client();
        for (Provocation each : Provocation.values()) {
            client.answer(each.send(client));
        }
        assertThat(client.answer(client.get("/")).text()).isEqualTo("fine");
    }

    @Test
    void moreRequestsAtOnceThanAreTakenAreNoAttack() throws Exception {
        Http2Socket client = edge.http2Client();
        int first = client.get("/never");
        int last = first;
        for (int i = 1; i < Http2Codec.MAX_STREAMS + 2 * FloodGuard.MAX_RESETS; i++) {
            last = client.get("/never");
        }
        assertThat(client.answer(last).reset).isEqualTo((int) Http2Error.REFUSED_STREAM.code());
        client.reset(first, (int) Http2Error.CANCEL.code());
        assertThat(client.answer(client.get("/")).text()).isEqualTo("fine");
    }

    @Test
    void headsThatAreAnswered431AreNoAttack() throws Exception {
        Http2Socket client = edge.http2Client();
        for (int i = 0; i < 2 * FloodGuard.MAX_RESETS; i++) {
            assertThat(client.answer(client.open(large(request("GET", "/")), true))
                            .status())
                    .isEqualTo(431);
        }
        assertThat(client.answer(client.get("/")).text()).isEqualTo("fine");
    }

    @Test
    void continuationFlood() throws Exception {
        Http2Socket client = edge.http2Client();
        client.send(Http2Socket.HEADERS, 0, 1, client.encode(request("GET", "/")));
        flood(client, 10_000, n -> client.send(Http2Socket.CONTINUATION, 0, 1, new byte[0]));
        assertThat(client.awaitClose()).isIn(CALM, -1);
        awaitRefusals(Http2ClientConnection.CONTINUATION_FLOOD, 1);
    }

    @Test
    void largeContinuationsEndWhereFieldsMayNotGrow() throws Exception {
        Http2Socket client = edge.http2Client();
        client.send(Http2Socket.HEADERS, 0, 1, client.encode(request("GET", "/")));
        byte[] fields = client.encode(new DefaultHttp2Headers().add("x", "y".repeat(15_000)));
        flood(client, 1000, n -> client.send(Http2Socket.CONTINUATION, 0, 1, fields));
        client.awaitClose();
        awaitRefusals(Http2ClientConnection.PROTOCOL_ERROR, 1);
    }

    @Test
    void pingFloodByWhoReadsNothing() throws Exception {
        Http2Socket client = edge.http2Client();
        flood(client, 500_000, n -> client.send(Http2Socket.PING, 0, 0, new byte[8]));
        client.awaitClose();
        awaitRefusals(FloodGuard.FRAME_FLOOD, 1);
    }

    @Test
    void settingsFlood() throws Exception {
        Http2Socket client = edge.http2Client();
        flood(client, 100_000, n -> client.send(Http2Socket.SETTINGS, 0, 0, setting(INITIAL_WINDOW_SIZE, n)));
        assertThat(client.awaitClose()).isIn(CALM, -1);
        awaitRefusals(FloodGuard.FRAME_FLOOD, 1);
    }

    @Test
    void emptyDataFlood() throws Exception {
        Http2Socket client = edge.http2Client();
        int stream = client.open(request("POST", "/"), false);
        flood(client, 100_000, n -> client.send(Http2Socket.DATA, 0, stream, new byte[0]));
        assertThat(client.awaitClose()).isIn(CALM, -1);
        awaitRefusals(FloodGuard.FRAME_FLOOD, 1);
    }

    @Test
    void fieldsThatComeSlowly() throws Exception {
        edge.serve(listener -> listener.idleMillis(1_000));
        Http2Socket client = edge.http2Client();
        client.send(Http2Socket.HEADERS, 0, 1, client.encode(request("GET", "/")));
        assertThat(client.awaitClose()).isEqualTo(CALM);
        // In one frame, byte by byte.
        Http2Socket slower = edge.http2Client();
        byte[] fields = slower.encode(request("GET", "/slowly"));
        byte[] start = new byte[] {0, 0, (byte) fields.length, 1, 5, 0, 0, 0, 1, fields[0]};
        for (byte each : start) {
            slower.socket().getOutputStream().write(each);
        }
        assertThat(slower.awaitClose()).isEqualTo(CALM);
        awaitRefusals(Refusal.SLOW_HEAD.reason(), 2);
    }

    @Test
    void fieldsThatAreTooManyAreAnswered431() throws Exception {
        Http2Socket client = edge.http2Client();
        Http2Headers many = request("GET", "/");
        for (int i = 0; i < 40; i++) {
            many.add("x" + i, "y".repeat(1000));
        }
        byte[] fields = client.encode(many);
        client.send(Http2Socket.HEADERS, Http2Socket.END_STREAM, 1, Arrays.copyOf(fields, 16_000));
        for (int at = 16_000; at < fields.length; at += 16_000) {
            boolean last = at + 16_000 >= fields.length;
            client.send(
                    Http2Socket.CONTINUATION,
                    last ? Http2Socket.END_HEADERS : 0,
                    1,
                    Arrays.copyOfRange(fields, at, Math.min(fields.length, at + 16_000)));
        }
        Http2Socket.Answer answer = client.answer(1);
        assertThat(answer.status()).isEqualTo(431);
        assertThat(answer.header("slb-reason")).isEqualTo("HeadTooLarge");
        awaitRefusals("HeadTooLarge", 1);
    }

    @Test
    void aSlowReaderOfEverything() throws Exception {
        edge.serve(listener -> listener.requestMillis(4_000));
        Http2Socket client = edge.closing(Http2Socket.connect(edge.port(), setting(INITIAL_WINDOW_SIZE, 0)));
        for (int i = 0; i < Http2Codec.MAX_STREAMS; i++) {
            client.get("/big");
        }
        awaitRefusals(Http2ClientStream.SLOW_READ, Http2Codec.MAX_STREAMS);
    }

    @Test
    void aReaderThatLeavesItAllInItsSocket() throws Exception {
        edge.serve(listener -> listener.requestMillis(4_000));
        Http2Socket client = edge.closing(Http2Socket.connect(edge.port(), setting(INITIAL_WINDOW_SIZE, 1 << 30)));
        client.send(Http2Socket.WINDOW_UPDATE, 0, 0, Http2Socket.number(1 << 30));
        for (int i = 0; i < Http2Codec.MAX_STREAMS; i++) {
            client.get("/big");
        }
        awaitRefusals(Http2ClientStream.SLOW_READ, 1);
    }

    /** Kernels make room in steps of a megabyte and more: what the client takes meanwhile counts, too. */
    @Test
    void aReaderThatIsSlowAndSteadyIsNone() throws Exception {
        edge.serve(listener -> listener.requestMillis(1_000).idleMillis(1_000));
        Http2Socket client = edge.closing(Http2Socket.connect(edge.port(), setting(INITIAL_WINDOW_SIZE, 1 << 30)))
                .givesWindows(false);
        client.socket().setReceiveBufferSize(4096);
        client.send(Http2Socket.WINDOW_UPDATE, 0, 0, Http2Socket.number(1 << 30));
        int stream = client.get("/huge");
        for (int i = 0; i < 25; i++) {
            client.await(Http2Socket.DATA, stream);
            pause(200);
        }
        assertThat(edge.forwarder().forwarder().stats().refusals()).isEmpty();
    }

    @Test
    void whatIsNotHttp2AtAll() throws Exception {
        Http2Socket client = edge.closing(Http2Socket.connectSilently(edge.port()));
        client.socket()
                .getOutputStream()
                .write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        client.awaitClose();
        awaitRefusals(Http2ClientConnection.PROTOCOL_ERROR, 1);
    }
}
