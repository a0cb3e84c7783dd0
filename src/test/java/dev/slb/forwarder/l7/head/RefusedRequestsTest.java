package dev.slb.forwarder.l7.head;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Requests that two parsers might read in two ways get no further than here. The requests are in a file. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Sockets
class RefusedRequestsTest {

    private final ByteArrayOutputStream reachedServer = new ByteArrayOutputStream();
    private HttpEdge edge;
    private TcpServer server;

    static List<RefusedRequest> cases() throws IOException {
        return RefusedRequest.all();
    }

    @BeforeAll
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO);
        server = edge.tcpServer(connection -> {
            byte[] buffer = new byte[1024];
            int count;
            while ((count = connection.getInputStream().read(buffer)) > 0) {
                synchronized (reachedServer) {
                    reachedServer.write(buffer, 0, count);
                }
                connection.getOutputStream().write(HttpServer.ok("reached the server"));
            }
        });
        edge.forwardTo(server.port());
    }

    @AfterAll
    void stop() throws Exception {
        edge.close();
    }

    private void assertNothingReachedAServer() {
        synchronized (reachedServer) {
            assertThat(reachedServer.toString(StandardCharsets.ISO_8859_1)).isEmpty();
        }
        assertThat(server.accepted()).as("connections to the server").isZero();
    }

    private static void assertRefused(RefusedRequest expected, HttpClientSocket client) throws IOException {
        HttpMessage answer = client.read();
        assertThat(answer.status()).isEqualTo(expected.status());
        assertThat(answer.header("SLB-Reason")).isEqualTo(expected.reason());
        assertThat(answer.header("Connection")).isEqualTo("close");
        assertThat(client.isEnded()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isRefusedAndNothingOfItReachesAServer(RefusedRequest refused) throws Exception {
        try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
            client.send(refused.request());

            assertRefused(refused, client);
        }
        assertNothingReachedAServer();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isRefusedWhenItComesInPieces(RefusedRequest refused) throws Exception {
        if (refused.reason().equals("InvalidChunk") || refused.request().length > 1000) {
            return; // a good head goes on before the bad chunk has come
        }
        try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
            for (byte each : refused.request()) {
                try {
                    client.send(new byte[] {each});
                } catch (SocketException e) {
                    break; // refused before its end
                }
            }
            assertRefused(refused, client);
        }
        assertNothingReachedAServer();
    }

    @Test
    void refusalsAreCountedByReason() throws Exception {
        long before = edge.forwarder().refusals("SpaceBeforeColon");
        try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
            client.send("GET / HTTP/1.1\r\nHost : a\r\n\r\n").read();
        }
        await(() -> edge.forwarder().refusals("SpaceBeforeColon") == before + 1);
    }

    @Test
    void whatFollowsABadRequestIsNotServed() throws Exception {
        try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n");

            assertThat(client.read().status()).isEqualTo(400);
            assertThat(client.isEnded()).isTrue();
        }
        assertNothingReachedAServer();
    }
}
