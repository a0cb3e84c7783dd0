package dev.slb.delivery;

import dev.slb.control.PlanStore;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.PlanJson;
import dev.slb.testing.LogWatch;
import dev.slb.testing.Opened;
import dev.slb.testing.RecordingSink;
import dev.slb.testing.Sockets;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.stream.IntStream;

import static dev.slb.testing.TestPlans.SHOP;
import static dev.slb.testing.TestPlans.group;
import static dev.slb.testing.TestPlans.loadBalancer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

@Sockets
class PlanStreamTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");

    private static final PlanStreamOptions QUICK = new PlanStreamOptions(
            Duration.ofMillis(100), Duration.ofSeconds(2), Duration.ofMillis(20), Duration.ofMillis(200), 1 << 20);
    /** Where a connection that breaks off would be a failure, however loaded the machine is. */
    private static final PlanStreamOptions PATIENT = new PlanStreamOptions(
            QUICK.heartbeat(), PATIENCE, QUICK.backoff(), QUICK.maxBackoff(), QUICK.maxLineBytes());

    @TempDir
    Path folder;

    private final PlanStore store = new PlanStore();
    private final RecordingSink sink = new RecordingSink();

    @AutoClose
    private final Opened opened = new Opened();

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private UnixDomainSocketAddress unix() {
        return UnixDomainSocketAddress.of(folder.resolve("plan.sock"));
    }

    private PlanStreamServer serve(SocketAddress address) throws IOException {
        return serve(address, PATIENT);
    }

    private PlanStreamServer serve(SocketAddress address, PlanStreamOptions options) throws IOException {
        PlanStreamServer server = new PlanStreamServer(store, address, "operator-0", options);
        opened.add(server);
        return server;
    }

    private void connect(SocketAddress address) {
        connect(address, PATIENT);
    }

    private void connect(SocketAddress address, PlanStreamOptions options) {
        opened.add(new PlanStreamClient(address, "forwarder-0", null, sink, options).start());
    }

    private void awaitGroup(GroupPlan group) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(sink.documents()).containsEntry(group.id(), group));
    }

    @Test
    void carriesEverythingThenSyncedThenChangesOverAUnixSocket() throws Exception {
        store.publish(loadBalancer(2));
        store.publish(group("web", 100, 50, 0));
        store.keep(DocumentId.vServerGroup("shop", "odd"), SHOP);
        store.synced();
        serve(unix());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("plan.sock"))))
                .isEqualTo("rw-rw----");

        connect(unix());
        awaitGroup(group("web", 100, 50, 0));
        store.publish(group("web", 1));
        awaitGroup(group("web", 1));
        store.withdraw(WEB);

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(sink.calls())
                        .containsExactly(
                                "begin",
                                "publish loadbalancer/shop/shop",
                                "keep vservergroup/shop/odd",
                                "publish " + WEB,
                                "synced",
                                "publish " + WEB,
                                "withdraw " + WEB));
    }

    @Test
    void theClientFindsAServerThatStartsLaterAndComesBackAfterARestart() throws Exception {
        store.publish(group("web", 1));
        store.synced();
        connect(unix());
        PlanStreamServer first = serve(unix());
        awaitGroup(group("web", 1));

        first.close();
        assertThat(folder.resolve("plan.sock")).doesNotExist();
        store.publish(group("web", 2));
        serve(unix());

        awaitGroup(group("web", 2));
        assertThat(sink.calls()).filteredOn("begin"::equals).hasSize(2);
        assertThat(sink.calls()).noneMatch(call -> call.startsWith("withdraw"));
    }

    @Test
    void aFileThatADeadProcessLeftIsReplaced() throws Exception {
        try (ServerSocketChannel dead = ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            dead.bind(unix());
        }
        assertThat(folder.resolve("plan.sock")).exists();
        store.synced();

        serve(unix());
        connect(unix());

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(sink.calls()).containsExactly("begin", "synced"));
    }

    @Test
    void aSecondServerOnTheSameFileIsRefused() throws Exception {
        serve(unix());

        assertThatThrownBy(() -> serve(unix()))
                .isInstanceOf(BindException.class)
                .hasMessageContaining("plan.sock");
    }

    @Test
    void aSlowForwarderGetsTheLatestVersionsOnly() throws Exception {
        store.synced();
        // It sends no heartbeats: on a busy machine it would count as dead before it is through.
        PlanStreamServer server = new PlanStreamServer(store, loopback(0), "operator-0", PlanStreamOptions.defaults());
        opened.add(server);
        try (Socket slow = new Socket()) {
            slow.setReceiveBufferSize(4096);
            slow.connect(server.address());
            send(slow, hello(PlanMessage.PROTOCOL, "slow"));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(slow.getInputStream(), StandardCharsets.UTF_8), 256);
            for (String line = ""; !line.contains("\"synced\""); line = lines.readLine()) {
                assertThat(line).isNotNull();
            }
            long[] weights = new long[200];
            for (int version = 1; version <= 2_000; version++) {
                weights[0] = version;
                store.publish(group("web", weights));
            }

            int received = 0;
            for (String line = ""; !line.contains("\"weight\":2000,") && !line.contains("\"weight\":2000}"); ) {
                line = lines.readLine();
                assertThat(line).isNotNull();
                received += line.contains("publish") ? 1 : 0;
            }
            assertThat(received).isLessThan(2_000);
        }
    }

    @Test
    void aSilentPeerIsLeftAndTriedAgain() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            connect(silent.getLocalSocketAddress(), QUICK);
            try (Socket first = silent.accept();
                    Socket second = silent.accept()) {
                first.setSoTimeout(30_000);
                while (first.getInputStream().read() >= 0) {
                    // hello and heartbeats, then the end
                }
                assertThat(second.isConnected()).isTrue();
            }
        }
    }

    @Test
    void heartbeatsKeepAQuietConnection() throws Exception {
        store.synced();
        PlanStreamServer server = serve(loopback(0), QUICK);
        try (Socket quiet = new Socket()) {
            quiet.connect(server.address());
            quiet.setSoTimeout(30_000);
            send(quiet, hello(PlanMessage.PROTOCOL, "quiet"));
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(quiet.getInputStream(), StandardCharsets.UTF_8));
            // More heartbeats than deadAfter has room for.
            for (int heartbeats = 0; heartbeats < 30; ) {
                String line = lines.readLine();
                assertThat(line).as("the server cut a living peer").isNotNull();
                heartbeats += line.contains("heartbeat") ? 1 : 0;
                send(quiet, "{\"message\":\"heartbeat\"}");
            }
        }
    }

    @Test
    void whatAnOlderForwarderCannotReadItKeeps() throws Exception {
        try (ServerSocket newer = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            connect(newer.getLocalSocketAddress());
            try (Socket forwarder = newer.accept()) {
                send(forwarder, hello(PlanMessage.PROTOCOL, "newer\",\"shine\":\"yes"));
                send(forwarder, "{\"message\":\"begin\"}");
                send(forwarder, "{\"message\":\"sparkle\"}");
                send(
                        forwarder,
                        "{\"message\":\"publish\",\"id\":\"listener/shop/new\",\"document\":{\"type\":\"Hologram\"}}");
                send(
                        forwarder,
                        "{\"message\":\"publish\",\"id\":\"vservergroup/shop/web\",\"document\":"
                                + PlanJson.write(group("web", 1)) + "}");
                send(forwarder, "{\"message\":\"synced\"}");

                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(sink.calls())
                                .containsExactly("begin", "keep listener/shop/new", "publish " + WEB, "synced"));
            }
        }
    }

    @Test
    void anOlderForwarderGetsNothingAndKeepsWhatItHas() throws Exception {
        store.publish(group("web", 1));
        store.synced();
        PlanStreamServer server = serve(loopback(0));
        try (Socket older = new Socket()) {
            older.connect(server.address());
            older.setSoTimeout(30_000);
            send(older, hello(PlanMessage.PROTOCOL - 1, "older"));
            String received = new String(older.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(received.lines()
                            .filter(line -> !line.contains("\"heartbeat\""))
                            .toList())
                    .singleElement(InstanceOfAssertFactories.STRING)
                    .contains("\"hello\"", "\"protocol\":" + PlanMessage.PROTOCOL);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {PlanMessage.PROTOCOL - 1, PlanMessage.PROTOCOL + 1})
    void anotherProtocolIsNotTaken(int protocol) throws Exception {
        try (ServerSocket other = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            connect(other.getLocalSocketAddress());
            try (Socket forwarder = other.accept()) {
                send(forwarder, hello(protocol, "other"));
                send(forwarder, "{\"message\":\"begin\"}");
                send(forwarder, "{\"message\":\"synced\"}");
                forwarder.setSoTimeout(30_000);
                while (forwarder.getInputStream().read() >= 0) {
                    // until the client closes
                }
                assertThat(sink.calls()).isEmpty();
            }
        } catch (java.net.SocketException e) {
            // The client closed with our lines unread: a reset instead of an end.
            assertThat(sink.calls()).isEmpty();
        }
    }

    @Test
    void aLineTooLongCutsTheConnection() throws Exception {
        store.synced();
        PlanStreamServer server = serve(loopback(0));
        try (Socket rude = new Socket()) {
            rude.connect(server.address());
            rude.setSoTimeout(30_000);
            byte[] blanks = " ".repeat(64 << 10).getBytes(StandardCharsets.UTF_8);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10_000; i++) {
                            rude.getOutputStream().write(blanks);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aDocumentTooLongForALineHurtsOnlyItself() throws Exception {
        store.publish(group("huge", IntStream.range(0, 20_000).asLongStream().toArray()));
        store.publish(group("web", 1));
        store.synced();
        connect(serve(loopback(0)).address());

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(sink.calls())
                        .containsExactly("begin", "keep vservergroup/shop/huge", "publish " + WEB, "synced"));
    }

    private static String hello(int protocol, String name) {
        return "{\"message\":\"hello\",\"protocol\":" + protocol + ",\"name\":\"" + name + "\"}";
    }

    private static void send(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense\n",
                "{\"type\":\"hello\",\"protocol\":0,\"name\":\"old\\nodd\"}\n",
                "{\"type\":\"hello\",\"protocol\":" + PlanMessage.PROTOCOL + ",\"name\":\"odd\\r\\nname\"}\n"
            })
    void whoeverSpeaksWithTheServerFillsNoLog(String said) throws Exception {
        PlanStreamServer server = serve(loopback(0));
        int port = ((InetSocketAddress) server.address()).getPort();
        try (LogWatch log = LogWatch.start()) {
            for (int i = 0; i < 100; i++) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    socket.getOutputStream()
                            .write(said.replace("odd", "x".repeat(5000)).getBytes(StandardCharsets.UTF_8));
                    socket.getInputStream().read();
                    socket.shutdownOutput();
                    socket.getInputStream().readAllBytes();
                } catch (SocketException e) {
                    // reset by the server
                }
            }
            log.assertBounded(10, 1);
        }
    }
}
