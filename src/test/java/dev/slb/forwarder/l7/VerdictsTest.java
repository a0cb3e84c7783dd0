package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.net.Socket;
import java.util.function.Consumer;

import static dev.slb.testing.GroupPlanBuilder.id;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** A check takes the answers that traffic takes, and no others: a server is not normal whose every answer is 502, nor the reverse. */
@Sockets
class VerdictsTest {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");

    private HttpEdge edge;

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO, 1);
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    /** The verdict by a check, and what the same request is answered by way of a listener without one. */
    private void assertVerdict(TcpServer server, BackendPlan.Protocol protocol, boolean good) throws IOException {
        BackendPlan backend = new BackendPlan(protocol, null);
        HealthCheckPlanBuilder check = HealthCheckPlanBuilder.http(20, 20_000).request("GET", "/", null);
        edge.forwardTo(
                listener -> listener.backend(backend)
                        .check(check.backend(protocol == BackendPlan.Protocol.HTTP ? null : backend)
                                .build()),
                server.port());
        int unchecked = Loopback.freePort();
        edge.forwarder()
                .serve(
                        HttpEdge.group("unchecked", server.port()),
                        ListenerPlanBuilder.http("unchecked", unchecked)
                                .group(DocumentId.vServerGroup("shop", "unchecked"))
                                .backend(backend)
                                .build());
        String name = id("web0", server.port());
        await(() -> edge.forwarder().health(WEB, name).health() != Health.UNAVAILABLE);

        assertThat(edge.forwarder().health(WEB, name).health())
                .as("%s", edge.forwarder().health(WEB, name).cause())
                .isEqualTo(good ? Health.NORMAL : Health.ABNORMAL);
        try (Socket client = Loopback.connect(unchecked)) {
            client.getOutputStream().write(HttpServer.raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
            HttpMessage answer = HttpMessage.read(client.getInputStream(), false, true);
            while (answer.status() < 200) {
                answer = HttpMessage.read(client.getInputStream(), false, true);
            }
            assertThat(answer.status() < 400).as("%s", answer).isEqualTo(good);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "true, 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'",
        "true, 'HTTP/1.1 200 OK\\r\\nA: {9000}\\r\\nContent-Length: 2\\r\\n\\r\\nok'",
        "true, 'HTTP/1.1 200 OK\\r\\nA: {65000}\\r\\nContent-Length: 2\\r\\n\\r\\nok'",
        "false, 'HTTP/1.1 200 OK\\r\\nA: {66000}\\r\\nContent-Length: 2\\r\\n\\r\\nok'",
        "true, 'HTTP/1.1 200 {9000}\\r\\nContent-Length: 2\\r\\n\\r\\nok'",
        "true, 'HTTP/1.1 200\\r\\nContent-Length: 2\\r\\n\\r\\nok'",
        "true, 'HTTP/1.0 200 OK\\r\\n\\r\\nok'",
        "true, 'HTTP/1.1 204 No Content\\r\\nContent-Length: 2\\r\\n\\r\\n'",
        "true, 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nContent-Length : 2\\r\\n\\r\\nok'",
        "true, 'HTTP/1.1 100 Continue\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0 \\r\\n\\r\\n'",
        "false, 'HTTP/1.1 200 OK\\n\\n'",
        "false, 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nContent-Length: 3\\r\\n\\r\\nok'",
        "false, 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n'",
        "false, 'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: gzip\\r\\n\\r\\nok'",
        "false, 'HTTP/1.1 200 OK\\r\\nContent-Length: two\\r\\n\\r\\nok'",
        "false, 'HTTP/1.1 200 OK\\r\\nA B: c\\r\\nContent-Length: 2\\r\\n\\r\\nok'",
        "false, 'HTTP/1.1 200 OK\\r\\nno field\\r\\nContent-Length: 2\\r\\n\\r\\nok'",
        "false, 'HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: x\\r\\n\\r\\n'",
        "false, 'HTTP/3.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'",
        "false, 'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nx\\r\\n'",
        "false, 'ICY 200 OK\\r\\n\\r\\n'",
    })
    void ofWhatIsSentByHttp1(boolean good, String answer) throws Exception {
        String text = answer.replace("\\r", "\r").replace("\\n", "\n");
        for (int length : new int[] {9_000, 65_000, 66_000}) {
            text = text.replace("{" + length + "}", "x".repeat(length));
        }
        assertVerdict(answering(text), BackendPlan.Protocol.HTTP, good);
    }

    @ParameterizedTest
    @CsvSource({"256, true", "257, false"})
    void ofManyInterimAnswers(int count, boolean good) throws Exception {
        String text = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(count) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        assertVerdict(answering(text), BackendPlan.Protocol.HTTP, good);
    }

    private TcpServer answering(String text) {
        return edge.tcpServer(connection -> {
            while (HttpMessage.read(connection.getInputStream(), true, true) != null) {
                connection.getOutputStream().write(HttpServer.raw(text));
            }
        });
    }

    /** By HTTP/2. */
    enum Fields {
        FEW(true, fields -> {}),
        LONG(true, fields -> fields.add("a", "x".repeat(9_000))),
        VERY_LONG(true, fields -> fields.add("a", "x".repeat(60_000))),
        TOO_LONG(false, fields -> fields.add("a", "x".repeat(70_000))),
        NO_CONTENT(true, fields -> fields.status("204").add("content-length", "5")),
        TOO_SHORT(false, fields -> fields.add("content-length", "5")),
        NO_LENGTH(false, fields -> fields.add("content-length", "five")),
        TWO_STATUSES(false, fields -> fields.add(":status", "201")),
        SWITCHING(false, fields -> fields.status("101")),
        OF_TWO_DIGITS(false, fields -> fields.status("20")),
        OF_FOUR_DIGITS(false, fields -> fields.status("2000")),
        CONTROL_CHARACTER(false, fields -> fields.add("a", "\u0001")),
        NAME_WITH_BLANK(false, fields -> fields.add("a b", "c")),
        MANY(false, fields -> {
            for (int i = 0; i < 257; i++) {
                fields.add("a" + i, "b");
            }
        }),
        OF_A_CONNECTION(false, fields -> fields.add("transfer-encoding", "chunked"));

        private final boolean good;
        private final Consumer<Http2Headers> change;

        Fields(boolean good, Consumer<Http2Headers> change) {
            this.good = good;
            this.change = change;
        }

        Http2Headers answer() {
            Http2Headers fields = Http2Socket.status(200);
            change.accept(fields);
            return fields;
        }
    }

    @ParameterizedTest
    @EnumSource
    void ofWhatIsSentByHttp2(Fields fields) throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            Http2Socket http2 = Http2Socket.accept(connection);
            while (true) {
                http2.fields(http2.awaitRequest(), fields.answer(), true);
            }
        });
        assertVerdict(server, BackendPlan.Protocol.H2C, fields.good);
    }

    @ParameterizedTest
    @CsvSource({"256, true", "257, false"})
    void ofManyInterimAnswersByHttp2(int count, boolean good) throws Exception {
        TcpServer server = edge.tcpServer(connection -> {
            Http2Socket http2 = Http2Socket.accept(connection);
            while (true) {
                int stream = http2.awaitRequest();
                for (int i = 0; i < count; i++) {
                    http2.fields(stream, Http2Socket.status(103), false);
                }
                http2.fields(stream, Http2Socket.status(200), true);
            }
        });
        assertVerdict(server, BackendPlan.Protocol.H2C, good);
    }
}
