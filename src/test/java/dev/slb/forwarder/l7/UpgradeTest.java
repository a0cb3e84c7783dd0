package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** WebSocket and its like: after the answer 101 bytes pass both ways, whatever they are. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class UpgradeTest {

    private static final String UPGRADE =
            "GET /chat HTTP/1.1\r\nHost: test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";
    private static final String SWITCHING =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

    private final TransportKind transport;
    private HttpEdge edge;

    UpgradeTest(TransportKind transport) {
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

    /** Switches protocols with a greeting in the same packet, and then sends back whatever comes. */
    private static void echo(Socket connection) throws java.io.IOException {
        InputStream in = connection.getInputStream();
        OutputStream out = connection.getOutputStream();
        HttpMessage request = HttpMessage.read(in, true, false);
        if (request == null || request.header("Upgrade") == null) {
            out.write(HttpServer.raw("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n"));
            return;
        }
        out.write(HttpServer.raw(SWITCHING + "hi"));
        in.transferTo(out);
        connection.shutdownOutput();
    }

    private HttpClientSocket upgraded() throws Exception {
        HttpClientSocket client = edge.client();
        HttpMessage answer = client.send(UPGRADE).read();
        assertThat(answer.startLine()).isEqualTo("HTTP/1.1 101 Switching Protocols");
        assertThat(answer.headerLines()).containsExactly("Connection: Upgrade", "Upgrade: websocket");
        assertThat(new String(client.in().readNBytes(2))).isEqualTo("hi");
        return client;
    }

    @Test
    void bytesPassBothWaysWhateverTheyAre() throws Exception {
        TcpServer server = edge.tcpServer(UpgradeTest::echo);
        edge.forwardTo(server.port());
        HttpClientSocket client = upgraded();

        for (String text : new String[] {"x", "GET / HTTP/1.1\r\n\r\n", "\0\n\n"}) {
            client.send(text);
            assertThat(new String(client.in().readNBytes(text.length()))).isEqualTo(text);
        }
    }

    @Test
    void whatTheClientSentAheadFollowsTheUpgrade() throws Exception {
        TcpServer server = edge.tcpServer(UpgradeTest::echo);
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send(UPGRADE + "early");

        assertThat(client.read().status()).isEqualTo(101);
        assertThat(new String(client.in().readNBytes(7))).isEqualTo("hiearly");
    }

    @Test
    void anEndIsPassedOnAndTheOtherDirectionGoesOn() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            HttpMessage.read(in, true, false);
            connection.getOutputStream().write(HttpServer.raw(SWITCHING + "hi"));
            byte[] all = in.readAllBytes();
            connection.getOutputStream().write(("got " + new String(all)).getBytes());
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = upgraded();

        client.send("all");
        client.socket().shutdownOutput();

        assertThat(new String(client.readToEnd())).isEqualTo("got all");
        await(() -> edge.forwarder().activeConnections(edge.listener()) == 0);
    }

    @Test
    void anEndOfTheServerIsPassedOnAndTheOtherDirectionGoesOn() throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            HttpMessage.read(in, true, false);
            connection.getOutputStream().write(HttpServer.raw(SWITCHING + "hi"));
            connection.shutdownOutput();
            seen.complete(new String(in.readAllBytes()));
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = upgraded();

        assertThat(client.isEnded()).isTrue();
        client.send("still here");
        client.socket().shutdownOutput();

        assertThat(seen.get(20, TimeUnit.SECONDS)).isEqualTo("still here");
        await(() -> edge.forwarder().activeConnections(edge.listener()) == 0);
    }

    /** As with TCP: what waits for a slow server is not dropped when both sides have said their last. */
    @Test
    void aServerThatEndsFirstStillGetsAllThatTheClientHasSent() throws Exception {
        CompletableFuture<Void> sent = new CompletableFuture<>();
        CompletableFuture<Void> endSeen = new CompletableFuture<>();
        CompletableFuture<byte[]> got = new CompletableFuture<>();
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            HttpMessage.read(in, true, false);
            connection.getOutputStream().write(HttpServer.raw(SWITCHING + "hi"));
            sent.completeOnTimeout(null, 5, TimeUnit.SECONDS).join(); // if less fits into the buffers of this machine
            connection.shutdownOutput();
            endSeen.join();
            got.complete(in.readAllBytes());
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = upgraded();
        byte[] bytes = new byte[5 * 1024 * 1024]; // more than kernels hold for one who does not read
        new Random(9).nextBytes(bytes);

        Thread sender = new Thread(() -> {
            try {
                client.send(bytes);
                client.socket().shutdownOutput();
                sent.complete(null);
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        sender.start();
        assertThat(client.isEnded()).isTrue();
        endSeen.complete(null);

        assertThat(Arrays.equals(got.get(30, TimeUnit.SECONDS), bytes)).isTrue();
        sender.join();
        await(() -> edge.forwarder().activeConnections(edge.listener()) == 0);
        await(() -> server.open() == 0);
    }

    @Test
    void muchPassesBothWaysAtOnce() throws Exception {
        TcpServer server = edge.tcpServer(UpgradeTest::echo);
        edge.forwardTo(server.port());
        HttpClientSocket client = upgraded();
        byte[] sent = new byte[8 * 1024 * 1024];
        new Random(7).nextBytes(sent);

        Thread sender = new Thread(() -> {
            try {
                client.send(sent);
                client.socket().shutdownOutput();
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        sender.start();
        byte[] back = client.readToEnd();
        sender.join();

        assertThat(Arrays.equals(back, sent)).isTrue();
    }

    @Test
    void silenceEndsIt() throws Exception {
        TcpServer server = edge.tcpServer(UpgradeTest::echo);
        edge.forwardTo(
                listener ->
                        listener.webSocketIdleMillis(5_300).idleMillis(5_000).requestMillis(5_000),
                server.port());
        HttpClientSocket client = upgraded();
        long begin = System.nanoTime();

        assertThat(client.isEnded()).isTrue();
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)).isGreaterThanOrEqualTo(5_290);
        await(() -> server.open() == 0);
    }

    @Test
    void whoWaitsForBandwidthIsNotSilent() throws Exception {
        byte[] much = new byte[60_000];
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            HttpMessage.read(in, true, false);
            connection.getOutputStream().write(HttpServer.raw(SWITCHING + "hi"));
            connection.getOutputStream().write(much);
            in.read();
        });
        edge.forwardTo(listener -> listener.webSocketIdleMillis(1_000).bandwidth(100_000), server.port());
        HttpClientSocket client = upgraded();

        assertThat(client.in().readNBytes(much.length)).hasSize(much.length);
    }

    /** RFC 6455, section 11.3, and extensions (RFC 7692) with a bit of a frame that nobody here knows. */
    @Test
    void aHandshakeOfWebSocketPassesFieldByField() throws Exception {
        String[] asked = {
            "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: chat, superchat",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
            "Sec-WebSocket-Extensions: permessage-deflate;  server_no_context_takeover, x-y; z=\"a, b\"",
            "Origin: http://test",
        };
        String[] answered = {
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            "Sec-WebSocket-Protocol: superchat",
            "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover",
        };
        CompletableFuture<HttpMessage> seen = new CompletableFuture<>();
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            HttpMessage request = HttpMessage.read(in, true, false);
            if (!"13".equals(request.header("Sec-WebSocket-Version"))) {
                connection
                        .getOutputStream()
                        .write(HttpServer.raw("HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13, 8, 7\r\n"
                                + "Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n"));
                return;
            }
            seen.complete(request);
            connection
                    .getOutputStream()
                    .write(HttpServer.raw(
                            SWITCHING.replace("\r\n\r\n", "\r\n" + String.join("\r\n", answered) + "\r\n\r\n")));
            in.transferTo(connection.getOutputStream());
        });
        edge.forwardTo(server.port());

        HttpMessage refused = edge.client()
                .send(UPGRADE.replace("\r\n\r\n", "\r\nSec-WebSocket-Version: 99\r\n\r\n"))
                .read();
        assertThat(refused.status()).isEqualTo(426);
        assertThat(refused.headers("Sec-WebSocket-Version")).containsExactly("13, 8, 7");
        assertThat(refused.headers("Upgrade")).containsExactly("websocket");

        HttpClientSocket client = edge.client();
        HttpMessage answer = client.send(UPGRADE.replace("\r\n\r\n", "\r\n" + String.join("\r\n", asked) + "\r\n\r\n"))
                .read();
        assertThat(answer.status()).isEqualTo(101);
        assertThat(answer.headerLines()).containsSubsequence(answered);
        assertThat(seen.get(20, TimeUnit.SECONDS).headerLines()).containsSubsequence(asked);

        // A compressed message in two fragments, with a ping between them, masked.
        byte[] frames = HexFormat.of().parseHex("418201020304cbcd" + "8980a1a2a3a4" + "8083090807060f0805");
        client.send(frames);
        assertThat(client.in().readNBytes(frames.length)).isEqualTo(frames);
    }

    @Test
    void aServerMayDeclineAndTheConnectionGoesOn() throws Exception {
        HttpServer server = edge.server("no");
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        assertThat(client.send(UPGRADE).read().text()).isEqualTo("no");
        assertThat(client.get("/").text()).isEqualTo("no");
        assertThat(server.requests().get(0).headers("Connection")).containsExactly("Upgrade");
    }

    @Test
    void http2IsNotUpgradedTo() throws Exception {
        HttpServer server = edge.server("no");
        edge.forwardTo(server.port());

        edge.client()
                .send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                        + "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n")
                .read();

        assertThat(server.lastRequest().header("Upgrade")).isNull();
        assertThat(server.lastRequest().header("HTTP2-Settings")).isNull();
        assertThat(server.lastRequest().header("Connection")).isNull();
    }

    @Test
    void itOutlivesEditsOfTheListenerAndOfOtherServers() throws Exception {
        TcpServer server = edge.tcpServer(UpgradeTest::echo);
        edge.forwardTo(server.port());
        HttpClientSocket client = upgraded();

        for (int i = 0; i < 20; i++) {
            HttpServer other = edge.server("b");
            edge.forwarder().serve(HttpEdge.group("web", server.port(), other.port()));
            int edit = i;
            edge.serve(listener -> listener.idleMillis(10_000 + edit)
                    .rule(
                            "r" + edit,
                            "host" + edit + ".com",
                            null,
                            edge.listener().groups().first()));
            client.send("still " + (char) ('a' + i));
            assertThat(new String(client.in().readNBytes(7))).isEqualTo("still " + (char) ('a' + i));
        }
    }
}
