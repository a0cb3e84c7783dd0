package dev.slb.forwarder.l4;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What the access log says of TCP connections. */
@Sockets
class ConnectionLinesTest {

    @TempDir
    private Path folder;

    private List<String> lines(Path file, int count) throws Exception {
        await(() -> Files.readString(file).lines().count() >= count);
        return Files.readAllLines(file);
    }

    @ParameterizedTest
    @EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void everyConnectionHasALineWhenItHasEnded(TransportKind transport) throws Exception {
        assumeTrue(Transport.isAvailable(transport));
        Path file = folder.resolve("access.log");
        int port = Loopback.freePort();
        int refusing = Loopback.freePort();
        try (RunningForwarder forwarder = RunningForwarder.start(transport, file);
                TcpServer server = TcpServer.echo("a")) {
            forwarder.serve(
                    GroupPlanBuilder.group("web")
                            .server("a", server.port(), 1)
                            .server("b", refusing, 1)
                            .build(),
                    ListenerPlanBuilder.tcp("tcp", port).accessLog("JSON").build());

            int localPort;
            try (Socket client = Loopback.connect(port)) {
                localPort = client.getLocalPort();
                client.getOutputStream().write(new byte[1000]);
                client.shutdownOutput();
                assertThat(client.getInputStream().readAllBytes()).hasSize(1002);
            }
            JsonNode line = new ObjectMapper().readTree(lines(file, 1).get(0));
            assertThat(line.get("scheme").asText()).isEqualTo("tcp");
            assertThat(line.get("slbid").asText()).isEqualTo("shop/shop");
            assertThat(line.get("slb_vport").asInt()).isEqualTo(port);
            assertThat(line.get("client_ip").asText()).isEqualTo("127.0.0.1");
            assertThat(line.get("client_port").asInt()).isEqualTo(localPort);
            assertThat(line.get("request_length").asInt()).isEqualTo(1000);
            assertThat(line.get("body_bytes_sent").asInt()).isEqualTo(1002);
            assertThat(line.get("request_time").asDouble()).isNotNegative();
            assertThat(line.get("upstream_addr").asText()).endsWith("127.0.0.1:" + server.port());
            assertThat(line.has("status")).isFalse();
            assertThat(line.has("slb_reason")).isFalse();

            // The other server's turn: it refuses, and the first gets the connection.
            Loopback.connect(port).close();
            assertThat(lines(file, 2)).anyMatch(each -> each.contains("127.0.0.1:" + refusing + ", 127.0.0.1:"));

            forwarder.serve(GroupPlanBuilder.group("web").build());
            try (Socket client = Loopback.connect(port)) {
                client.getInputStream().read();
            } catch (java.net.SocketException reset) {
                // as it should be
            }
            assertThat(lines(file, 3)).anyMatch(each -> each.contains("\"slb_reason\":\"NoServers\""));
        }
    }

    @ParameterizedTest
    @EnumSource(value = TransportKind.class, names = "AUTO")
    void howItEndedIsSaid(TransportKind transport) throws Exception {
        Path file = folder.resolve("access.log");
        int port = Loopback.freePort();
        try (RunningForwarder forwarder = RunningForwarder.start(transport, file);
                TcpServer server = TcpServer.echo("a")) {
            forwarder.serve(
                    GroupPlanBuilder.group("web").server("a", server.port(), 1).build(),
                    ListenerPlanBuilder.tcp("tcp", port)
                            .accessLog("$slb_reason")
                            .idleMillis(500)
                            .build());
            try (Socket client = Loopback.connect(port)) {
                assertThat(client.getInputStream().readNBytes(2)).hasSize(2);
                assertThat(lines(file, 1)).containsExactly("IdleTimeout");
            }
            forwarder.serve(ListenerPlanBuilder.tcp("tcp", port)
                    .accessLog("$slb_reason")
                    .build());
            Socket client = Loopback.connect(port);
            client.getInputStream().readNBytes(2);
            client.setSoLinger(true, 0);
            client.close();
            assertThat(lines(file, 2)).endsWith("ClientReset");
        }
    }
}
