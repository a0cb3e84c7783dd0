package dev.slb.forwarder.l7.http1;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.Patience.pause;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

@Sockets
class TimeoutsTest {

    private static final String HOST = "Host: test\r\n";

    private HttpEdge edge;

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO);
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private static long millisSince(long nanoTime) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanoTime);
    }

    @Test
    void aConnectionWithoutARequestIsClosed() throws Exception {
        edge.forwardTo(listener -> listener.idleMillis(200), edge.server("a").port());
        long begin = System.nanoTime();
        HttpClientSocket client = edge.client();

        assertThat(client.isEnded()).isTrue();
        assertThat(millisSince(begin)).isGreaterThanOrEqualTo(200);
    }

    @Test
    void aConnectionIsClosedWhenTheNextRequestDoesNotCome() throws Exception {
        edge.forwardTo(listener -> listener.idleMillis(1_000), edge.server("a").port());
        HttpClientSocket client = edge.client();
        for (int i = 0; i < 3; i++) {
            assertThat(client.get("/").status()).isEqualTo(200);
        }
        long begin = System.nanoTime();

        assertThat(client.isEnded()).isTrue();
        assertThat(millisSince(begin)).isGreaterThanOrEqualTo(990);
    }

    @Test
    void aSlowAnswerIsNotIdleness() throws Exception {
        HttpServer server = edge.server(request -> {
            pause(1_000);
            return HttpServer.ok("late");
        });
        edge.forwardTo(listener -> listener.idleMillis(500), server.port());

        assertThat(edge.client().get("/").text()).isEqualTo("late");
    }

    @Test
    void aHeadThatDoesNotEndInTimeIs408HoweverManyBytesTrickle() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(listener -> listener.idleMillis(300), server.port());
        HttpClientSocket client = edge.client();

        client.send("GET / HTTP/1.1\r\n" + HOST);
        while (client.in().available() == 0) {
            client.send("X: y\r\n");
            pause(20);
        }
        HttpMessage answer = client.read();

        assertThat(answer.status()).isEqualTo(408);
        assertThat(answer.header("SLB-Reason")).isEqualTo("SlowHead");
        assertThat(client.isEnded()).isTrue();
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void noAnswerInTimeIs504() throws Exception {
        TcpServer server =
                edge.tcpServer(connection -> connection.getInputStream().readAllBytes());
        edge.forwardTo(listener -> listener.requestMillis(200), server.port());
        HttpClientSocket client = edge.client();
        long begin = System.nanoTime();

        for (int i = 0; i < 2; i++) {
            HttpMessage answer = client.get("/");
            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.header("SLB-Reason")).isEqualTo("RequestTimeout");
        }
        assertThat(millisSince(begin)).isGreaterThanOrEqualTo(400);
        assertThat(edge.forwarder().refusals("RequestTimeout")).isEqualTo(2);
        await(() -> server.open() == 0);
    }

    @Test
    void anUploadThatStallsIs408() throws Exception {
        TcpServer server =
                edge.tcpServer(connection -> connection.getInputStream().readAllBytes());
        edge.forwardTo(listener -> listener.requestMillis(200), server.port());
        HttpClientSocket client = edge.client();

        HttpMessage answer = client.send("POST / HTTP/1.1\r\n" + HOST + "Content-Length: 10\r\n\r\nabc")
                .read();

        assertThat(answer.status()).isEqualTo(408);
        assertThat(answer.header("SLB-Reason")).isEqualTo("SlowBody");
        await(() -> server.open() == 0);
    }

    @Test
    void anUploadThatGoesOnIsNotCut() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok("got " + request.body().length));
        edge.forwardTo(listener -> listener.requestMillis(2_000), server.port());
        HttpClientSocket client = edge.client();
        long begin = System.nanoTime();

        client.send("POST / HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n");
        int sent = 0;
        while (millisSince(begin) < 3_000) {
            client.send("1\r\nx\r\n");
            sent++;
            pause(50);
        }
        client.send("0\r\n\r\n");

        assertThat(client.read().text()).isEqualTo("got " + sent);
    }

    @Test
    void aLongAnswerIsNotCut() throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            HttpMessage.read(connection.getInputStream(), true, false);
            connection.getOutputStream().write(HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
            for (int i = 0; i < 5; i++) {
                pause(250);
                connection.getOutputStream().write('x');
            }
        });
        edge.forwardTo(listener -> listener.requestMillis(800).idleMillis(800), server.port());

        assertThat(edge.client().get("/").text()).isEqualTo("xxxxx");
    }

    @Test
    void pipelinedRequestsOfAClientThatReadsNothingDoNotPileUp() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok("x".repeat(60_000)));
        edge.forwardTo(listener -> listener.idleMillis(500).requestMillis(500), server.port());
        HttpClientSocket client = edge.client();
        client.socket().setReceiveBufferSize(4096);
        String request = "GET / HTTP/1.1\r\n" + HOST + "\r\n";

        client.send(request.repeat(1000));

        await(() -> edge.forwarder().activeConnections(edge.listener()) == 0);
        assertThat(server.requests().size()).as("answers made for nobody").isLessThan(500);
    }

    @Test
    void aClientThatTakesNothingOfItsAnswerIsReset() throws Exception {
        byte[] answer = HttpServer.ok("x".repeat(32 << 20)); // made before: the server must not be the slow one
        HttpServer server = edge.server(request -> answer);
        edge.forwardTo(listener -> listener.requestMillis(1_000), server.port());
        HttpClientSocket client = edge.client();
        client.send("GET / HTTP/1.1\r\n" + HOST + "\r\n");

        await(() -> edge.forwarder().forwarder().stats().refusals().getOrDefault(ClientConnection.SLOW_READ, 0L) == 1);
        await(() -> edge.forwarder().activeConnections(edge.listener()) == 0);
    }

    /** Kernels make room in steps of a megabyte and more: what the client takes meanwhile counts, too. */
    @Test
    void aClientThatTakesItsAnswerSlowlyIsNotTakenForOneThatTakesNothing() throws Exception {
        byte[] answer = HttpServer.ok("x".repeat(16 << 20));
        HttpServer server = edge.server(request -> answer);
        edge.forwardTo(listener -> listener.requestMillis(1_000).idleMillis(1_000), server.port());
        Socket client = edge.closing(new Socket());
        client.setReceiveBufferSize(4096);
        client.setSoTimeout(20_000);
        client.connect(new InetSocketAddress("127.0.0.1", edge.port()));
        client.getOutputStream().write(HttpServer.raw("GET / HTTP/1.1\r\n" + HOST + "\r\n"));

        takeSlowly(client.getInputStream());

        assertThat(edge.forwarder().forwarder().stats().refusals()).isEmpty();
    }

    private static void takeSlowly(InputStream in) throws IOException {
        for (int i = 0; i < 200; i++) {
            assertThat(in.readNBytes(2_000)).hasSize(2_000);
            pause(25);
        }
    }

    @Test
    void whoWaitsForBandwidthIsNotTakenForAClientThatTakesNothing() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok("x".repeat(60_000)));
        edge.forwardTo(listener -> listener.requestMillis(2_000).bandwidth(100_000), server.port());

        assertThat(edge.client().get("/").text()).hasSize(60_000);
        assertThat(edge.forwarder().forwarder().stats().refusals()).isEmpty();
    }

    @Test
    void aBodyThatWaitsForBandwidthIsNotTakenForOneThatStops() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.ok("all of it"));
        edge.forwardTo(listener -> listener.requestMillis(2_000).bandwidth(100_000), server.port());
        HttpClientSocket client = edge.client();

        client.send("POST / HTTP/1.1\r\nContent-Length: 100000\r\n" + HOST + "\r\n" + "x".repeat(100_000));

        assertThat(client.read().text()).isEqualTo("all of it");
    }

    /** Of many lengths: of some the end is with us while the client takes nothing, the kernel having taken what it can. */
    @Test
    void aClientThatTakesItsAnswerLateGetsAllOfIt() throws Exception {
        int step = 100_000;
        byte[] block = new byte[step];
        TcpServer server = edge.tcpServer(connection -> {
            String target =
                    HttpMessage.read(connection.getInputStream(), true, false).target();
            int length = Integer.parseInt(target.substring(1));
            connection
                    .getOutputStream()
                    .write(HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n"));
            for (int sent = 0; sent < length; sent += step) {
                connection.getOutputStream().write(block);
            }
        });
        edge.forwardTo(listener -> listener.idleMillis(200).requestMillis(60_000), server.port());
        Map<Integer, Socket> clients = new TreeMap<>();
        for (int length = step; length <= 50 * step; length += step) {
            Socket client = edge.closing(new Socket());
            client.setReceiveBufferSize(4096);
            client.setSoTimeout(20_000);
            client.connect(new InetSocketAddress("127.0.0.1", edge.port()));
            client.getOutputStream().write(HttpServer.raw("GET /" + length + " HTTP/1.1\r\n" + HOST + "\r\n"));
            clients.put(length, client);
        }
        pause(1_500);

        for (Map.Entry<Integer, Socket> client : clients.entrySet()) {
            client.getValue().setReceiveBufferSize(1 << 20);
            assertThat(client.getValue().getInputStream().readAllBytes()).hasSizeGreaterThan(client.getKey());
        }
    }
}
