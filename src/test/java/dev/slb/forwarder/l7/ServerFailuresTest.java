package dev.slb.forwarder.l7;

import dev.slb.base.Threads;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Loopback;
import dev.slb.testing.Patience;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** What becomes of requests when servers fail: which are tried again, and what clients are told. */
@Sockets
class ServerFailuresTest {

    private static final String HOST = "Host: test\r\n";
    private static final String GET = "GET / HTTP/1.1\r\n" + HOST + "\r\n";
    private static final String POST = "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\nhi";

    private HttpEdge edge;

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO);
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private static void assertRefused(HttpMessage answer, int status, String reason) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("SLB-Reason")).isEqualTo(reason);
        assertThat(answer.text()).contains(reason);
    }

    @Test
    void aConnectionThatCantBeMadeMeansTheNextServer() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(Loopback.freePort(), Loopback.freePort(), server.port());
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 12; i++) {
            assertThat(client.send(POST).read().text()).isEqualTo("a");
        }
        assertThat(edge.forwarder().picks(edge.listener(), "web0")).isZero();
        assertThat(edge.forwarder().picks(edge.listener(), "web2")).isEqualTo(12);
    }

    @Test
    void afterThreeAttemptsTheClientIsTold() throws Exception {
        edge.forwardTo(Loopback.freePort(), Loopback.freePort(), Loopback.freePort(), Loopback.freePort());
        HttpClientSocket client = edge.client();

        assertRefused(client.send(POST).read(), 502, "ConnectFailed");
        assertRefused(client.send(GET).read(), 502, "ConnectFailed");
        assertThat(edge.forwarder().refusals("ConnectFailed")).isEqualTo(2);
    }

    @Test
    void aConnectionThatIsNotAcceptedInTimeMeansTheNextServer() throws Exception {
        HttpServer server = edge.server("a");
        int deaf = deafPort();
        edge.forwardTo(listener -> listener.connectMillis(100), deaf, server.port());
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 4; i++) {
            assertThat(client.send(GET).read().text()).isEqualTo("a");
        }
    }

    @Test
    void ifNoneIsAcceptedInTimeTheClientIsTold() throws Exception {
        edge.forwardTo(listener -> listener.connectMillis(50), deafPort(), deafPort());

        assertRefused(edge.client().send(GET).read(), 504, "ConnectTimeout");
    }

    /** A port whose queue of connections is full, so that the kernel drops further ones. */
    private int deafPort() throws Exception {
        ServerSocket socket = edge.closing(new ServerSocket(0, 1, java.net.InetAddress.getByName(Loopback.ADDRESS)));
        List<Socket> queued = new ArrayList<>();
        try {
            while (queued.size() < 10) {
                Socket next = edge.closing(new Socket());
                next.connect(socket.getLocalSocketAddress(), 300);
                queued.add(next);
            }
        } catch (IOException e) {
            // full
        }
        return socket.getLocalPort();
    }

    /** Answers the first request of each connection and closes it when the second comes. */
    private TcpServer closingOnSecondRequest(String name, AtomicInteger requests) {
        return edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            for (int i = 0; HttpMessage.read(in, true, false) != null && i < 1; i++) {
                requests.incrementAndGet();
                connection.getOutputStream().write(HttpServer.ok(name));
            }
        });
    }

    @Test
    void aKeptConnectionThatTurnsOutClosedIsReplaced() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        TcpServer server = closingOnSecondRequest("a", requests);
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 10; i++) {
            assertThat(client.send(GET).read().text()).isEqualTo("a");
        }
        assertThat(requests).hasValue(10);
        assertThat(edge.forwarder().picks(edge.listener(), "web0")).isEqualTo(10);
    }

    private TcpServer closingWithoutAnAnswer(AtomicInteger requests) {
        return edge.tcpServer(connection -> {
            if (HttpMessage.read(connection.getInputStream(), true, false) != null) {
                requests.incrementAndGet();
            }
        });
    }

    @Test
    void whatIsNotIdempotentIsNotSentTwice() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        edge.forwardTo(
                closingWithoutAnAnswer(requests).port(),
                closingWithoutAnAnswer(requests).port());
        HttpClientSocket client = edge.client();

        assertRefused(client.send(POST).read(), 502, "ServerClosed");
        assertThat(requests).hasValue(1);

        assertRefused(client.send(GET).read(), 502, "ServerClosed");
        assertThat(requests).as("what is idempotent went to both").hasValue(3);
    }

    @Test
    void norOverAKeptConnection() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        TcpServer server = closingOnSecondRequest("a", requests);
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        assertThat(client.send(GET).read().text()).isEqualTo("a");
        assertRefused(client.send(POST).read(), 502, "ServerClosed");
    }

    @Test
    void whatIsNotIdempotentTakesNoConnectionThatWasIdleForLong() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();
        assertThat(client.send(POST).read().text()).isEqualTo("a");
        assertThat(client.send(POST).read().text()).isEqualTo("a");
        assertThat(server.connections().accepted()).isEqualTo(1);

        TimeUnit.MILLISECONDS.sleep(1_100); // the idleness under test

        assertThat(client.send(GET).read().text()).isEqualTo("a");
        assertThat(server.connections().accepted()).isEqualTo(1);
        TimeUnit.MILLISECONDS.sleep(1_100); // and again
        assertThat(client.send(POST).read().text()).isEqualTo("a");
        assertThat(server.connections().accepted()).isEqualTo(2);
    }

    @Test
    void anIdempotentRequestWithoutAnAnswerGoesToTheNextServer() throws Exception {
        TcpServer bad = edge.tcpServer(connection -> HttpMessage.read(connection.getInputStream(), true, false));
        HttpServer good = edge.server(request -> HttpServer.ok("good " + request.text()));
        edge.forwardTo(bad.port(), good.port());
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 4; i++) {
            assertThat(client.send("PUT / HTTP/1.1\r\n" + HOST + "Content-Length: 2\r\n\r\nhi")
                            .read()
                            .text())
                    .isEqualTo("good hi");
        }
        assertThat(bad.accepted()).isPositive();
    }

    @Test
    void aRequestWhoseAnswerHasBegunIsNotSentAgain() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        TcpServer.Behaviour half = connection -> {
            if (HttpMessage.read(connection.getInputStream(), true, false) != null) {
                requests.incrementAndGet();
                connection.getOutputStream().write(HttpServer.raw("HTTP/1.1 200 OK\r\nContent-"));
            }
        };
        edge.forwardTo(edge.tcpServer(half).port(), edge.tcpServer(half).port());

        assertRefused(edge.client().send(GET).read(), 502, "ServerClosed");
        assertThat(requests).hasValue(1);
    }

    @Test
    void anIdempotentRequestWhoseBodyHasGoneIsNotSentAgain() throws Exception {
        TcpServer bad = edge.tcpServer(connection -> {
            HttpMessage head = HttpMessage.read(connection.getInputStream(), true, true);
            connection.getInputStream().readNBytes(Integer.parseInt(head.header("Content-Length")));
        });
        edge.forwardTo(bad.port());
        HttpClientSocket client = edge.client();

        client.send("PUT / HTTP/1.1\r\n" + HOST + "Content-Length: 500000\r\n\r\n" + "x".repeat(500_000));

        assertRefused(client.read(), 502, "ServerClosed");
        assertThat(bad.accepted()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage\r\n\r\n",
                "HTTP/1.1 200 OK\n\n",
                "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx",
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
            })
    void anInvalidAnswerIs502(String answer) throws Exception {
        HttpServer server = edge.server(request -> HttpServer.raw(answer));
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        assertRefused(client.send(GET).read(), 502, "InvalidAnswer");
        assertRefused(client.send(GET).read(), 502, "InvalidAnswer");
        await(() -> server.connections().open() == 0);
        assertThat(server.requests()).as("an answer, so not sent again").hasSize(2);
    }

    @Test
    void anAnswerWhoseHeadIsTooLargeIs502() throws Exception {
        HttpServer server = edge.server(request ->
                HttpServer.raw("HTTP/1.1 200 OK\r\nA: " + "x".repeat(70_000) + "\r\nContent-Length: 0\r\n\r\n"));
        edge.forwardTo(server.port());

        assertRefused(edge.client().send(GET).read(), 502, "InvalidAnswer");
    }

    @Test
    void aBadChunkInTheMiddleOfAnAnswerBreaksItOff() throws Exception {
        CompletableFuture<Void> seen = new CompletableFuture<>();
        TcpServer server = edge.tcpServer(connection -> {
            OutputStream out = connection.getOutputStream();
            HttpMessage.read(connection.getInputStream(), true, false);
            out.write(HttpServer.raw("HTTP/1.1 200 OK\r\nDate: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"));
            seen.join();
            out.write(HttpServer.raw("3\r\nabcd\r\n0\r\n\r\n"));
            connection.getInputStream().read();
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send(GET);
        String begin = "HTTP/1.1 200 OK\r\nDate: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
        assertThat(new String(client.in().readNBytes(begin.length()))).isEqualTo(begin);
        seen.complete(null);

        assertThat(client.isEnded()).as("without a last chunk").isTrue();
        await(() -> server.open() == 0);
    }

    @Test
    void aBadChunkInTheMiddleOfARequestNeverCompletesItForTheServer() throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        CompletableFuture<Void> begun = new CompletableFuture<>();
        TcpServer server = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            HttpMessage.read(in, true, true);
            StringBuilder body = new StringBuilder();
            try {
                for (int b = in.read(); b >= 0; b = in.read()) {
                    body.append((char) b);
                    begun.complete(null);
                }
            } catch (IOException e) {
                // reset
            }
            seen.complete(body.toString());
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        begun.get(20, TimeUnit.SECONDS);
        client.send("3\r\nabcd\r\n0\r\n\r\nGET /evil HTTP/1.1\r\n" + HOST + "\r\n");

        assertRefused(client.read(), 400, "InvalidChunk");
        assertThat(client.isEnded()).isTrue();
        assertThat(seen.get(20, TimeUnit.SECONDS)).isEqualTo("3\r\nabc\r\n");
    }

    /** What its end leaves unsent of the request is no sign that something of the answer is missing. */
    @ParameterizedTest
    @EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void anEarlyAnswerThatEndsWithItsConnectionIsWhole(TransportKind transport) throws Exception {
        edge.close();
        edge = HttpEdge.start(transport);
        CompletableFuture<Void> full = new CompletableFuture<>();
        CompletableFuture<Void> seen = new CompletableFuture<>();
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, true);
            full.join();
            connection.getOutputStream().write(HttpServer.raw("HTTP/1.1 413 Too Large\r\n\r\nno"));
            connection.shutdownOutput();
            seen.join();
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();
        client.send("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 5000000000\r\n\r\n");
        AtomicLong sent = new AtomicLong();
        Threads.daemon("sender", () -> {
                    byte[] piece = new byte[100_000];
                    try {
                        while (true) {
                            client.send(piece);
                            sent.addAndGet(piece.length);
                        }
                    } catch (IOException e) {
                        // closed
                    }
                })
                .start();
        Patience.awaitStandstill(sent::get);
        full.complete(null);

        HttpMessage answer = client.readHead();
        assertThat(answer.status()).isEqualTo(413);
        assertThat(new String(client.in().readNBytes(3), StandardCharsets.US_ASCII))
                .isEqualTo("no");
        seen.complete(null);
        // Were it broken off, the sender might be told so instead of the reader.
        assertThat(edge.forwarder().refusals("AnswerCutByServer")).isZero();
    }

    @Test
    void anEarlyAnswerIsPassedOnThoughTheServerReadsNoMore() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, true);
            connection.getOutputStream().write(HttpServer.raw("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno"));
            connection.setSoLinger(true, 5);
            connection.shutdownOutput();
            connection.getInputStream().readNBytes(100_000);
        });
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();

        client.send("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 50000000\r\n\r\n" + "x".repeat(10_000));

        HttpMessage answer = client.read();
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.text()).isEqualTo("no");
    }
}
