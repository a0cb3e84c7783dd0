package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.transport.Loop;
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
import dev.slb.testing.Loopback;
import dev.slb.testing.Pki;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.channel.EventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

/**
 * A reset is the end at once, also right behind bytes, from clients and from servers, wherever in a request it comes. All
 * timeouts are longer than what is waited for here.
 */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class ResetsTest {

    private static final int ROUNDS = 25;

    private static final String HOST = "Host: test\r\n";
    private static final String OK = "GET /ok HTTP/1.1\r\n" + HOST + "\r\n";
    private static final String WAIT = "GET /wait HTTP/1.1\r\n" + HOST + "\r\n";
    private static final String POST = "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\nhi";
    private static final String UPGRADE =
            "GET / HTTP/1.1\r\n" + HOST + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    private static final String SWITCHING =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

    private static final String ANSWER_HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    private static final String ANSWER = ANSWER_HEAD + "0123456789";

    private static final BackendPlan H2C = new BackendPlan(BackendPlan.Protocol.H2C, null);
    private static final BackendPlan HTTPS =
            new BackendPlan(BackendPlan.Protocol.HTTPS, new BackendPlan.Tls(null, null));
    private static final SSLContext CLIENT_TLS = Pki.trusting(TestTls.AUTHORITY);
    private static final SSLContext SERVER_TLS = Pki.context(Pki.issued(TestTls.AUTHORITY, "server"), null);

    /** Where the exchange is when the client resets. */
    enum Point {
        IN_HEAD("GET /wait HTT"),
        IN_BODY("POST /wait HTTP/1.1\r\n" + HOST + "Content-Length: 100\r\n\r\nabc"),
        AWAITING_THE_ANSWER(WAIT),
        /** Nothing is read then, as the next request is here already. */
        WITH_ANOTHER_REQUEST_BEHIND(WAIT + OK),
        IN_THE_ANSWER("GET /begin HTTP/1.1\r\n" + HOST + "\r\n"),
        IDLE(OK);

        private final String sent;

        Point(String sent) {
            this.sent = sent;
        }
    }

    private final TransportKind transport;
    private final Random random = new Random(16);
    private HttpEdge edge;

    ResetsTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        edge = HttpEdge.start(transport);
    }

    @AfterEach
    void stop() throws Exception {
        if (edge != null) {
            edge.close();
        }
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Nothing, or a moment in which the forwarder may or may not come to what was sent before: that is under test. */
    private void pause(int round) {
        if (round % 3 > 0) {
            LockSupport.parkNanos(random.nextInt(500_000));
        }
    }

    /** Answers {@code /ok}, begins to answer {@code /begin}, and otherwise waits until the connection ends. */
    private TcpServer holdingServer() {
        return edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            OutputStream out = connection.getOutputStream();
            HttpMessage request = HttpMessage.read(in, true, true);
            while (request != null && request.target().equals("/ok")) {
                out.write(HttpServer.ok("ok"));
                request = HttpMessage.read(in, true, true);
            }
            if (request != null && request.target().equals("/begin")) {
                out.write(HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nbegun"));
            }
            in.transferTo(OutputStream.nullOutputStream());
        });
    }

    private long active() {
        return edge.forwarder().activeConnections(edge.listener());
    }

    private void awaitNobody(TcpServer server) {
        await(() -> active() == 0);
        await(() -> server.open() == 0);
    }

    /** Open in this process, which is the forwarder's, too. */
    private static long sockets() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(ResetsTest::isSocket).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // closed meanwhile
        }
    }

    // Clients

    @ParameterizedTest
    @CsvSource({
        "IN_HEAD, false", "IN_BODY, false", "AWAITING_THE_ANSWER, false",
        "WITH_ANOTHER_REQUEST_BEHIND, false", "IN_THE_ANSWER, false", "IDLE, false",
        "IN_HEAD, true", "IN_BODY, true", "AWAITING_THE_ANSWER, true",
        "WITH_ANOTHER_REQUEST_BEHIND, true", "IN_THE_ANSWER, true", "IDLE, true"
    })
    void aClientThatResetsHasGone(Point point, boolean tls) throws Exception {
        assumeFalse(
                transport == TransportKind.NIO && point == Point.WITH_ANOTHER_REQUEST_BEHIND,
                "NIO hears of nothing while it does not read");
        if (tls) {
            edge.http2();
        }
        TcpServer server = holdingServer();
        edge.forwardTo(server.port());
        long before = sockets();

        for (int i = 0; i < ROUNDS; i++) {
            Socket socket = Loopback.connect(edge.port());
            HttpClientSocket client = HttpClientSocket.on(tls ? secured(socket) : socket);
            client.send(point.sent);
            if (point == Point.IDLE) {
                client.read();
                client.send("GE");
            } else if (point == Point.IN_THE_ANSWER) {
                client.in().readNBytes(10);
                if (transport != TransportKind.NIO) { // which would then not read
                    client.send("GE");
                }
            } else if (point != Point.IN_HEAD && i % 2 == 0) {
                int connections = i / 2 + 1;
                await(() -> server.accepted() >= connections);
            }
            pause(i);
            reset(socket);
        }

        await(() -> active() == 0);
        if (point != Point.IDLE) { // whose server's connection is kept for others
            awaitNobody(server);
            await(() -> sockets() <= before);
        }
    }

    private static SSLSocket secured(Socket socket) throws IOException {
        SSLSocket secured =
                (SSLSocket) CLIENT_TLS.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
        secured.startHandshake();
        return secured;
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/wait", "/begin"})
    void aClientOfHttp2ThatResetsHasGone(String target) throws Exception {
        edge.http2();
        TcpServer server = holdingServer();
        edge.forwardTo(server.port());
        long before = sockets();

        for (int i = 0; i < ROUNDS; i++) {
            Http2Socket client = edge.http2Client();
            if (!target.isEmpty()) {
                int stream = client.get(target);
                if (target.equals("/begin")) {
                    client.await(Http2Socket.DATA, stream);
                }
            }
            client.raw(new byte[] {0, 0, 8, Http2Socket.PING}); // not all of a frame
            pause(i);
            reset(client.socket());
        }

        awaitNobody(server);
        await(() -> sockets() <= before);
    }

    /** Even its address may be gone then. */
    @Test
    void aClientThatResetsBeforeItIsAcceptedIsNoFault() throws Exception {
        TcpServer server = holdingServer();
        edge.forwardTo(server.port());

        for (int i = 0; i < 4 * ROUNDS; i++) {
            Socket socket = Loopback.connect(edge.port());
            HttpClientSocket.on(socket).send(WAIT);
            reset(socket);
        }

        try (HttpClientSocket last = HttpClientSocket.connect(edge.port())) { // accepted after all the others
            assertThat(last.send(OK).read().status()).isEqualTo(200);
        }
        await(() -> active() == 0);
        assertThat(edge.forwarder().refusals(Refusal.INTERNAL_ERROR.reason())).isZero();
    }

    @Test
    void aClientThatResetsWithinTheTlsHandshakeHasGone() throws Exception {
        edge.http2();
        edge.forwardTo(holdingServer().port());
        resetBehind(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
    }

    @Test
    void aClientThatResetsWithinItsProxyHeaderHasGone() throws Exception {
        edge.forwardTo(
                listener -> listener.acceptProxy(Loopback.ADDRESS).connectMillis(60_000),
                holdingServer().port());
        resetBehind("PROXY TCP4 192.".getBytes(StandardCharsets.US_ASCII));
    }

    private void resetBehind(byte[] bytes) throws IOException {
        long before = sockets();
        for (int i = 0; i < 2 * ROUNDS; i++) {
            Socket socket = Loopback.connect(edge.port());
            socket.getOutputStream().write(bytes);
            pause(i);
            reset(socket);
        }
        await(() -> active() == 0);
        await(() -> sockets() <= before);
    }

    @Test
    void aClientThatResetsAllItsConnectionsKeepsNobodyOut() throws Exception {
        TcpServer server = holdingServer();
        edge.forwardTo(listener -> listener.maxConnections(50), server.port());
        String[] last = {"", "GET /wa", "POST /wait HTTP/1.1\r\n" + HOST + "Content-Length: 9\r\n\r\nab", WAIT};

        for (int i = 0; i < 1_500; i++) {
            if (active() > 25) {
                await(() -> active() <= 25); // the ends come with some delay, as events do
            }
            Socket socket = Loopback.connect(edge.port());
            assertThat(HttpClientSocket.on(socket).send(OK).read().status()).isEqualTo(200);
            socket.getOutputStream().write(last[i % last.length].getBytes(StandardCharsets.US_ASCII));
            pause(i);
            reset(socket);
        }

        await(() -> active() == 0);
        assertThat(edge.forwarder().refusals(LimitReasons.LISTENER_CONNECTIONS)).isZero();
    }

    // Servers

    /** Resets each connection behind so much of the answer. */
    private TcpServer resettingServer(boolean tls, AtomicInteger length) {
        AtomicInteger round = new AtomicInteger();
        return edge.tcpServer(connection -> {
            Socket socket = connection;
            if (tls) {
                SSLSocket secured = (SSLSocket) SERVER_TLS.getSocketFactory().createSocket(connection, null, true);
                secured.setUseClientMode(false);
                socket = secured;
            }
            if (HttpMessage.read(socket.getInputStream(), true, false) != null) {
                socket.getOutputStream().write(HttpServer.raw(ANSWER.substring(0, length.get())));
                pause(round.getAndIncrement());
                reset(connection);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aServersResetWithinItsAnswerEndsTheExchange(boolean tls) throws Exception {
        AtomicInteger length = new AtomicInteger();
        TcpServer server = resettingServer(tls, length);
        edge.forwardTo(listener -> listener.backend(tls ? HTTPS : BackendPlan.HTTP), server.port());
        long before = sockets();

        for (int i = 0; i < 3 * ANSWER.length(); i++) {
            length.set(i / 3);
            try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
                client.send(POST);
                if (length.get() < ANSWER_HEAD.length()) {
                    HttpMessage answer = client.read();
                    assertThat(answer.status()).as("after %s bytes", length).isEqualTo(502);
                    assertThat(answer.header("SLB-Reason")).isEqualTo("ServerClosed");
                } else {
                    assertThat(new String(client.readToEnd(), StandardCharsets.US_ASCII))
                            .as("after %s bytes", length)
                            .startsWith("HTTP/1.1 200")
                            .doesNotEndWith("9");
                }
            }
        }

        awaitNobody(server);
        await(() -> sockets() <= before);
    }

    @Test
    void aServersResetBehindItsAnswerTakesItOutOfThePool() throws Exception {
        TcpServer server = resettingServer(false, new AtomicInteger(ANSWER.length()));
        edge.forwardTo(server.port());
        long before = sockets();

        try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
            for (int i = 0; i < 2 * ROUNDS; i++) {
                assertThat(client.get("/").text()).isEqualTo("0123456789");
            }
        }

        awaitNobody(server);
        await(() -> sockets() <= before);
    }

    @Test
    void aServersResetWithinTheTlsHandshakeIsAFailure() throws Exception {
        AtomicInteger round = new AtomicInteger();
        TcpServer server = edge.tcpServer(connection -> {
            connection.getInputStream().read(new byte[16 * 1024]);
            connection.getOutputStream().write(new byte[] {22, 3, 3, 0, 100, 2, 0});
            pause(round.getAndIncrement());
            reset(connection);
        });
        edge.forwardTo(listener -> listener.backend(HTTPS).connectMillis(60_000), server.port());
        HttpClientSocket client = edge.client();

        for (int i = 0; i < ROUNDS; i++) {
            HttpMessage answer = client.send(POST).read();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.header("SLB-Reason")).isEqualTo("ServerTlsFailed");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aResetOfAServerOfHttp2EndsTheExchange(boolean answered) throws Exception {
        AtomicInteger round = new AtomicInteger();
        TcpServer server = edge.tcpServer(connection -> {
            Http2Socket http2 = Http2Socket.accept(connection);
            int stream = http2.awaitRequest();
            if (answered) {
                http2.fields(stream, Http2Socket.status(200), false);
                http2.data(stream, "hello", false);
            } else {
                http2.raw(new byte[] {0, 0, 10, Http2Socket.HEADERS}); // not all of a frame
            }
            pause(round.getAndIncrement());
            reset(connection);
        });
        edge.forwardTo(listener -> listener.backend(H2C), server.port());
        long before = sockets();

        for (int i = 0; i < ROUNDS; i++) {
            try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
                client.send(POST);
                if (answered) {
                    assertThat(new String(client.readToEnd(), StandardCharsets.US_ASCII))
                            .startsWith("HTTP/1.1 200")
                            .doesNotEndWith("0\r\n\r\n");
                } else {
                    assertThat(client.read().status()).isEqualTo(502);
                }
            }
        }

        awaitNobody(server);
        await(() -> sockets() <= before);
    }

    /** The request's next part is written, in vain, before the answer is read. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAnswerIsReadThoughAWriteFailsFirst(boolean http2) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        TcpServer server = edge.tcpServer(connection -> {
            if (http2) {
                Http2Socket socket = Http2Socket.accept(connection);
                int stream = socket.awaitRequest();
                socket.await(Http2Socket.DATA, stream);
                begun.countDown();
                await(() -> answer.getCount() == 0);
                socket.ok(stream, "0123456789");
            } else {
                HttpMessage.read(connection.getInputStream(), true, true);
                connection.getInputStream().read();
                begun.countDown();
                await(() -> answer.getCount() == 0);
                connection.getOutputStream().write(HttpServer.raw(ANSWER));
            }
            reset(connection);
            gone.countDown();
        });
        if (http2) {
            edge.forwardTo(listener -> listener.backend(H2C), server.port());
        } else {
            edge.forwardTo(server.port());
        }

        try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
            client.send("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 10\r\n\r\na");
            await(() -> begun.getCount() == 0);
            CountDownLatch more = new CountDownLatch(1);
            for (Loop loop : edge.forwarder().forwarder().transport().loops()) {
                if (http2) { // which writes in a task: the answer comes between what is read and that
                    betweenReadingAndWriting(loop.eventLoop(), more, () -> {
                        answer.countDown();
                        await(() -> gone.getCount() == 0);
                    });
                } else { // which writes what comes from the client first before it reads what came from the server
                    // later
                    loop.eventLoop().execute(() -> await(() -> gone.getCount() == 0));
                }
            }
            client.send("b");
            more.countDown();
            if (!http2) {
                answer.countDown();
            }

            HttpMessage read = client.read();
            assertThat(read.status()).isEqualTo(200);
            assertThat(read.text()).isEqualTo("0123456789");
        }
    }

    /** A loop whose tasks take so long looks for what there is to read before it runs the rest of them. */
    private static void betweenReadingAndWriting(EventLoop loop, CountDownLatch toRead, Runnable step) {
        loop.execute(() -> {
            await(() -> toRead.getCount() == 0);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1_100));
        });
        for (int i = 1; i < 64; i++) {
            loop.execute(() -> {});
        }
        loop.execute(step);
    }

    @Test
    void aServersResetWithinAnAnswerToACheckIsAFailure() {
        TcpServer server = resettingServer(false, new AtomicInteger(11));
        edge.forwardTo(
                listener -> listener.check(HealthCheckPlanBuilder.http(20, 60_000)
                        .thresholds(2, 10)
                        .build()),
                server.port());

        edge.forwarder()
                .awaitHealth(
                        DocumentId.vServerGroup("shop", "web"),
                        GroupPlanBuilder.id("web0", server.port()),
                        Health.ABNORMAL);
    }

    // Both, after an upgrade: an end may mean something there, so what broke must not look like one

    @Test
    void aResetOfTheServerPassesThroughATunnelAsAReset() throws Exception {
        AtomicInteger round = new AtomicInteger();
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, false);
            connection.getOutputStream().write(HttpServer.raw(SWITCHING + "hi"));
            connection.getInputStream().read();
            connection.getOutputStream().write('x');
            pause(round.getAndIncrement());
            reset(connection);
        });
        edge.forwardTo(server.port());
        long before = sockets();

        for (int i = 0; i < ROUNDS; i++) {
            try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
                assertThat(client.send(UPGRADE).read().status()).isEqualTo(101);
                assertThat(client.in().readNBytes(2)).asString().isEqualTo("hi");
                client.send("x");
                assertThat(endsByReset(client.in())).as("round %d", i).isTrue();
            }
        }

        awaitNobody(server);
        await(() -> sockets() <= before);
    }

    @Test
    void aResetOfTheClientPassesThroughATunnelAsAReset() throws Exception {
        Queue<Boolean> resets = new ConcurrentLinkedQueue<>();
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, false);
            connection.getOutputStream().write(HttpServer.raw(SWITCHING + "hi"));
            resets.add(endsByReset(connection.getInputStream()));
        });
        edge.forwardTo(server.port());
        long before = sockets();

        for (int i = 0; i < ROUNDS; i++) {
            Socket socket = Loopback.connect(edge.port());
            HttpClientSocket client = HttpClientSocket.on(socket);
            assertThat(client.send(UPGRADE).read().status()).isEqualTo(101);
            assertThat(client.in().readNBytes(2)).asString().isEqualTo("hi");
            client.send("x");
            pause(i);
            reset(socket);
        }

        awaitNobody(server);
        assertThat(resets).hasSize(ROUNDS).containsOnly(true);
        await(() -> sockets() <= before);
    }

    private static boolean endsByReset(InputStream in) throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
            return false;
        } catch (SocketException e) {
            return true;
        }
    }
}
