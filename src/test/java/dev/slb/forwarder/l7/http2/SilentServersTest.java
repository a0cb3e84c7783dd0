package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.Sockets;
import io.netty.handler.codec.http2.Http2Error;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.Http2Socket.request;
import static org.assertj.core.api.Assertions.assertThat;

/** Servers of HTTP/2 of which nothing more is heard on a connection: found by a ping, long before requests have no time left. */
@Sockets
class SilentServersTest {

    private static final BackendPlan H2C = new BackendPlan(BackendPlan.Protocol.H2C, null);
    private static final int CANCEL = (int) Http2Error.CANCEL.code();

    private HttpEdge edge;
    private final AtomicInteger connections = new AtomicInteger();

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO, 1).http2();
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private static void answerAll(Http2Socket server) throws IOException {
        while (true) {
            server.ok(server.awaitRequest(), "well");
        }
    }

    @Test
    void aConnectionWhosePingHasNoAnswerEndsAndTakesNoRequestsMeanwhile() throws Exception {
        CompletableFuture<Void> pinged = new CompletableFuture<>();
        edge.forwardTo(
                listener -> listener.backend(H2C).requestMillis(600_000),
                edge.tcpServer(connection -> {
                            Http2Socket server = Http2Socket.accept(connection).acksPings(false);
                            if (connections.incrementAndGet() > 1) {
                                answerAll(server);
                            }
                            server.await(Http2Socket.PING, 0);
                            pinged.complete(null);
                            server.awaitClose();
                        })
                        .port());
        Http2Socket client = edge.http2Client();
        client.socket().setSoTimeout(60_000);
        int posted = client.open(request("POST", "/"), true);
        int got = client.get("/");

        pinged.get(60, TimeUnit.SECONDS);
        int next = client.open(request("POST", "/next"), true);
        assertThat(client.answer(next).text()).isEqualTo("well");
        assertThat(connections).hasValue(2);
        assertThat(client.soFar(posted).head).isNull();

        Http2Socket.Answer refused = client.answer(posted);
        assertThat(refused.status()).isEqualTo(504);
        assertThat(refused.header("slb-reason")).isEqualTo("ServerSilent");
        assertThat(client.answer(got).text()).as("is sent again").isEqualTo("well");
        assertThat(edge.forwarder().refusals("ServerSilent")).isEqualTo(1);
    }

    /** Or it takes us for a flood: servers of gRPC allow two without a part of an answer in between. */
    @Test
    void aServerThatDoesNotAnswerIsPingedTwiceAtMost() throws Exception {
        CompletableFuture<Http2Socket> connected = new CompletableFuture<>();
        CompletableFuture<Void> ended = new CompletableFuture<>();
        edge.forwardTo(
                listener -> listener.backend(H2C),
                edge.tcpServer(connection -> {
                            connected.complete(Http2Socket.accept(connection));
                            ended.join();
                        })
                        .port());
        Http2Socket client = edge.http2Client();
        int first = client.open(request("POST", "/"), true);
        Http2Socket server = connected.get(30, TimeUnit.SECONDS);
        server.ok(server.awaitRequest(), "well");
        client.answer(first);
        for (int round = 1; round <= 2; round++) {
            for (int i = 0; i < 5; i++) {
                int cancelled = client.open(request("POST", "/"), true);
                int stream = server.awaitRequest();
                client.reset(cancelled, CANCEL);
                server.await(Http2Socket.RST_STREAM, stream);
            }
            int answered = client.open(request("POST", "/"), true);
            server.ok(server.awaitRequest(), "well");
            assertThat(client.answer(answered).text()).isEqualTo("well");
            assertThat(server.pings()).isEqualTo(2 * round);
        }
        ended.complete(null);
    }
}
