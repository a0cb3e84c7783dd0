package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.Http2Socket.request;
import static dev.slb.testing.Http2Socket.status;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** How much clients and servers may send ahead: enough for a long way, and little as soon as it waits here. */
@Sockets
class WindowsTest {

    private static final BackendPlan H2C = new BackendPlan(BackendPlan.Protocol.H2C, null);
    private static final int LARGE = 10 * 1024 * 1024;
    private static final int NARROW_TO_CLIENTS = 64 * 1024;
    private static final int NARROW_TO_SERVERS = 256 * 1024;
    private static final byte[] PART = new byte[16_384];

    private HttpEdge edge;
    private final CountDownLatch reads = new CountDownLatch(1);

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO, 1).http2();
    }

    @AfterEach
    void stop() throws Exception {
        reads.countDown();
        edge.close();
    }

    /** Answers with how much it has read; bodies of {@code /slow} only when it may. */
    private TcpServer reader() {
        return edge.tcpServer(connection -> {
            connection.setReceiveBufferSize(64 * 1024);
            InputStream in = connection.getInputStream();
            HttpMessage request;
            while ((request = HttpMessage.read(in, true, true)) != null) {
                if (request.target().equals("/slow")) {
                    try {
                        reads.await();
                    } catch (InterruptedException e) {
                        return;
                    }
                }
                int length = request.header("Content-Length") == null
                        ? 0
                        : Integer.parseInt(request.header("Content-Length"));
                connection.getOutputStream().write(HttpServer.ok(String.valueOf(in.readNBytes(length).length)));
            }
        });
    }

    private static int upload(Http2Socket client, String path, int length) throws IOException {
        return client.open(request("POST", path).add("content-length", String.valueOf(length)), false);
    }

    @Test
    void aLargeBodyNeedsNoRoundTrips() throws Exception {
        edge.forwardTo(reader().port());
        Http2Socket client = edge.http2Client();
        client.answer(client.get("/"));

        int stream = upload(client, "/", LARGE);
        assertThat(client.room(stream)).isGreaterThanOrEqualTo(LARGE);
        client.data(stream, new byte[LARGE], true);

        assertThat(client.answer(stream).text()).isEqualTo(String.valueOf(LARGE));
    }

    @Test
    void windowsAreNarrowWhileAServerTakesNothing() throws Exception {
        edge.forwardTo(reader().port());
        Http2Socket client = edge.http2Client();
        client.answer(client.get("/"));

        int slow = upload(client, "/slow", LARGE);
        client.data(slow, new byte[LARGE], true);
        while (client.peerWindow() != NARROW_TO_CLIENTS) {
            client.await(Http2Socket.SETTINGS, 0);
        }
        int other = upload(client, "/", PART.length);
        assertThat(client.room(other)).isEqualTo(NARROW_TO_CLIENTS);
        client.data(other, PART, true);
        assertThat(client.answer(other).text()).isEqualTo(String.valueOf(PART.length));

        reads.countDown();
        assertThat(client.answer(slow).text()).isEqualTo(String.valueOf(LARGE));
        await(() -> {
            client.answer(client.get("/"));
            return client.peerWindow() > LARGE;
        });
    }

    @Test
    void windowsAreWideAgainAsSoonAsTheServerTakesWhatWaited() throws Exception {
        edge.forwardTo(reader().port());
        Http2Socket client = edge.http2Client();
        client.answer(client.get("/"));

        int slow = upload(client, "/slow", 2 * LARGE);
        client.data(slow, new byte[LARGE], false);
        while (client.peerWindow() != NARROW_TO_CLIENTS) {
            client.await(Http2Socket.SETTINGS, 0);
        }
        reads.countDown();
        while (client.peerWindow() <= NARROW_TO_CLIENTS) { // while the same stream goes on
            client.await(Http2Socket.SETTINGS, 0);
        }
    }

    @Test
    void aWindowIsWhatIsTakenInASecond() {
        assertThat(Windows.window(3_000_000, TimeUnit.SECONDS.toNanos(2), 64_000, LARGE))
                .isEqualTo(1_500_000);
        assertThat(Windows.window(3_000_000, TimeUnit.MILLISECONDS.toNanos(1), 64_000, LARGE))
                .isEqualTo(LARGE);
        assertThat(Windows.window(3_000_000, TimeUnit.HOURS.toNanos(1), 64_000, LARGE))
                .isEqualTo(64_000);
        assertThat(Windows.window(3_000_000, 0, 64_000, LARGE)).isEqualTo(LARGE);
    }

    @Test
    void aClientThatDoesNotHearOfNarrowWindowsIsEnded() throws Exception {
        edge.forwardTo(reader().port());
        Http2Socket client = edge.http2Client();
        client.answer(client.get("/"));
        client.acksSettings(false);

        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            try {
                int stream = 0;
                for (int sent = 0; sent < 6 * LARGE; sent += PART.length) {
                    if (sent % LARGE == 0) {
                        stream = upload(client, "/slow", LARGE);
                    }
                    while (client.connectionRoom() < PART.length) {
                        client.read();
                    }
                    client.data(stream, PART, false);
                }
            } catch (IOException e) {
                // ended
            }
        });

        sending.get(60, TimeUnit.SECONDS);
        client.awaitClose();
        await(() -> edge.forwarder().refusals("BufferMemory") == 1);
    }

    /** One that is far away: its acknowledgement takes its time. */
    private static Http2Socket acceptFar(java.net.Socket connection) throws IOException {
        Http2Socket server = Http2Socket.accept(connection);
        long since = System.nanoTime();
        while (System.nanoTime() - since < TimeUnit.MILLISECONDS.toNanos(10)) {
            Thread.onSpinWait();
        }
        return server;
    }

    @Test
    void aLargeAnswerOfAServerThatIsFarAwayNeedsNoRoundTrips() throws Exception {
        AtomicInteger room = new AtomicInteger();
        edge.forwardTo(
                listener -> listener.backend(H2C),
                edge.tcpServer(connection -> {
                            Http2Socket server = acceptFar(connection);
                            while (true) {
                                int stream = server.awaitRequest();
                                boolean large = server.soFar(stream)
                                        .head
                                        .path()
                                        .toString()
                                        .equals("/large");
                                server.fields(stream, status(200), false);
                                room.set((int) server.room(stream));
                                server.data(stream, new byte[large ? LARGE : 1], true);
                            }
                        })
                        .port());
        Http2Socket client = edge.http2Client();
        client.answer(client.get("/"));

        assertThat(client.answer(client.get("/large")).body.size()).isEqualTo(LARGE);
        assertThat(room.get()).isGreaterThanOrEqualTo(LARGE);
    }

    @Test
    void windowsOfServersAreNarrowWhileAClientTakesNothing() throws Exception {
        CompletableFuture<Integer> before = new CompletableFuture<>();
        CompletableFuture<Integer> narrowed = new CompletableFuture<>();
        edge.forwardTo(
                listener -> listener.backend(H2C),
                edge.tcpServer(connection -> {
                            Http2Socket server = acceptFar(connection);
                            int first = server.awaitRequest();
                            server.fields(first, status(200), true);
                            int stream = server.awaitRequest();
                            server.fields(stream, status(200), false);
                            before.complete(server.peerWindow());
                            server.data(stream, new byte[LARGE], true);
                            while (server.peerWindow() != NARROW_TO_SERVERS) {
                                server.read();
                            }
                            narrowed.complete(server.peerWindow());
                            server.awaitClose();
                        })
                        .port());
        Http2Socket client = edge.http2Client();
        client.answer(client.get("/"));
        client.givesWindows(false);
        client.get("/large");

        assertThat(before.get(60, TimeUnit.SECONDS)).isGreaterThan(LARGE);
        assertThat(narrowed.get(60, TimeUnit.SECONDS)).isEqualTo(NARROW_TO_SERVERS);
    }
}
