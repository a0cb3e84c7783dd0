package dev.slb.operator;

import dev.slb.admin.AdminCounts;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Sockets
class HealthEndpointTest {

    private final HealthEndpoint health;
    private final List<Socket> silent = new ArrayList<>();
    private volatile Optional<String> problem = Optional.empty();

    HealthEndpointTest() throws IOException {
        health = new HealthEndpoint(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                limit -> problem,
                () -> "",
                new AdminCounts());
    }

    @AfterEach
    void close() throws IOException {
        for (Socket each : silent) {
            each.close();
        }
        health.close();
    }

    @Test
    void whoeverSaysNothingDoesNotKeepTheKubeletFromAsking() throws Exception {
        for (int i = 0; i < 20; i++) {
            Socket socket =
                    new Socket(health.address().getAddress(), health.address().getPort());
            socket.getOutputStream().write("GET /healthz HT".getBytes(StandardCharsets.US_ASCII));
            silent.add(socket);
        }

        assertThat(ask("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void halfRequestsNeedNotEndBeforeTheKubeletIsAnswered() throws Exception {
        for (int i = 0; i < 32; i++) {
            silent.add(half());
        }

        assertThat(ask("/readyz").statusCode()).isEqualTo(200);

        assertThat(silent).allMatch(HealthEndpointTest::isOpen);
    }

    private static boolean isOpen(Socket socket) {
        try {
            socket.setSoTimeout(1);
            return socket.getInputStream().read() >= 0;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private Socket half() {
        try {
            Socket socket =
                    new Socket(health.address().getAddress(), health.address().getPort());
            socket.getOutputStream().write("GET /readyz HTTP/1.1\r\nHost: a\r\n".getBytes(StandardCharsets.US_ASCII));
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void saysWhenTheProcessDoesNotGetOn() throws Exception {
        problem = Optional.of("no progress for 42 s");

        assertThat(ask("/healthz").statusCode()).isEqualTo(503);
        assertThat(ask("/readyz").statusCode()).isEqualTo(503);
        assertThat(ask("/healthz").body()).isEqualTo("no progress for 42 s\n");
    }

    @Test
    void aPortThatIsTakenIsNamed() {
        assertThatThrownBy(() -> new HealthEndpoint(health.address(), limit -> problem, () -> "", new AdminCounts()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("health port")
                .hasMessageContaining("127.0.0.1:" + health.address().getPort())
                .hasMessageContaining("in use");
    }

    private HttpResponse<String> ask(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + health.address().getPort() + path))
                .timeout(Duration.ofSeconds(60))
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }
}
