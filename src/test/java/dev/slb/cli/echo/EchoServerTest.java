package dev.slb.cli.echo;

import dev.slb.testing.Sockets;
import dev.slb.testing.UdpClient;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

@Sockets
class EchoServerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private EchoServer server;

    @BeforeEach
    void start() throws IOException {
        server = EchoServer.start("a", InetAddress.getLoopbackAddress(), List.of(0, 0), List.of(0), 0, loops);
    }

    @AfterEach
    void stop() {
        server.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void answersWithItsNameThenTheRequestItSaw() throws Exception {
        HttpResponse<String> response = send(get("/any?x=1").header("X-Tag", "blue"));

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body().lines())
                .startsWith("a", "GET /any?x=1 HTTP/1.1")
                .contains("X-Tag: blue");
    }

    @Test
    void servesEveryPort() throws Exception {
        for (int port : server.ports()) {
            assertThat(send(HttpRequest.newBuilder(uri(port, "/"))).body()).startsWith("a\n");
        }
    }

    @Test
    void answersDatagramsUnlessItFails() throws Exception {
        try (UdpClient client = UdpClient.of(server.udpPorts().get(0))) {
            assertThat(client.ask("hi")).isEqualTo("a\nhi");

            control("POST", "/-/fail?mode=error");
            assertThat(client.ask("hi")).isEqualTo("a error\nhi");

            control("POST", "/-/fail");
            await().atMost(PATIENCE)
                    .ignoreException(BindException.class)
                    .until(
                            () -> { // the kernel may take a moment
                                try (DatagramSocket free =
                                        new DatagramSocket(server.udpPorts().get(0), server.address())) {
                                    return free.isBound();
                                }
                            });

            control("POST", "/-/recover");
            assertThat(client.ask("hi")).isEqualTo("a\nhi");
        }
    }

    @Test
    void drainsAndCountsBodies() throws Exception {
        byte[] body = new byte[3_000_000];

        HttpResponse<String> response = send(get("/up")
                .expectContinue(true)
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));

        assertThat(response.body()).endsWith("body: 3000000 bytes\n");
        assertThat(server.stats().bodyBytes()).isEqualTo(3_000_000);
    }

    @Test
    void streamsDownloadsWithAndWithoutALength() throws Exception {
        HttpResponse<Long> sized = client.send(get("/bytes/5000000").build(), counting());
        HttpResponse<Long> chunked = client.send(get("/bytes/5000000?chunked").build(), counting());

        assertThat(sized.body()).isEqualTo(5_000_000);
        assertThat(sized.headers().firstValue("content-length")).hasValue("5000000");
        assertThat(chunked.body()).isEqualTo(5_000_000);
        assertThat(chunked.headers().firstValue("transfer-encoding")).hasValue("chunked");
    }

    @Test
    void answersPipelinedRequestsInOrder() throws Exception {
        try (Socket socket = new Socket(server.address(), server.ports().get(0))) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            String slow = "GET /slow?seconds=1 HTTP/1.1\r\nHost: x\r\n\r\n";
            String last = "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write((slow + last).getBytes(StandardCharsets.US_ASCII));

            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertThat(answers.indexOf("a 10 of 10")).isPositive().isLessThan(answers.indexOf("GET /last"));
        }
    }

    @Test
    void echoesWebSocketMessages() {
        CompletableFuture<String> received = new CompletableFuture<>();
        WebSocket socket = client.newWebSocketBuilder()
                .buildAsync(URI.create("ws://localhost:" + server.ports().get(0) + "/ws"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
                        received.complete(data.toString());
                        return null;
                    }
                })
                .join();

        socket.sendText("ping me", true);

        assertThat(received).succeedsWithin(PATIENCE).isEqualTo("ping me");
        assertThat(server.active()).isEqualTo(1);
        socket.abort();
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(server.active()).isZero());
    }

    @Test
    void failsByRefusingAndRecoversOnItsOldPorts() throws Exception {
        assertThat(control("POST", "/-/fail").body()).isEqualTo("a refuse\n");
        assertThatThrownBy(() -> send(get("/"))).isInstanceOf(IOException.class);

        assertThat(control("POST", "/-/recover").body()).isEqualTo("a serving\n");
        assertThat(send(get("/")).body()).startsWith("a\n");
    }

    @Test
    void failsByHangingAndAnswersWhatItOwesAfterwards() throws Exception {
        control("POST", "/-/fail?mode=hang");
        CompletableFuture<HttpResponse<String>> owed =
                client.sendAsync(get("/owed").build(), BodyHandlers.ofString());
        assertThatThrownBy(() -> send(get("/").timeout(Duration.ofMillis(300))))
                .isInstanceOf(HttpTimeoutException.class);

        control("POST", "/-/recover");

        assertThat(owed)
                .succeedsWithin(PATIENCE)
                .satisfies(response -> assertThat(response.body()).contains("GET /owed"));
    }

    @Test
    void failsByAnswering503() throws Exception {
        control("POST", "/-/fail?mode=error");

        assertThat(send(get("/")).statusCode()).isEqualTo(503);
    }

    @Test
    void isNotReadyWhenToldSoButServesOn() throws Exception {
        control("POST", "/-/unready");

        assertThat(send(get("/readyz")).statusCode()).isEqualTo(503);
        assertThat(send(get("/")).statusCode()).isEqualTo(200);
        control("POST", "/-/recover");
        assertThat(send(get("/readyz")).statusCode()).isEqualTo(200);
    }

    @Test
    void controlRefusesWhatItDoesNotKnow() throws Exception {
        assertThat(control("GET", "/-/fail").statusCode()).isEqualTo(405);
        assertThat(control("POST", "/-/fail?mode=shrug").statusCode()).isEqualTo(400);
        assertThat(control("GET", "/").statusCode()).isEqualTo(404);
        assertThat(send(get("/-/fail").POST(BodyPublishers.noBody())).body())
                .as("the serving ports don't control")
                .startsWith("a\n");
        assertThat(server.state()).isEqualTo(EchoState.SERVING);
    }

    @Test
    void countsProbesApart() throws Exception {
        send(get("/"));
        send(get("/readyz").header("User-Agent", "kube-probe/1.34"));
        send(get("/").header("User-Agent", "slb-health-check"));
        new Socket(server.address(), server.ports().get(0)).close();

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(server.stats())
                        .isEqualTo(new EchoStats("a", "serving", server.stats().connections(), 1, 1, 1, 1, 0, 0)));
        assertThat(control("GET", "/-/stats").body()).contains("\"tcpProbes\":1");
    }

    @Test
    void drainingClosesConnectionsWithTheirNextAnswer() throws Exception {
        send(get("/"));
        server.drain();

        assertThat(send(get("/")).headers().firstValue("connection")).hasValue("close");
        assertThat(send(get("/readyz")).statusCode()).isEqualTo(503);
    }

    @Test
    void saysWhichPortIsTaken() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = other.getLocalPort();

            assertThatThrownBy(
                            () -> EchoServer.start("b", InetAddress.getLoopbackAddress(), List.of(port), null, loops))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(":" + port + ": ");
        }
    }

    private HttpRequest.Builder get(String path) {
        return HttpRequest.newBuilder(uri(server.ports().get(0), path)).timeout(PATIENCE);
    }

    private HttpResponse<String> control(String method, String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(server.controlPort(), path)).method(method, BodyPublishers.noBody()));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private static URI uri(int port, String path) {
        return URI.create("http://localhost:" + port + path);
    }

    private static HttpResponse.BodyHandler<Long> counting() {
        return info -> HttpResponse.BodySubscribers.mapping(HttpResponse.BodySubscribers.ofInputStream(), in -> {
            try (InputStream body = in) {
                return body.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
