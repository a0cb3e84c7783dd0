package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.Http2Socket.status;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Servers of HTTP/2 that say of a request that they have not begun with it: it is sent again, whatever its method. */
@Sockets
class Http2RefusalsTest {

    private static final BackendPlan H2C = new BackendPlan(BackendPlan.Protocol.H2C, null);
    private static final int REFUSED = (int) Http2Error.REFUSED_STREAM.code();

    private HttpEdge edge;

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO, 1);
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private void serve(TcpServer... servers) {
        int[] ports = new int[servers.length];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = servers[i].port();
        }
        edge.forwardTo(listener -> listener.backend(H2C), ports);
    }

    /** Answers each request with a name and what the request had as its body. */
    private TcpServer good(String name) {
        return edge.tcpServer(connection -> answerAll(name, Http2Socket.accept(connection)));
    }

    private static void answerAll(String name, Http2Socket server) throws IOException {
        while (true) {
            answer(name, server, server.awaitRequest());
        }
    }

    private static void answer(String name, Http2Socket server, int stream) throws IOException {
        String body = server.answer(stream).text();
        server.fields(stream, status(200), false);
        server.data(stream, name + " " + body, true);
    }

    private TcpServer refusing(AtomicInteger requests) {
        return edge.tcpServer(connection -> {
            Http2Socket server = Http2Socket.accept(connection);
            while (true) {
                int stream = server.awaitRequest();
                server.answer(stream);
                requests.incrementAndGet();
                server.reset(stream, REFUSED);
            }
        });
    }

    private static HttpClientSocket post(HttpClientSocket client, String body) throws Exception {
        return client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    @Test
    void theNextServerTakesIt() throws Exception {
        AtomicInteger refused = new AtomicInteger();
        serve(refusing(refused), good("good"));
        HttpClientSocket client = edge.client();
        for (int i = 0; i < 6; i++) {
            assertThat(post(client, "a" + i).read().text()).isEqualTo("good a" + i);
        }
        assertThat(refused).hasPositiveValue();
    }

    @Test
    void theOnlyServerIsAskedAgain() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        serve(edge.tcpServer(connection -> {
            Http2Socket server = Http2Socket.accept(connection);
            while (true) {
                int stream = server.awaitRequest();
                if (requests.incrementAndGet() % 2 == 1) {
                    server.reset(stream, REFUSED);
                } else {
                    answer("again", server, stream);
                }
            }
        }));
        assertThat(post(edge.client(), "x").read().text()).isEqualTo("again x");
        assertThat(requests).hasValue(2);
    }

    @Test
    void threeTriesAreAll() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        serve(refusing(requests), refusing(requests));
        HttpMessage answer = post(edge.client(), "x").read();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("SLB-Reason")).isEqualTo("ServerRefused");
        assertThat(requests).hasValue(3);
        await(() -> edge.forwarder().refusals("ServerRefused") == 1);
    }

    @Test
    void aBodyThatFollowsItsHeadIsKept() throws Exception {
        AtomicInteger refused = new AtomicInteger();
        serve(edge.tcpServer(connection -> {
            Http2Socket server = Http2Socket.accept(connection);
            int stream = server.awaitRequest();
            server.await(Http2Socket.DATA, stream);
            refused.incrementAndGet();
            server.reset(stream, REFUSED);
            answerAll("then", server);
        }));
        HttpClientSocket client = edge.client();
        client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        await(() -> refused.get() == 1);
        client.send("3\r\ndef\r\n0\r\n\r\n");
        assertThat(client.read().text()).isEqualTo("then abcdef");
    }

    @Test
    void aBodyThatIsTooLargeToKeepIsNot() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        serve(refusing(requests), refusing(requests));
        HttpMessage answer = post(edge.client(), "x".repeat(200_000)).read();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("SLB-Reason")).isEqualTo("ServerRefused");
        assertThat(requests).hasValue(1);
    }

    @Test
    void whatHasBegunToBeAnsweredIsNotSentAgain() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        serve(edge.tcpServer(connection -> {
            Http2Socket server = Http2Socket.accept(connection);
            while (true) {
                int stream = server.awaitRequest();
                requests.incrementAndGet();
                server.fields(stream, status(200).add("content-length", "5"), false);
                server.data(stream, "he", false);
                server.reset(stream, REFUSED);
            }
        }));
        HttpClientSocket client = edge.client();
        post(client, "x").readHead();
        assertThat(new String(client.in().readAllBytes())).isEqualTo("he");
        assertThat(requests).hasValue(1);
    }

    @Test
    void streamsAboveTheLastOneOfAGoawayAreSentAgain() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        CountDownLatch first = new CountDownLatch(1);
        serve(edge.tcpServer(connection -> {
            Http2Socket server = Http2Socket.accept(connection);
            if (connections.incrementAndGet() > 1) {
                answerAll("new", server);
            }
            int last = server.awaitRequest();
            first.countDown();
            int refused = server.awaitRequest();
            server.answer(refused);
            server.goAway(last, (int) Http2Error.NO_ERROR.code());
            answer("old", server, last);
            server.awaitClose();
        }));
        HttpClientSocket one = edge.client();
        HttpClientSocket two = edge.client();
        post(one, "1");
        first.await();
        post(two, "2");
        assertThat(two.read().text()).isEqualTo("new 2");
        assertThat(one.read().text()).isEqualTo("old 1");
        assertThat(connections).hasValue(2);
        await(() -> edge.forwarder().picks(edge.listener(), "web0") == 2);
    }

    @Test
    void aServerThatLeavesAtOnceIsPassedOver() throws Exception {
        AtomicInteger left = new AtomicInteger();
        serve(
                edge.tcpServer(connection -> {
                    Http2Socket server = Http2Socket.accept(connection);
                    server.awaitRequest();
                    left.incrementAndGet();
                    server.goAway(0, (int) Http2Error.NO_ERROR.code());
                    server.awaitClose();
                }),
                good("good"));
        HttpClientSocket client = edge.client();
        for (int i = 0; i < 4; i++) {
            assertThat(post(client, "x").read().text()).isEqualTo("good x");
        }
        assertThat(left).hasPositiveValue();
    }

    @Test
    void aCallOfGrpcIsSentAgain() throws Exception {
        edge.http2();
        AtomicInteger refused = new AtomicInteger();
        serve(refusing(refused), good("good"));
        Http2Socket client = edge.http2Client();
        for (int i = 0; i < 4; i++) {
            int stream = client.open(
                    Http2Socket.request("POST", "/slb.test.Echo/Unary").add("te", "trailers"), false);
            client.data(stream, "call " + i, true);
            assertThat(client.answer(stream).text()).isEqualTo("good call " + i);
        }
        assertThat(refused).hasPositiveValue();
    }

    @Test
    void trailersFollowABodyWithALength() throws Exception {
        edge.http2();
        serve(edge.tcpServer(connection -> {
            Http2Socket server = Http2Socket.accept(connection);
            while (true) {
                int stream = server.awaitRequest();
                server.fields(stream, status(200).add("content-length", "5"), false);
                server.data(stream, "hello", false);
                server.fields(stream, new DefaultHttp2Headers().add("grpc-status", "0"), true);
            }
        }));
        Http2Socket client = edge.http2Client();
        for (int i = 0; i < 2; i++) {
            Http2Socket.Answer answer = client.answer(client.get("/"));
            assertThat(answer.header("content-length")).isEqualTo("5");
            assertThat(answer.text()).isEqualTo("hello");
            assertThat(answer.trailers.get("grpc-status")).hasToString("0");
        }
    }
}
