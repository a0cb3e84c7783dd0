package dev.slb.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.Loopback;
import dev.slb.testing.Processes;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Clients that ask for much and read nothing, in a process that has little memory: of its own, since the limit of memory is
 * the process's.
 */
@Processes
@Sockets
class SlowReadersTest {

    private static final int READERS = 400;
    private static final int REQUESTS = 20;
    private static final int SECONDS = 30;

    @TempDir
    private Path folder;

    private final List<Socket> readers = new ArrayList<>();
    /** What the server has sent to them. */
    private final AtomicLong written = new AtomicLong();

    private final TcpServer server = TcpServer.start(this::serve);
    private final int slow = Loopback.freePort();
    private final int others = Loopback.freePort();
    private final int admin = Loopback.freePort();
    private Process slb;

    @AfterEach
    void stop() throws Exception {
        for (Socket reader : readers) {
            reader.close();
        }
        if (slb != null) {
            slb.destroyForcibly().waitFor();
        }
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"EPOLL, TCP", "EPOLL, HTTP", "IO_URING, TCP", "IO_URING, HTTP", "NIO, TCP"})
    void takeNoMemoryFromTheClientsOfAnotherListener(TransportKind transport, String protocol) throws Exception {
        assumeTrue(Transport.isAvailable(transport));
        start(transport, protocol);

        for (int i = 0; i < READERS; i++) {
            readers.add(slowReader());
        }
        awaitStandstill();
        await().atMost(Duration.ofSeconds(SECONDS)).untilAsserted(this::assertThatWhoEndedIsCounted);

        for (int i = 0; i < REQUESTS; i++) {
            assertThat(get(others, "/small")).endsWith("small");
        }
        assertThat(log()).doesNotContain("Cannot reserve").doesNotContain("ERROR");
        assertThat(log().lines().filter(line -> line.contains("buffer memory")).count())
                .isLessThan(2 * SECONDS);
    }

    private void assertThatWhoEndedIsCounted() throws IOException {
        String answer = get(admin, "/stats");
        JsonNode stats = new ObjectMapper().readTree(answer.substring(answer.indexOf("\r\n\r\n")));
        JsonNode listener = stats.path("listeners").path("listener/default/slow");
        assertThat(listener.path("connections").asInt()).isEqualTo(READERS);
        assertThat(READERS - listener.path("activeConnections").asInt())
                .as(() -> "those that ended, of " + stats)
                .isEqualTo(stats.path("refusals").path("BufferMemory").asInt());
    }

    /** Until the readers' connections have all that they get: how many of them are ended for it depends on who was quick. */
    private void awaitStandstill() {
        AtomicLong before = new AtomicLong(-1);
        await().atMost(Duration.ofSeconds(4 * SECONDS))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    long now = written.get();
                    return before.getAndSet(now) == now;
                });
    }

    /** Whatever is asked for but {@code /small} has no end. */
    private void serve(Socket connection) throws IOException {
        String request = new BufferedReader(
                        new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1))
                .readLine();
        OutputStream out = connection.getOutputStream();
        if (request == null || request.contains(" /small ")) {
            out.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsmall"
                    .getBytes(StandardCharsets.ISO_8859_1));
            return;
        }
        out.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        byte[] piece = new byte[64 * 1024];
        while (true) {
            out.write(piece);
            written.addAndGet(piece.length);
        }
    }

    private Socket slowReader() throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(Loopback.ADDRESS, slow), SECONDS * 1000);
        socket.getOutputStream().write("GET /large HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static String get(int port, String path) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(Loopback.ADDRESS, port), SECONDS * 1000);
            socket.setSoTimeout(SECONDS * 1000);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private void start(TransportKind transport, String protocol) throws Exception {
        Path manifest =
                Files.writeString(folder.resolve("slb.yaml"), """
                apiVersion: slb.dev/v1alpha1
                kind: LoadBalancer
                metadata: {name: lb}
                spec: {}
                ---
                apiVersion: slb.dev/v1alpha1
                kind: VServerGroup
                metadata: {name: servers}
                spec:
                  loadBalancerRef: {name: lb}
                  servers: [{name: one, address: 127.0.0.1, port: %d}]
                ---
                apiVersion: slb.dev/v1alpha1
                kind: Listener
                metadata: {name: slow}
                spec:
                  loadBalancerRef: {name: lb}
                  protocol: %s
                  port: %d
                  healthCheck: {enabled: false}
                  serverGroupRef: {kind: VServerGroup, name: servers}
                ---
                apiVersion: slb.dev/v1alpha1
                kind: Listener
                metadata: {name: others}
                spec:
                  loadBalancerRef: {name: lb}
                  protocol: HTTP
                  port: %d
                  healthCheck: {enabled: false}
                  serverGroupRef: {kind: VServerGroup, name: servers}
                """.formatted(server.port(), protocol, slow, others));
        slb = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:MaxDirectMemorySize=16m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--add-opens", // as the manifest of slb.jar says
                        "java.base/java.nio=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.slb.cli.Main",
                        "run",
                        "-f",
                        manifest.toString(),
                        "--transport",
                        transport.name(),
                        "--event-loops",
                        "2",
                        "--bind-address",
                        Loopback.ADDRESS,
                        "--admin-port",
                        String.valueOf(admin),
                        "--state-dir",
                        folder.resolve("state").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        await().atMost(Duration.ofSeconds(2 * SECONDS))
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> get(others, "/small").endsWith("small"));
    }

    private String log() throws IOException {
        return Files.readString(folder.resolve("log"));
    }
}
