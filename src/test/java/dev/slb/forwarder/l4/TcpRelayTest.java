package dev.slb.forwarder.l4;

import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.plan.Health;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import static dev.slb.testing.Patience.awaitStandstill;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What a TCP client sees, the same on every transport. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class TcpRelayTest {

    private final TransportKind transport;

    @AutoClose
    private final Opened opened = new Opened();

    private RunningForwarder forwarder;
    private final int port = Loopback.freePort();

    TcpRelayTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        assumeTrue(Transport.isAvailable(transport), () -> transport + " does not work here");
        forwarder = opened.add(RunningForwarder.start(transport));
    }

    private TcpServer server(TcpServer.Behaviour behaviour) {
        return opened.add(TcpServer.start(behaviour));
    }

    private Socket connect() throws IOException {
        return opened.add(Loopback.connect(port));
    }

    private ListenerPlanBuilder listener() {
        return ListenerPlanBuilder.tcp("tcp", port);
    }

    private ListenerPlan serve(ListenerPlanBuilder listener, TcpServer... servers) {
        GroupPlanBuilder group = GroupPlanBuilder.group("web");
        for (int i = 0; i < servers.length; i++) {
            group.server("s" + i, servers[i].port(), 1);
        }
        ListenerPlan plan = listener.build();
        forwarder.serve(group.build(), plan);
        return plan;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void bytesPassBothWays() throws IOException {
        serve(listener(), opened.add(TcpServer.echo("a")));

        Socket client = connect();
        client.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));

        assertThat(client.getInputStream().readNBytes(8)).asString().isEqualTo("a\nhello\n");
    }

    @Test
    void bytesPassFromAnIpv6ClientToServersOfBothFamilies() throws Exception {
        RunningForwarder onIpv6 = opened.add(RunningForwarder.startOn(transport, "::1"));
        TcpServer four = opened.add(TcpServer.echo("4"));
        TcpServer six = opened.add(TcpServer.echoAt("::1", "6"));
        onIpv6.serve(
                GroupPlanBuilder.group("web")
                        .server("four", four.port(), 1)
                        .serverAt("::1", "six", six.port(), 1)
                        .build(),
                listener().build());

        StringBuilder names = new StringBuilder();
        for (int i = 0; i < 2; i++) {
            try (Socket client = new Socket("::1", port)) {
                client.setSoTimeout(20_000);
                names.append((char) client.getInputStream().read());
            }
        }

        assertThat(names.toString()).containsOnlyOnce("4").containsOnlyOnce("6");
    }

    @Test
    void aClientThatHasEndedItsInputStillGetsTheAnswer() throws IOException {
        serve(listener(), server(connection -> {
            byte[] all = connection.getInputStream().readAllBytes();
            connection.getOutputStream().write(all);
            connection.getOutputStream().write("end".getBytes(StandardCharsets.UTF_8));
        }));
        byte[] sent = random(3_000_000);

        Socket client = connect();
        client.getOutputStream().write(sent);
        client.shutdownOutput();
        byte[] received = client.getInputStream().readAllBytes();

        assertThat(received).hasSize(sent.length + 3).startsWith(sent).endsWith('e', 'n', 'd');
    }

    @Test
    void aServerThatHasEndedItsOutputStillGetsTheInput() throws Exception {
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        serve(listener(), server(connection -> {
            connection.shutdownOutput();
            received.complete(connection.getInputStream().readAllBytes());
        }));
        byte[] sent = random(3_000_000);

        Socket client = connect();
        assertThat(client.getInputStream().read()).isEqualTo(-1);
        client.getOutputStream().write(sent);
        client.shutdownOutput();

        assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(sent);
        await(() -> forwarder.activeConnections(listener().build()) == 0);
    }

    @Test
    void whatTheClientSendsRightWithItsEndIsNotLost() throws Exception {
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        serve(
                listener(),
                server(connection ->
                        received.add(new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8))));

        for (int i = 0; i < 50; i++) {
            try (Socket client = Loopback.connect(port)) {
                client.getOutputStream().write(("message " + i).getBytes(StandardCharsets.UTF_8));
            }
            assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo("message " + i);
        }
    }

    @Test
    void aResetOfTheServerResetsTheClient() throws IOException {
        serve(listener(), server(connection -> {
            connection.getInputStream().read();
            connection.setSoLinger(true, 0);
            connection.close();
        }));

        Socket client = connect();
        client.getOutputStream().write(1);

        assertThatThrownBy(() -> client.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    @Test
    void aResetOfTheClientResetsTheServer() throws Exception {
        CompletableFuture<Throwable> seen = new CompletableFuture<>();
        serve(listener(), server(connection -> {
            connection.getOutputStream().write(1);
            try {
                connection.getInputStream().read();
                seen.complete(new AssertionError("an end instead of a reset"));
            } catch (IOException e) {
                seen.complete(e);
            }
        }));

        Socket client = connect();
        client.getInputStream().read();
        client.setSoLinger(true, 0);
        client.close();

        assertThat(seen.get(20, TimeUnit.SECONDS)).isInstanceOf(SocketException.class);
        await(() -> forwarder.activeConnections(listener().build()) == 0);
    }

    /** Which the server's kernel answers by a reset. */
    @Test
    void whatAClientSendsToAServerThatHasClosedDoesNotCostItTheAnswer() throws Exception {
        byte[] answer = random(1_000_000);
        CompletableFuture<Void> closed = new CompletableFuture<>();
        serve(listener(), server(connection -> {
            connection.getInputStream().read();
            connection.getOutputStream().write(answer);
            connection.setSoLinger(true, 20); // a reset costs what is not with the forwarder's kernel yet
            connection.close();
            closed.complete(null);
        }));

        Socket client = connect();
        client.getOutputStream().write(1);
        closed.get(20, TimeUnit.SECONDS);
        // Nothing outside shows when the end, and then the reset, are with the forwarder.
        // Were they late, less would be tested.
        TimeUnit.MILLISECONDS.sleep(200);
        client.getOutputStream().write(2);
        TimeUnit.MILLISECONDS.sleep(200);

        assertThat(client.getInputStream().readNBytes(answer.length)).isEqualTo(answer);
    }

    @Test
    void whatComesBehindUrgentDataIsNotForgotten() throws Exception {
        BlockingQueue<String> received = new LinkedBlockingQueue<>();
        serve(listener(), server(connection -> {
            byte[] buffer = new byte[16];
            int length;
            while ((length = connection.getInputStream().read(buffer)) > 0) {
                received.add(new String(buffer, 0, length, StandardCharsets.US_ASCII));
            }
        }));

        Socket client = connect();
        for (int i = 0; i < 20; i++) {
            client.getOutputStream().write("abc".getBytes(StandardCharsets.US_ASCII));
            client.sendUrgentData('!');
            client.getOutputStream().write("def".getBytes(StandardCharsets.US_ASCII));
            StringBuilder all = new StringBuilder();
            await(() -> {
                String more = received.poll();
                all.append(more == null ? "" : more);
                return all.indexOf("abc") >= 0 && all.indexOf("def") > 0;
            });
        }
    }

    /** While the server takes nothing, nothing is read from the client. */
    @Test
    void aResetOfAClientThatIsNotReadEndsTheConnection() throws Exception {
        assumeTrue(transport != TransportKind.NIO, "NIO tells of nothing but what one waits for");
        CompletableFuture<Void> over = new CompletableFuture<>();
        serve(
                listener(),
                server(connection -> over.orTimeout(20, TimeUnit.SECONDS).join()));
        Socket client = connect();
        AtomicLong sent = new AtomicLong();
        Thread sender = new Thread(() -> {
            try {
                while (true) {
                    client.getOutputStream().write(new byte[64 * 1024]);
                    sent.addAndGet(64 * 1024);
                }
            } catch (IOException e) {
                // it is closed below
            }
        });
        sender.start();
        awaitStandstill(sent::get);

        client.setSoLinger(true, 0);
        client.close();

        await(() -> forwarder.activeConnections(listener().build()) == 0);
        over.complete(null);
        sender.join();
    }

    @Test
    void aSlowReaderStopsTheSenderAndLosesNothing() throws Exception {
        AtomicLong sent = new AtomicLong();
        byte[] chunk = random(64 * 1024);
        int chunks = 3200; // 200 MiB
        serve(listener(), server(connection -> {
            for (int i = 0; i < chunks; i++) {
                connection.getOutputStream().write(chunk);
                sent.addAndGet(chunk.length);
            }
        }));

        Socket client = connect();
        client.getInputStream().readNBytes(1);
        // It stands still only if nobody buffers without bound: two kernels' buffers and one burst.
        assertThat(awaitStandstill(sent::get))
                .isLessThan(100L * 1024 * 1024); // two of 32 MiB for receiving, two of 4 MiB for sending

        InputStream in = client.getInputStream();
        assertThat(1 + in.transferTo(OutputStream.nullOutputStream())).isEqualTo((long) chunks * chunk.length);
    }

    @Test
    void aHalfClosedConnectionWhoseOtherDirectionStallsGoesOnWhenItMoves() throws Exception {
        byte[] chunk = random(64 * 1024);
        int chunks = 800;
        AtomicLong sent = new AtomicLong();
        serve(listener(), server(connection -> {
            connection.getInputStream().readAllBytes();
            for (int i = 0; i < chunks; i++) {
                connection.getOutputStream().write(chunk);
                sent.addAndGet(chunk.length);
            }
        }));

        Socket client = connect();
        client.getOutputStream().write(1);
        client.shutdownOutput();
        for (int stall = 0; stall < 3; stall++) {
            awaitStandstill(sent::get);
            client.getInputStream().readNBytes(10 * chunk.length);
        }

        assertThat(client.getInputStream().transferTo(OutputStream.nullOutputStream()))
                .isEqualTo((long) (chunks - 30) * chunk.length);
    }

    /** Connections that nobody accepts fill its queue: from then on the kernel ignores who comes. */
    private void fill(ServerSocket server) throws IOException {
        for (int i = 0; i < 3; i++) {
            Socket socket = opened.add(new Socket());
            try {
                socket.connect(server.getLocalSocketAddress(), 300);
            } catch (SocketTimeoutException e) {
                return;
            }
        }
    }

    @Test
    void aServerThatDoesNotAnswerInTimeIsPassedOver() throws Exception {
        try (ServerSocket full = new ServerSocket()) {
            full.bind(new InetSocketAddress(Loopback.ADDRESS, 0), 1);
            fill(full);
            TcpServer alive = opened.add(TcpServer.echo("alive"));
            GroupPlanBuilder group = GroupPlanBuilder.group("web")
                    .server("full", full.getLocalPort(), 1)
                    .server("alive", alive.port(), 1);
            forwarder.serve(group.build(), listener().connectMillis(150).build());

            for (int i = 0; i < 4; i++) {
                Socket client = connect();
                client.getOutputStream().write('x'); // sent before there is a server
                assertThat(client.getInputStream().readNBytes(7)).asString().isEqualTo("alive\nx");
            }
            assertThat(forwarder.forwarder().stats().refusals()).isEmpty();
        }
    }

    @Test
    void aServerNeverTakesAPartForEverythingWhenItsEndCannotBeToldToTheClient() throws Exception {
        CompletableFuture<Integer> got = new CompletableFuture<>();
        TcpServer server = server(connection -> {
            try {
                InputStream in = connection.getInputStream();
                int first = in.readNBytes(30_000).length;
                connection.getOutputStream().write('x'); // which the client's kernel answers by a reset
                int second = in.readNBytes(10).length;
                connection.shutdownOutput();
                got.complete(first + second + in.readAllBytes().length);
            } catch (IOException e) {
                got.complete(-1);
            }
        });
        serve(listener().bandwidth(800_000), server);

        Socket client = connect();
        client.getOutputStream().write(random(150_000));
        client.close();

        assertThat(got.get(30, TimeUnit.SECONDS)).isIn(-1, 150_000);
    }

    @Test
    void aClientThatResetsWhileItsServerConnectsIsNotRefused() throws Exception {
        try (ServerSocket full = new ServerSocket()) {
            full.bind(new InetSocketAddress(Loopback.ADDRESS, 0), 1);
            fill(full);
            ListenerPlan plan = listener().connectMillis(60_000).build();
            GroupPlanBuilder group = GroupPlanBuilder.group("web").server("full", full.getLocalPort(), 1);
            forwarder.serve(group.build(), plan);

            Socket client = connect();
            await(() -> forwarder.activeConnections(plan) == 1);
            client.setSoLinger(true, 0);
            client.close();

            await(() -> forwarder.activeConnections(plan) == 0);
            assertThat(forwarder.forwarder().stats().refusals()).isEmpty();
        }
    }

    @Test
    void aConnectionWhoseGroupBecomesAnotherWhileItConnectsWaitsForTheFirstVerdict() throws Exception {
        try (ServerSocket full = new ServerSocket()) {
            full.bind(new InetSocketAddress(Loopback.ADDRESS, 0), 1);
            GroupPlanBuilder before = GroupPlanBuilder.group("web").server("full", full.getLocalPort(), 1);
            HealthCheckPlan once = ListenerPlanBuilder.tcpCheck(60_000, 60_000);
            forwarder.serve(
                    before.build(), listener().check(once).connectMillis(4_000).build());
            forwarder.awaitHealth(before.build().id(), GroupPlanBuilder.id("full", full.getLocalPort()), Health.NORMAL);
            fill(full);
            TcpServer late = opened.add(TcpServer.echo("late"));
            late.stopListening();
            Socket client = connect();
            RunningForwarder.await(() -> forwarder.activeConnections(listener().build()) == 1);

            GroupPlanBuilder after = GroupPlanBuilder.group("web").server("late", late.port(), 1);
            HealthCheckPlan patient = HealthCheckPlanBuilder.tcp(20, 20_000)
                    .thresholds(2, Integer.MAX_VALUE)
                    .build();
            forwarder.serve(after.build(), listener().check(patient).build());
            Awaitility.await()
                    .pollDelay(Duration.ofMillis(4_200)) // the attempt to connect is over
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() ->
                            assertThat(forwarder.forwarder().stats().refusals()).isEmpty());
            late.listenAgain();

            assertThat(client.getInputStream().readNBytes(5)).asString().isEqualTo("late\n");
        }
    }

    @Test
    void whatAClientSendsBeforeThereIsAServerIsHeldWithinBounds() throws Exception {
        HealthCheckPlan slow = ListenerPlanBuilder.httpCheck(20_000, 20_000);
        BlockingQueue<Boolean> answer = new LinkedBlockingQueue<>();
        byte[] sent = random(3_000_000);
        CompletableFuture<byte[]> received = new CompletableFuture<>();
        TcpServer server = server(connection -> {
            InputStream in = connection.getInputStream();
            byte[] start = in.readNBytes(4);
            if (new String(start, StandardCharsets.US_ASCII).equals("HEAD")) {
                try {
                    answer.poll(20, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                connection.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                return;
            }
            byte[] rest = in.readAllBytes();
            byte[] all = Arrays.copyOf(start, start.length + rest.length);
            System.arraycopy(rest, 0, all, start.length, rest.length);
            received.complete(all);
        });
        serve(listener().check(slow), server);

        Socket client = connect();
        Thread sender = new Thread(() -> {
            try {
                client.getOutputStream().write(sent);
                client.shutdownOutput();
            } catch (IOException e) {
                received.completeExceptionally(e);
            }
        });
        sender.start();
        await(() -> forwarder
                        .forwarder()
                        .stats()
                        .listeners()
                        .values()
                        .iterator()
                        .next()
                        .connections()
                == 1);
        answer.add(true);

        assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(sent);
        sender.join();
    }

    @Test
    void anIdleConnectionIsResetOnBothSides() throws Exception {
        CompletableFuture<Throwable> seen = new CompletableFuture<>();
        serve(listener().idleMillis(800), server(connection -> {
            try {
                for (int i = 0; i < 5; i++) {
                    connection
                            .getOutputStream()
                            .write(connection.getInputStream().read());
                }
                connection.getInputStream().read();
                seen.complete(new AssertionError("an end instead of a reset"));
            } catch (IOException e) {
                seen.complete(e);
            }
        }));

        Socket client = connect();
        for (int i = 0; i < 5; i++) {
            TimeUnit.MILLISECONDS.sleep(200); // traffic keeps it alive
            client.getOutputStream().write(i);
            assertThat(client.getInputStream().read()).isEqualTo(i);
        }

        assertThatThrownBy(() -> client.getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
        assertThat(seen.get(20, TimeUnit.SECONDS)).isInstanceOf(SocketException.class);
    }

    /** 40,000 bytes at 100 kbit/s are 3 s, in pieces with pauses that are longer than the idle time. */
    @Test
    void whoWaitsForBandwidthIsNotIdle() throws IOException {
        serve(listener().idleMillis(500).bandwidth(100_000), server(connection -> {
            connection.getOutputStream().write(new byte[40_000]);
        }));

        assertThat(connect().getInputStream().readAllBytes()).hasSize(40_000);
    }

    @Test
    void aConnectionThatCannotBeMadeGoesToTheNextServer() throws IOException {
        TcpServer dead = opened.add(TcpServer.echo("dead"));
        TcpServer alsoDead = opened.add(TcpServer.echo("alsoDead"));
        TcpServer alive = opened.add(TcpServer.echo("alive"));
        dead.stopListening();
        alsoDead.stopListening();
        ListenerPlan plan = serve(listener(), dead, alsoDead, alive);

        for (int i = 0; i < 30; i++) {
            try (Socket client = connect()) {
                assertThat(client.getInputStream().readNBytes(6)).asString().isEqualTo("alive\n");
            }
        }
        assertThat(forwarder.picks(plan, "s2")).isEqualTo(30);
        assertThat(forwarder.picks(plan, "s0")).isZero();
    }

    @Test
    void whenNoServerCanBeReachedTheClientIsReset() {
        TcpServer dead = opened.add(TcpServer.echo("dead"));
        dead.stopListening();
        serve(listener(), dead);

        assertReset();

        assertThat(forwarder.refusals(Reasons.CONNECT_FAILED)).isEqualTo(1);
    }

    @Test
    void aGroupWithoutServersResetsTheClient() {
        serve(listener());

        assertReset();

        assertThat(forwarder.refusals(Reasons.NO_SERVERS)).isEqualTo(1);
    }

    @Test
    void anActionThatIsUnavailableResetsTheClient() {
        forwarder.serve(
                listener().action(new Action.Unavailable("GroupNotFound")).build());

        assertReset();

        assertThat(forwarder.refusals("GroupNotFound")).isEqualTo(1);
    }

    private void assertReset() {
        assertThatThrownBy(() -> {
                    Socket client = connect(); // which may already see it
                    client.getOutputStream().write(1);
                    client.getInputStream().read();
                })
                .isInstanceOf(SocketException.class);
        await(() -> forwarder.forwarder().stats().listeners().values().stream()
                .allMatch(stats -> stats.activeConnections() == 0));
    }
}
