package dev.slb.operator;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class HealthEndpointTest {

    private final HealthEndpoint health;
    private final List<Socket> silent = new ArrayList<>();

    HealthEndpointTest() throws IOException {
        health = new HealthEndpoint(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
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

        HttpRequest ask = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + health.address().getPort() + "/healthz"))
                .timeout(Duration.ofSeconds(60))
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(ask, HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);
    }
}
