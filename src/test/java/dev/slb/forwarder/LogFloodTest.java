package dev.slb.forwarder;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.l7.TestTls;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.PersistencePlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.LogWatch;
import dev.slb.testing.Loopback;
import dev.slb.testing.Pki;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import dev.slb.testing.UdpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import static dev.slb.testing.RunningForwarder.await;

/** Whatever clients and servers send, and wherever they break off: nothing of it fills a log, and nothing has a stack trace. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class LogFloodTest {

    private static final int ROUNDS = 40;
    private static final String REQUEST = "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nhello";
    private static final SSLContext CLIENT_TLS = Pki.trusting(TestTls.AUTHORITY);
    private static final SSLContext SERVER_TLS = Pki.context(Pki.issued(TestTls.AUTHORITY, "server"), null);

    /** What a listener is for. */
    enum Kind {
        HTTP,
        HTTPS,
        BEHIND_A_PROXY,
        TCP,
        TCP_BEHIND_A_PROXY
    }

    /** What servers are spoken to in. */
    enum Backend {
        HTTP(new BackendPlan(BackendPlan.Protocol.HTTP, null)),
        HTTPS(new BackendPlan(BackendPlan.Protocol.HTTPS, new BackendPlan.Tls(null, null))),
        H2C(new BackendPlan(BackendPlan.Protocol.H2C, null)),
        GRPC_OVER_TLS(new BackendPlan(BackendPlan.Protocol.GRPC, new BackendPlan.Tls(null, null)));

        private final BackendPlan plan;

        Backend(BackendPlan plan) {
            this.plan = plan;
        }
    }

    private final TransportKind transport;
    private final Random random = new Random(9110);
    private HttpEdge edge;
    private LogWatch log;
    private int port;

    LogFloodTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        edge = HttpEdge.start(transport);
        port = Loopback.freePort();
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
        if (log != null) {
            log.close();
        }
    }

    /** From here on nobody may make more than a few lines. */
    private void watch() {
        log = LogWatch.start();
    }

    private void assertQuiet() {
        log.assertBounded(3, 2);
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private void sendAndReset(Socket socket, byte[] bytes) throws IOException {
        try {
            socket.getOutputStream().write(bytes);
            if (random.nextBoolean()) {
                LockSupport.parkNanos(random.nextInt(1_000_000)); // where it breaks off is under test
            }
        } catch (IOException e) {
            // the other side was faster
        }
        reset(socket);
    }

    private byte[] garbage() {
        byte[] bytes = new byte[1 + random.nextInt(300)];
        random.nextBytes(bytes);
        return bytes;
    }

    /** A message, or a part of one, or one with a byte that does not belong there. */
    private byte[] broken(byte[] message) {
        byte[] bytes = Arrays.copyOf(message, 1 + random.nextInt(message.length));
        if (random.nextBoolean()) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private void serve(Kind kind, int server) {
        edge.forwarder().serve(HttpEdge.group("web", server));
        ListenerPlanBuilder listener = switch (kind) {
            case HTTP, BEHIND_A_PROXY -> ListenerPlanBuilder.http("attacked", port);
            case HTTPS ->
                ListenerPlanBuilder.https("attacked", port)
                        .tls(TestTls.plan(TestTls.DEFAULT))
                        .http2();
            case TCP, TCP_BEHIND_A_PROXY ->
                ListenerPlanBuilder.tcp("attacked", port)
                        .persistence(new PersistencePlan(PersistencePlan.Type.SOURCE_IP, 60_000, null));
        };
        if (kind == Kind.BEHIND_A_PROXY || kind == Kind.TCP_BEHIND_A_PROXY) {
            listener.acceptProxy("127.0.0.0/8");
        }
        edge.forwarder().serve(listener.build());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void clientsThatResetAndSendGarbage(Kind kind) throws Exception {
        HttpServer server = edge.server("server");
        serve(kind, server.port());
        watch();

        byte[] proxied = ascii("PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + REQUEST);
        for (int i = 0; i < ROUNDS; i++) {
            reset(Loopback.connect(port));
            sendAndReset(Loopback.connect(port), ascii(REQUEST));
            sendAndReset(Loopback.connect(port), ascii(REQUEST + REQUEST));
            sendAndReset(Loopback.connect(port), proxied);
            sendAndReset(Loopback.connect(port), broken(ascii(REQUEST)));
            sendAndReset(Loopback.connect(port), broken(proxied));
            sendAndReset(Loopback.connect(port), garbage());
        }
        awaitNobody();
        assertQuiet();
    }

    private void awaitNobody() {
        await(() -> edge.forwarder().forwarder().stats().listeners().values().stream()
                        .mapToLong(each -> each.activeConnections())
                        .sum()
                == 0);
    }

    @Test
    void clientsThatBreakTls() throws Exception {
        HttpServer server = edge.server("server");
        serve(Kind.HTTPS, server.port());
        watch();

        SSLContext nobody = Pki.trusting(Pki.authority("another"));
        for (int i = 0; i < ROUNDS / 3; i++) {
            sendAndReset(Loopback.connect(port), new byte[] {22, 3, 1, 0, 5, 1, 0, 0, 1, 3});
            Socket distrusting = Loopback.connect(port);
            try {
                secured(nobody, distrusting).startHandshake();
            } catch (IOException e) {
                // as it should be: the alert is on its way
            }
            distrusting.close();
            Socket below = Loopback.connect(port);
            SSLSocket client = secured(CLIENT_TLS, below);
            client.getOutputStream().write(broken(ascii(REQUEST)));
            sendAndReset(below, i % 2 == 0 ? garbage() : new byte[] {21, 3, 3, 0, 2, 2, 40});
        }
        for (int i = 0; i < ROUNDS / 3; i++) {
            Http2Socket client = Http2Socket.connect(port);
            client.get("/");
            sendAndReset(client.socket(), i % 2 == 0 ? garbage() : broken(ascii(REQUEST)));
        }
        awaitNobody();
        assertQuiet();
    }

    private SSLSocket secured(SSLContext context, Socket socket) throws IOException {
        return (SSLSocket) context.getSocketFactory().createSocket(socket, "default.test", port, true);
    }

    @ParameterizedTest
    @EnumSource(Backend.class)
    void serversThatLieAndReset(Backend backend) throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            Socket socket = connection;
            if (backend.plan.tls() != null && random.nextInt(3) > 0) {
                SSLSocket tls = (SSLSocket) SERVER_TLS.getSocketFactory().createSocket(connection, null, true);
                tls.setUseClientMode(false);
                socket = tls;
            }
            byte[] ok = HttpServer.ok("0123456789");
            if (random.nextInt(3) > 0) {
                socket.getInputStream().read(new byte[1024]);
            }
            switch (random.nextInt(5)) {
                case 0 -> socket.getOutputStream().write(garbage());
                case 1 -> socket.getOutputStream().write(broken(ok));
                case 2 -> socket.getOutputStream().write(ascii("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Ear"));
                case 3 -> socket.getOutputStream().write(ok);
                default -> {} // says nothing
            }
            reset(connection);
        });
        edge.forwarder().serve(HttpEdge.group("web", server.port()));
        Consumer<ListenerPlanBuilder> listener = options -> options.backend(backend.plan)
                .check(ListenerPlanBuilder.httpCheck(50, 1000))
                .accessLog("$status $slb_reason");
        edge.serve(listener);
        watch();

        for (int i = 0; i < ROUNDS; i++) {
            Socket client = Loopback.connect(edge.port());
            client.getOutputStream().write(ascii(REQUEST));
            if (random.nextInt(4) > 0) {
                client.getInputStream().read(new byte[100]);
            }
            reset(client);
        }
        awaitNobody();
        assertQuiet();
    }

    @Test
    void datagramsOfAnyKindToServersThatDoNotListen() throws Exception {
        edge.forwarder().serve(HttpEdge.group("web", Loopback.freePort()));
        edge.forwarder().serve(ListenerPlanBuilder.udp("attacked", port).build());
        watch();

        for (int i = 0; i < ROUNDS; i++) {
            try (UdpClient client = UdpClient.of(port)) {
                for (byte[] each : List.of(garbage(), new byte[0], new byte[60_000], garbage())) {
                    client.send(each);
                }
            }
        }
        await(() -> edge.forwarder().forwarder().stats().listeners().size() > 0);
        assertQuiet();
    }

    @Test
    void documentsThatAreRefusedAgainAndAgain() {
        watch();
        for (int i = 1; i <= 100; i++) {
            edge.forwarder()
                    .publish(ListenerPlanBuilder.http("refused\n", port)
                            .requestMillis(-i)
                            .build());
        }
        await(() -> log.lines().size() > 0);
        edge.forwarder().report(); // behind all of them
        log.assertBounded(20, 1);
    }
}
