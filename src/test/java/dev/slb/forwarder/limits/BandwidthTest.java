package dev.slb.forwarder.limits;

import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import dev.slb.testing.TestPlans;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** How fast bytes pass: measured over windows of more than a second, most of which a loaded machine may spoil. */
@Sockets
class BandwidthTest {

    private static final long MBIT = 1_000_000;
    private static final long WINDOW_NANOS = 1_200_000_000L;
    private static final int MOST_WINDOWS = 30;
    /** What a loaded machine may have left unread before, and reads later. */
    private static final double MOST_LATE_SECONDS = 2;

    @AutoClose
    private final Opened opened = new Opened();

    private RunningForwarder forwarder;

    private void start(TransportKind transport) {
        assumeTrue(Transport.isAvailable(transport), () -> transport + " does not work here");
        forwarder = opened.add(RunningForwarder.start(transport));
    }

    /** What has arrived somewhere. */
    private static final class Meter {

        private final AtomicLong bytes = new AtomicLong();

        /**
         * What has come in a time.
         *
         * @param bits of each meter
         * @param totals of each meter at its end
         * @param end of {@link System#nanoTime}
         */
        record Window(double[] bits, double seconds, long[] totals, long end) {

            double[] rates() {
                return Arrays.stream(bits).map(each -> each / seconds).toArray();
            }
        }

        /** A window from now on. */
        static Window measure(Meter... meters) {
            long start = System.nanoTime();
            Window before = new Window(null, 0, totals(meters), start);
            while (System.nanoTime() - start < WINDOW_NANOS) {
                LockSupport.parkNanos(WINDOW_NANOS - (System.nanoTime() - start));
            }
            return between(before, new Window(null, 0, totals(meters), System.nanoTime()));
        }

        /** From the end of one to the end of another. */
        static Window between(Window from, Window to) {
            double[] bits = new double[from.totals.length];
            for (int i = 0; i < bits.length; i++) {
                bits[i] = (to.totals[i] - from.totals[i]) * 8.0;
            }
            return new Window(bits, (to.end - from.end) / 1e9, to.totals, to.end);
        }

        private static long[] totals(Meter... meters) {
            return Arrays.stream(meters).mapToLong(each -> each.bytes.get()).toArray();
        }
    }

    /**
     * Windows are measured until one is as expected in all its rates: a loaded machine may spoil many. All that came after the
     * first, which has what was saved up, is no more than the rates allow in that time, whatever was read late.
     */
    private static void assertRates(String what, double[] expected, Meter... meters) {
        List<String> seen = new ArrayList<>();
        Meter.Window first = null;
        for (int i = 0; i < MOST_WINDOWS; i++) {
            Meter.Window window = Meter.measure(meters);
            seen.add(Arrays.toString(window.rates()));
            if (first == null) {
                first = window;
            }
            Meter.Window since = Meter.between(first, window);
            boolean good = true;
            for (int k = 0; k < meters.length; k++) {
                good &= Math.abs(window.rates()[k] - expected[k]) <= 0.1 * expected[k];
                assertThat(since.bits()[k])
                        .as("%s: bits in %s s: %s", what, since.seconds(), seen)
                        .isLessThan(1.1 * expected[k] * (since.seconds() + MOST_LATE_SECONDS));
            }
            if (good) {
                return;
            }
        }
        throw new AssertionError(what + ": expected " + Arrays.toString(expected) + ", seen " + seen);
    }

    private static void pump(Socket to) {
        Thread thread = new Thread(
                () -> {
                    byte[] block = new byte[16 * 1024];
                    try (to) {
                        OutputStream out = to.getOutputStream();
                        for (; ; ) {
                            out.write(block);
                        }
                    } catch (IOException e) {
                        // the test is over
                    }
                },
                "pump");
        thread.setDaemon(true);
        thread.start();
    }

    private static void drain(Socket from, Meter meter) throws IOException {
        byte[] block = new byte[64 * 1024];
        for (int n = from.getInputStream().read(block);
                n >= 0;
                n = from.getInputStream().read(block)) {
            meter.bytes.addAndGet(n);
        }
    }

    private static void drainBeside(Socket from, Meter meter) {
        Thread thread = new Thread(
                () -> {
                    try {
                        drain(from, meter);
                    } catch (IOException e) {
                        // the test is over
                    }
                },
                "drain");
        thread.setDaemon(true);
        thread.start();
    }

    /** A server that takes what comes, and its listener. */
    private Meter sink(ListenerPlanBuilder listener) {
        Meter meter = new Meter();
        TcpServer server = opened.add(TcpServer.start(connection -> drain(connection, meter)));
        serve(listener, server);
        return meter;
    }

    private ListenerPlan serve(ListenerPlanBuilder builder, TcpServer server) {
        String name = "g" + server.port();
        ListenerPlan listener =
                builder.group(GroupPlanBuilder.group(name).build().id()).build();
        forwarder.serve(
                GroupPlanBuilder.group(name).server(name, server.port(), 100).build(), listener);
        return listener;
    }

    private void upload(int port, int connections) throws IOException {
        for (int i = 0; i < connections; i++) {
            pump(opened.add(Loopback.connect(port)));
        }
    }

    private void bandwidth(int forwarders, long bitsPerSecond) {
        forwarder.serve(new LoadBalancerPlan(TestPlans.SHOP, forwarders, null, bitsPerSecond, null));
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportKind.class,
            names = {"NIO", "EPOLL", "IO_URING"})
    void aListenerWithACapIsHeldToItInBothDirectionsAtOnce(TransportKind transport) throws Exception {
        start(transport);
        int port = Loopback.freePort();
        Meter up = new Meter();
        Meter down = new Meter();
        TcpServer server = opened.add(TcpServer.start(connection -> {
            pump(connection);
            drain(connection, up);
        }));
        ListenerPlan listener = serve(ListenerPlanBuilder.tcp("web", port).bandwidth(24 * MBIT), server);
        for (int i = 0; i < 3; i++) {
            Socket client = opened.add(Loopback.connect(port));
            pump(client);
            drainBeside(client, down);
        }
        assertRates("up and down", new double[] {24 * MBIT, 24 * MBIT}, up, down);
        ForwarderStats.ListenerStats stats =
                forwarder.forwarder().stats().listeners().get(listener.id());
        assertThat(stats.bandwidthWaits()).isPositive();
        assertThat(stats.bandwidthWaitMillis()).isPositive();
    }

    @Test
    void eachOfTwoForwardersTakesHalfOfIt() throws Exception {
        start(TransportKind.AUTO);
        forwarder.serve(TestPlans.loadBalancer(2));
        int port = Loopback.freePort();
        Meter meter = sink(ListenerPlanBuilder.tcp("web", port).bandwidth(32 * MBIT));
        upload(port, 1);
        assertRates("half", new double[] {16 * MBIT}, meter);
        // A new number holds for connections that are there.
        forwarder.serve(TestPlans.loadBalancer(1));
        assertRates("all", new double[] {32 * MBIT}, meter);
    }

    @Test
    void aLimitHoldsForConnectionsThatWereThereBefore() throws Exception {
        start(TransportKind.AUTO);
        int port = Loopback.freePort();
        Meter meter = sink(ListenerPlanBuilder.tcp("web", port));
        upload(port, 2);
        RunningForwarder.await(() -> meter.bytes.get() > 10 * MBIT);
        bandwidth(1, 24 * MBIT);
        assertRates("limited", new double[] {24 * MBIT}, meter);
        forwarder.serve(TestPlans.loadBalancer(1));
        long before = meter.bytes.get();
        RunningForwarder.await(() -> meter.bytes.get() - before > 20 * MBIT);
    }

    /** Reference, section 10: 10 in all, A has 4; B alone gets at most 6, B and C half of that each. */
    @Test
    void whatIsReservedIsNotSharedAndTheRestIsSharedEqually() throws Exception {
        start(TransportKind.AUTO);
        bandwidth(1, 40 * MBIT);
        int a = Loopback.freePort();
        int b = Loopback.freePort();
        int c = Loopback.freePort();
        Meter ofA = sink(ListenerPlanBuilder.tcp("a", a).bandwidth(16 * MBIT));
        Meter ofB = sink(ListenerPlanBuilder.tcp("b", b));
        Meter ofC = sink(ListenerPlanBuilder.tcp("c", c));
        upload(b, 3);
        assertRates("B alone, A idle", new double[] {24 * MBIT}, ofB);
        upload(c, 1);
        assertRates("B and C", new double[] {12 * MBIT, 12 * MBIT}, ofB, ofC);
        upload(a, 1);
        assertRates("all three", new double[] {16 * MBIT, 12 * MBIT, 12 * MBIT}, ofA, ofB, ofC);
    }

    @Test
    void anHttpAnswerIsHeldToItAndArrivesAsAWhole() throws Exception {
        start(TransportKind.AUTO);
        byte[] body = new byte[3_000_000];
        new Random(7).nextBytes(body);
        int port = Loopback.freePort();
        TcpServer server = opened.add(TcpServer.start(connection -> {
            connection.getInputStream().read(new byte[4096]);
            connection
                    .getOutputStream()
                    .write(("HTTP/1.1 200 OK\r\nContent-Length: " + body.length + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            connection.getOutputStream().write(body);
            connection.getInputStream().read();
        }));
        serve(ListenerPlanBuilder.http("web", port).bandwidth(16 * MBIT), server);
        HttpClientSocket client = opened.add(HttpClientSocket.connect(port));
        long start = System.nanoTime();
        assertThat(client.get("/").body()).isEqualTo(body);
        double seconds = (System.nanoTime() - start) / 1e9;
        assertThat(body.length * 8 / seconds).isLessThan(1.15 * 16 * MBIT);
    }

    @Test
    void nothingIsLostAndTheEndComesAtTheEnd() throws Exception {
        start(TransportKind.AUTO);
        byte[] sent = new byte[2_000_000];
        new Random(8).nextBytes(sent);
        int port = Loopback.freePort();
        serve(ListenerPlanBuilder.tcp("web", port).bandwidth(40 * MBIT), opened.add(TcpServer.echo("e")));
        Socket client = opened.add(Loopback.connect(port));
        Thread writer = new Thread(() -> {
            try {
                client.getOutputStream().write(sent);
                client.shutdownOutput();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        writer.start();
        byte[] received = client.getInputStream().readAllBytes();
        writer.join();
        assertThat(Arrays.copyOfRange(received, 2, received.length)).isEqualTo(sent);
    }
}
