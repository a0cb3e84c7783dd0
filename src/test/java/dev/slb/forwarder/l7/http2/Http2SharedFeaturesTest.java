package dev.slb.forwarder.l7.http2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import io.netty.handler.codec.http2.Http2Error;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.Http2Socket.request;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** What belongs to requests of every version of HTTP, for a stream of HTTP/2. */
@Sockets
class Http2SharedFeaturesTest {

    @TempDir
    private Path folder;

    @Test
    void eachStreamHasALineInTheAccessLog() throws Exception {
        Path file = folder.resolve("access.log");
        CountDownLatch slow = new CountDownLatch(1);
        try (HttpEdge edge = HttpEdge.http2(TransportKind.AUTO, file)) {
            HttpServer server = edge.server(request -> {
                if (request.target().equals("/slow")) {
                    slow.countDown();
                    return null;
                }
                return HttpServer.raw(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ngot\r\n0\r\nX: y\r\n\r\n");
            });
            edge.forwardTo(listener -> listener.accessLog("JSON"), server.port());
            Http2Socket client = edge.http2Client();
            int stream = client.open(request("PUT", "/a?b=c").add("user-agent", "test"), false);
            client.data(stream, "12345", true);
            assertThat(client.answer(stream).text()).isEqualTo("got");
            await(() -> Files.readString(file).lines().count() == 1);
            client.answer(client.open(request("POST", "/slow"), true));
            assertThat(slow.await(20, TimeUnit.SECONDS)).isTrue();
            client.reset(client.open(request("POST", "/never"), false), (int) Http2Error.CANCEL.code());
            await(() -> Files.readString(file).lines().count() == 3);
        }
        List<String> lines = Files.readAllLines(file);
        JsonNode line = new ObjectMapper().readTree(lines.get(0));
        assertThat(line.get("server_protocol").asText()).isEqualTo("HTTP/2.0");
        assertThat(line.get("scheme").asText()).isEqualTo("https");
        assertThat(line.get("request_method").asText()).isEqualTo("PUT");
        assertThat(line.get("request_uri").asText()).isEqualTo("/a?b=c");
        assertThat(line.get("host").asText()).isEqualTo("shop");
        assertThat(line.get("http_user_agent").asText()).isEqualTo("test");
        assertThat(line.get("status").asInt()).isEqualTo(200);
        assertThat(line.get("body_bytes_sent").asInt()).isEqualTo(3);
        assertThat(new ObjectMapper().readTree(lines.get(1)).get("status").asInt())
                .isEqualTo(502);
        assertThat(new ObjectMapper().readTree(lines.get(2)).get("status").asInt())
                .isEqualTo(499);
    }
}
