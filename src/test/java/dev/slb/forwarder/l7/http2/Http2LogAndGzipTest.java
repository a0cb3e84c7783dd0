package dev.slb.forwarder.l7.http2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

import static dev.slb.testing.Http2Socket.request;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** What belongs to every version of HTTP, over HTTP/2 and TLS. */
@Sockets
class Http2LogAndGzipTest {

    @TempDir
    private Path folder;

    @Test
    void answersAreCompressedAndLogged() throws Exception {
        Path file = folder.resolve("access.log");
        String text = "All work and no play makes Jack a dull boy.\n".repeat(100);
        try (HttpEdge edge = HttpEdge.start(TransportKind.AUTO, file).http2()) {
            HttpServer server = edge.server(request -> HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                    + "Content-Length: " + text.length() + "\r\n\r\n" + text));
            edge.forwardTo(listener -> listener.gzip("text/plain").accessLog("JSON"), server.port());
            Http2Socket client = edge.http2Client();

            Http2Socket.Answer answer =
                    client.answer(client.open(request("GET", "/x").add("accept-encoding", "gzip"), true));

            assertThat(answer.header("content-encoding")).isEqualTo("gzip");
            assertThat(answer.header("vary")).isEqualTo("Accept-Encoding");
            assertThat(answer.header("content-length")).isNull();
            byte[] body = answer.body.toByteArray();
            assertThat(new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes())
                    .isEqualTo(text.getBytes(StandardCharsets.ISO_8859_1));
            await(() -> Files.readString(file).endsWith("\n"));
            JsonNode line = new ObjectMapper().readTree(Files.readString(file));
            assertThat(line.get("server_protocol").asText()).isEqualTo("HTTP/2.0");
            assertThat(line.get("scheme").asText()).isEqualTo("https");
            assertThat(line.get("request_method").asText()).isEqualTo("GET");
            assertThat(line.get("request_uri").asText()).isEqualTo("/x");
            assertThat(line.get("host").asText()).isEqualTo("shop");
            assertThat(line.get("status").asInt()).isEqualTo(200);
            assertThat(line.get("body_bytes_sent").asInt()).isEqualTo(body.length);
            assertThat(line.get("ssl_protocol").asText()).startsWith("TLSv1.");
            assertThat(line.get("ssl_cipher").asText()).startsWith("TLS_");
            assertThat(line.get("upstream_addr").asText()).isEqualTo("127.0.0.1:" + server.port());
        }
    }

    @Test
    void aRequestWhoseTrailersAreTooLargeIsOne() throws Exception {
        Path file = folder.resolve("access.log");
        try (HttpEdge edge = HttpEdge.start(TransportKind.AUTO, file).http2()) {
            edge.forwardTo(
                    listener -> listener.accessLog("JSON"), edge.server("well").port());
            Http2Socket client = edge.http2Client();
            int stream = client.open(request("POST", "/x"), false);
            Http2Headers trailers = new DefaultHttp2Headers();
            for (int i = 0; i < 20; i++) {
                trailers.add("x", "y".repeat(3000));
            }

            client.fields(stream, trailers, true);

            assertThat(client.answer(stream).status()).isEqualTo(431);
            assertThat(client.answer(stream).header("slb-reason")).isEqualTo("HeadTooLarge");
            await(() -> Files.readString(file).endsWith("\n"));
            JsonNode line = new ObjectMapper().readTree(Files.readString(file));
            assertThat(line.get("status").asInt()).isEqualTo(431);
            assertThat(line.get("slb_reason").asText()).isEqualTo("HeadTooLarge");
            assertThat(edge.forwarder().refusals("HeadTooLarge")).isEqualTo(1);
            assertThat(edge.forwarder()
                            .forwarder()
                            .stats()
                            .listeners()
                            .get(edge.listener().id())
                            .requests())
                    .isEqualTo(1);
        }
    }

    /** With servers of either version, which have the answer to HEAD in other forms. */
    @ParameterizedTest
    @EnumSource(
            value = BackendPlan.Protocol.class,
            names = {"HTTP", "H2C"})
    void whatCachesCompareIsTheSameOverHttp2(BackendPlan.Protocol backend) throws Exception {
        try (HttpEdge edge = HttpEdge.start(TransportKind.AUTO).http2()) {
            TcpServer server = edge.tcpServer(
                    backend == BackendPlan.Protocol.HTTP
                            ? Http2LogAndGzipTest::serve
                            : Http2LogAndGzipTest::serveHttp2);
            edge.forwardTo(
                    listener -> listener.gzip("text/plain").backend(new BackendPlan(backend, null)), server.port());
            Http2Socket client = edge.http2Client();

            Http2Socket.Answer get =
                    client.answer(client.open(request("GET", "/").add("accept-encoding", "gzip"), true));
            Http2Socket.Answer head =
                    client.answer(client.open(request("HEAD", "/").add("accept-encoding", "gzip"), true));
            Http2Socket.Answer unchanged = client.answer(client.open(
                    request("GET", "/").add("accept-encoding", "gzip").add("if-none-match", "W/\"v1\""), true));

            assertThat(head.status()).isEqualTo(200);
            assertThat(head.text()).isEmpty();
            for (String name : new String[] {"content-encoding", "vary", "etag", "content-length", "content-type"}) {
                assertThat(head.header(name)).as(name).isEqualTo(get.header(name));
            }
            assertThat(get.header("etag")).isEqualTo("W/\"v1\"");
            assertThat(unchanged.status()).isEqualTo(304);
            assertThat(unchanged.header("etag")).isEqualTo("W/\"v1\"");
            assertThat(unchanged.header("vary")).isEqualTo("Accept-Encoding");
        }
    }

    private static boolean isUnchanged(String condition) {
        return condition != null && condition.equals("W/\"v1\", \"v1\"");
    }

    private static void serve(Socket connection) throws IOException {
        for (HttpMessage request = HttpMessage.read(connection.getInputStream(), true, true);
                request != null;
                request = HttpMessage.read(connection.getInputStream(), true, true)) {
            boolean unchanged = isUnchanged(request.header("If-None-Match"));
            String head = "HTTP/1.1 " + (unchanged ? 304 : 200) + " X\r\nETag: \"v1\"\r\nContent-Type: text/plain\r\n"
                    + "Content-Length: 1000\r\n\r\n";
            boolean body = request.method().equals("GET") && !unchanged;
            connection.getOutputStream().write(HttpServer.raw(head + (body ? "x".repeat(1000) : "")));
        }
    }

    private static void serveHttp2(Socket connection) throws IOException {
        Http2Socket server = Http2Socket.accept(connection);
        for (String method : new String[] {"GET", "HEAD", "UNCHANGED"}) {
            int stream = server.awaitRequest();
            boolean body = method.equals("GET");
            Http2Headers head = Http2Socket.status(method.equals("UNCHANGED") ? 304 : 200)
                    .add("etag", "\"v1\"")
                    .add("content-type", "text/plain")
                    .add("content-length", "1000");
            server.fields(stream, head, !body);
            if (body) {
                server.data(stream, "x".repeat(1000), true);
            }
        }
        connection.getInputStream().transferTo(OutputStream.nullOutputStream());
    }
}
