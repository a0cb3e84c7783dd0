package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.handler.codec.http2.Http2Error;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

import static dev.slb.testing.Http2Socket.number;
import static dev.slb.testing.Http2Socket.request;
import static dev.slb.testing.Http2Socket.setting;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Bodies of HTTP/2 that are larger than what may be in memory, and streams that hold back themselves but no other. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class Http2StreamingTest {

    private static final int INITIAL_WINDOW_SIZE = 4;
    /** More than the kernel's buffers of both connections can grow to. */
    private static final int LENGTH = 64 * 1024 * 1024;

    /** More than may be in memory. */
    private static final int LARGE = 24 * 1024 * 1024;

    private static final int BLOCK = 64 * 1024;
    /** A wide window of one stream, and buffers of both connections. */
    private static final long ALLOWED_MEMORY = 32L * 1024 * 1024;

    private final TransportKind transport;
    private HttpEdge edge;
    private long memoryBefore;

    Http2StreamingTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        edge = HttpEdge.http2(transport);
        memoryBefore = memory();
    }

    @AfterEach
    void stop() throws Exception {
        if (edge != null) {
            edge.close();
        }
    }

    private static long memory() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }

    private void assertMemoryIsBounded() {
        assertThat(memory() - memoryBefore).as("direct memory more than before").isLessThan(ALLOWED_MEMORY);
    }

    private static byte[] block(int seed) {
        byte[] block = new byte[BLOCK];
        for (int i = 0; i < BLOCK; i++) {
            block[i] = (byte) (i * 31 + seed);
        }
        return block;
    }

    /** Answers {@code /big} with this length in blocks, chunked or not, and anything else at once. */
    private TcpServer bigServer(int length, boolean chunked, AtomicLong written) {
        return edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            OutputStream out = connection.getOutputStream();
            HttpMessage request;
            while ((request = HttpMessage.read(in, true, false)) != null) {
                if (!request.target().equals("/big")) {
                    out.write(HttpServer.ok("small"));
                    continue;
                }
                out.write(HttpServer.raw("HTTP/1.1 200 OK\r\n"
                        + (chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + length) + "\r\n\r\n"));
                for (int at = 0; at < length; at += BLOCK) {
                    if (chunked) {
                        out.write(HttpServer.raw(Integer.toHexString(BLOCK) + "\r\n"));
                    }
                    out.write(block(at / BLOCK));
                    if (chunked) {
                        out.write(HttpServer.raw("\r\n"));
                    }
                    written.addAndGet(BLOCK);
                }
                if (chunked) {
                    out.write(HttpServer.raw("0\r\n\r\n"));
                }
            }
        });
    }

    private void largeAnswer(boolean chunked) throws Exception {
        AtomicLong written = new AtomicLong();
        edge.forwardTo(bigServer(LARGE, chunked, written).port());
        Http2Socket client = edge.http2Client();
        Http2Socket.Answer answer = client.answer(client.get("/big"));
        byte[] body = answer.body.toByteArray();
        assertThat(body).hasSize(LARGE);
        for (int at = 0; at < LARGE; at += BLOCK) {
            byte[] expected = block(at / BLOCK);
            if (!java.util.Arrays.equals(body, at, at + BLOCK, expected, 0, BLOCK)) {
                assertThat(java.util.Arrays.copyOfRange(body, at, at + BLOCK))
                        .as("at %d", at)
                        .isEqualTo(expected);
            }
        }
        assertMemoryIsBounded();
    }

    @Test
    void aLargeAnswerPasses() throws Exception {
        largeAnswer(false);
    }

    @Test
    void aLargeChunkedAnswerPasses() throws Exception {
        largeAnswer(true);
    }

    @Test
    void aStreamWhoseClientReadsNothingHoldsBackItsServerAndNoOtherStream() throws Exception {
        AtomicLong written = new AtomicLong();
        edge.forwardTo(bigServer(LENGTH, false, written).port());
        Http2Socket client = edge.http2Client().givesWindows(false);
        // The connection's window is wide: only the stream's own holds it back.
        client.send(Http2Socket.WINDOW_UPDATE, 0, 0, number(1 << 30));
        int slow = client.get("/big");
        while (client.soFar(slow).body.size() < 65_535) {
            client.read();
        }
        for (int i = 0; i < 50; i++) {
            assertThat(client.answer(client.get("/")).text()).isEqualTo("small");
        }
        assertMemoryIsBounded();
        assertThat(client.soFar(slow).body.size()).isEqualTo(65_535);
        assertThat(written.get()).isLessThan(LENGTH);
        client.givesWindows(true);
        client.send(Http2Socket.WINDOW_UPDATE, 0, slow, number(65_535));
        assertThat(client.answer(slow).body.size()).isEqualTo(LENGTH);
    }

    @Test
    void aClientWithoutAnyWindowGetsSmallAnswersWhenItOpensThem() throws Exception {
        AtomicLong written = new AtomicLong();
        edge.forwardTo(bigServer(LENGTH, false, written).port());
        Http2Socket client = edge.closing(Http2Socket.connect(edge.port(), setting(INITIAL_WINDOW_SIZE, 0)));
        int stream = client.get("/");
        client.await(Http2Socket.HEADERS, stream);
        client.send(Http2Socket.WINDOW_UPDATE, 0, stream, number(2));
        client.await(Http2Socket.DATA, stream);
        assertThat(client.soFar(stream).text()).isEqualTo("sm");
        client.send(Http2Socket.SETTINGS, 0, 0, setting(INITIAL_WINDOW_SIZE, 100));
        assertThat(client.answer(stream).text()).isEqualTo("small");
    }

    @Test
    void aServerThatReadsNothingHoldsBackItsStreamAndNoOther() throws Exception {
        CountDownLatch reads = new CountDownLatch(1);
        AtomicLong received = new AtomicLong();
        TcpServer server = edge.tcpServer(connection -> {
            connection.setReceiveBufferSize(64 * 1024);
            InputStream in = connection.getInputStream();
            HttpMessage request;
            while ((request = HttpMessage.read(in, true, true)) != null) {
                if (request.target().equals("/up")) {
                    try {
                        reads.await();
                    } catch (InterruptedException e) {
                        return;
                    }
                    byte[] body = in.readNBytes(LENGTH);
                    received.set(body.length);
                }
                connection.getOutputStream().write(HttpServer.ok("got it"));
            }
        });
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        int up = client.open(request("POST", "/up").add("content-length", String.valueOf(LENGTH)), false);
        int sent = 0;
        byte[] part = new byte[16_384];
        // As much as the windows allow, until they stay closed.
        while (sent < LENGTH) {
            if (client.room(up) < part.length) {
                client.answer(client.get("/")); // other streams go on
                if (client.room(up) < part.length && sent > 0) {
                    break;
                }
                continue;
            }
            client.data(up, part, sent + part.length == LENGTH);
            sent += part.length;
        }
        assertThat(sent).isLessThan(LENGTH);
        assertMemoryIsBounded();
        for (int i = 0; i < 20; i++) {
            assertThat(client.answer(client.get("/")).text()).isEqualTo("got it");
        }
        reads.countDown();
        while (sent < LENGTH) {
            if (client.room(up) < part.length) {
                client.read();
                continue;
            }
            client.data(up, part, sent + part.length == LENGTH);
            sent += part.length;
        }
        assertThat(client.answer(up).text()).isEqualTo("got it");
        assertThat(received.get()).isEqualTo(LENGTH);
    }

    @Test
    void aClientThatTakesNothingOfAnAnswerIsGivenUp() throws Exception {
        AtomicLong written = new AtomicLong();
        TcpServer server = bigServer(LENGTH, false, written);
        edge.forwardTo(listener -> listener.requestMillis(1_500), server.port());
        Http2Socket client = edge.closing(Http2Socket.connect(edge.port(), setting(INITIAL_WINDOW_SIZE, 0)));
        int big = client.get("/big");
        int small = client.get("/");
        assertThat(client.answer(big).reset).isEqualTo((int) Http2Error.CANCEL.code());
        assertThat(client.answer(small).reset).isEqualTo((int) Http2Error.CANCEL.code());
        await(() -> edge.forwarder().refusals(Http2ClientStream.SLOW_READ) == 2);
        await(() -> server.open() <= 1);
    }

    @Test
    void aClientWhoseAnswerWaitsForBandwidthIsNotGivenUp() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok("x".repeat(100_000)));
        edge.forwardTo(listener -> listener.requestMillis(2_000).bandwidth(100_000), server.port());
        Http2Socket client = edge.http2Client();

        assertThat(client.answer(client.get("/")).text()).hasSize(100_000);
        assertThat(edge.forwarder().refusals(Http2ClientStream.SLOW_READ)).isZero();
    }

    @Test
    void aBodyThatWaitsForBandwidthIsNotTakenForOneThatStops() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok("all of it"));
        edge.forwardTo(listener -> listener.requestMillis(2_000).bandwidth(100_000), server.port());
        Http2Socket client = edge.http2Client();

        int stream = client.open(Http2Socket.request("POST", "/"), false);
        for (int i = 0; i < 5; i++) {
            client.data(stream, "x".repeat(12_000), i == 4);
        }

        assertThat(client.answer(stream).text()).isEqualTo("all of it");
    }

    @Test
    void aBodyThatStopsIsAnswered408AndAServerThatDoesNotAnswer504() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            while (in.read() >= 0) {}
        });
        edge.forwardTo(listener -> listener.requestMillis(1_000), server.port());
        Http2Socket client = edge.http2Client();
        int body = client.open(request("POST", "/"), false);
        int silent = client.get("/");
        assertThat(client.answer(body).status()).isEqualTo(408);
        client.await(Http2Socket.RST_STREAM, body);
        assertThat(client.answer(silent).status()).isEqualTo(504);
        assertThat(client.soFar(silent).header("slb-reason")).isEqualTo("RequestTimeout");
    }
}
