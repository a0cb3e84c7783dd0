package dev.slb.forwarder.l4.udp;

import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.UdpClient;
import dev.slb.testing.UdpServer;
import dev.slb.testing.UdpSockets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Bursts of datagrams through a UDP listener. Clients and servers have the kernel cut what they send, so that all datagrams
 * of a burst are there at once, and the forwarder finds them together.
 */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class UdpBurstTest {

    private static final int PATIENCE_MILLIS = 20_000;

    private final TransportKind transport;

    @AutoClose
    private final Opened opened = new Opened();

    private final int port = Loopback.freePort();
    private final Random random = new Random(11);
    private RunningForwarder forwarder;

    UdpBurstTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        assumeTrue(Transport.isAvailable(transport), () -> transport + " does not work here");
        assumeTrue(
                Transport.isAvailable(TransportKind.EPOLL), "the kernel is asked to cut what is sent by way of epoll");
        forwarder = opened.add(RunningForwarder.start(transport));
    }

    private UdpServer echo() {
        return opened.add(UdpServer.start(datagram -> datagram));
    }

    private ListenerPlan serve(ListenerPlanBuilder listener, UdpServer server) {
        ListenerPlan plan = listener.build();
        forwarder.serve(
                GroupPlanBuilder.group("web").server("s", server.port(), 1).build(), plan);
        return plan;
    }

    private ListenerPlanBuilder listener() {
        return ListenerPlanBuilder.udp("quic", port);
    }

    /** A client that has a flow already. */
    private UdpClient client(byte[] hello) throws IOException {
        UdpClient client = opened.add(UdpClient.of(port));
        client.send(hello);
        assertThat(client.receive(PATIENCE_MILLIS)).isNotNull();
        return client;
    }

    private ForwarderStats.DatagramStats datagrams(ListenerPlan listener) {
        return forwarder.forwarder().stats().listeners().get(listener.id()).datagrams();
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static List<byte[]> cut(byte[] bytes, int length) {
        List<byte[]> parts = new ArrayList<>();
        for (int from = 0; from < bytes.length; from += length) {
            parts.add(Arrays.copyOfRange(bytes, from, Math.min(from + length, bytes.length)));
        }
        return parts;
    }

    private static void sendCut(UdpClient client, byte[] burst, int length) throws IOException {
        UdpSockets.cutInto(client.port(), length);
        client.send(burst);
    }

    private static List<byte[]> received(UdpServer server, int count) throws InterruptedException {
        List<byte[]> datagrams = new ArrayList<>();
        while (datagrams.size() < count) {
            byte[] next = server.received().poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            assertThat(next)
                    .as("datagram %d of %d", datagrams.size() + 1, count)
                    .isNotNull();
            datagrams.add(next);
        }
        return datagrams;
    }

    private static List<byte[]> received(UdpClient client, int count) throws IOException {
        List<byte[]> datagrams = new ArrayList<>();
        while (datagrams.size() < count) {
            byte[] next = client.receive(PATIENCE_MILLIS);
            assertThat(next)
                    .as("datagram %d of %d", datagrams.size() + 1, count)
                    .isNotNull();
            datagrams.add(next);
        }
        return datagrams;
    }

    private static void assertSame(List<byte[]> actual, List<byte[]> expected) {
        assertThat(actual.toArray(byte[][]::new)).isDeepEqualTo(expected.toArray(byte[][]::new));
    }

    @Test
    void burstsOfClientsArriveInOrderAndWithTheirLengths() throws Exception {
        UdpServer server = opened.add(UdpServer.start(datagram -> datagram.length == 1 ? datagram : null));
        ListenerPlan plan = serve(listener(), server);
        UdpClient client = client(new byte[1]);
        server.received().clear();
        ForwarderStats.DatagramStats before = datagrams(plan);
        long bytes = 0;
        int count = 0;

        // Short last ones, the most that the kernel cuts, more than goes on together, and too long ones to go together.
        for (int[] burst :
                new int[][] {{16, 1_200, 700}, {63, 100, 100}, {43, 1_472, 2}, {7, 1_473, 9}, {2, 20_000, 5}}) {
            byte[] all = bytes(burst[0] * burst[1] + burst[2]);
            sendCut(client, all, burst[1]);
            List<byte[]> expected = cut(all, burst[1]);
            assertSame(received(server, expected.size()), expected);
            bytes += all.length;
            count += expected.size();
        }

        ForwarderStats.DatagramStats expected = new ForwarderStats.DatagramStats(
                before.in() + count, before.bytesIn() + bytes, before.out(), before.bytesOut(), 0, 0, 0);
        await(() -> datagrams(plan).equals(expected));
    }

    @Test
    void burstsOfServersArriveInOrderAndWithTheirLengths() throws Exception {
        byte[] all = bytes(24 * 1_200 + 345);
        UdpServer server = opened.add(UdpServer.start(datagram -> datagram.length == 1 ? datagram : all));
        ListenerPlan plan = serve(listener(), server);
        UdpClient client = client(new byte[1]);

        for (int length : new int[] {1_200, 1_472, 1_473, 600}) {
            UdpSockets.cutInto(server.port(), length);
            client.send(new byte[2]);
            List<byte[]> expected = cut(all, length);
            assertSame(received(client, expected.size()), expected);
        }
        await(() -> datagrams(plan).bytesOut() == 1 + 4L * all.length);
        assertThat(datagrams(plan).dropped()).isZero();
        assertThat(datagrams(plan).segmentsRefused()).isZero();
    }

    @Test
    void datagramsOfManyLengthsKeepTheirOrder() throws Exception {
        UdpServer server = echo();
        serve(listener(), server);
        UdpClient client = client(new byte[1]);

        List<byte[]> sent = new ArrayList<>();
        for (int length :
                new int[] {1200, 1200, 1200, 300, 300, 1400, 1200, 1200, 40, 40, 1472, 1473, 8000, 1200, 1, 1200}) {
            byte[] datagram = bytes(length);
            client.send(datagram);
            sent.add(datagram);
        }

        assertSame(received(client, sent.size()), sent);
    }

    @Test
    void flowsThatSendAtTheSameTimeAreNotMixed() throws Exception {
        serve(listener(), echo());
        List<UdpClient> clients = new ArrayList<>();
        List<byte[]> bursts = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            clients.add(client(new byte[1]));
            bursts.add(bytes(8 * 1_000 + i));
        }

        for (int i = 0; i < clients.size(); i++) {
            sendCut(clients.get(i), bursts.get(i), 1_000);
        }

        for (int i = 0; i < clients.size(); i++) {
            List<byte[]> expected = cut(bursts.get(i), 1_000);
            assertSame(received(clients.get(i), expected.size()), expected);
        }
    }

    @Test
    void everyDatagramOfABurstHasAProxyHeader() throws Exception {
        UdpServer server = opened.add(UdpServer.start(datagram -> datagram.length == 29 ? datagram : null));
        serve(listener().sendProxy(ProxyProtocolPlan.Version.V2), server);
        UdpClient client = client(new byte[1]);
        byte[] header = Arrays.copyOf(server.received().poll(), 28);
        byte[] all = bytes(20 * 1_200 + 100);

        sendCut(client, all, 1_200);

        for (byte[] expected : cut(all, 1_200)) {
            byte[] datagram = server.received().poll(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            assertThat(datagram)
                    .hasSize(28 + expected.length)
                    .startsWith(header)
                    .endsWith(expected);
        }
    }

    @Test
    void whereTheKernelRefusesSegmentsTowardsTheServerNoDatagramIsLost() throws Exception {
        assumeTrue(transport != TransportKind.NIO, "sends one by one anyway");
        UdpServer server = echo();
        ListenerPlan plan = serve(listener(), server);
        UdpClient client = client(new byte[1]);
        UdpSockets.refuseSegmentsTo(server.port());

        for (int round = 1; round <= 2; round++) {
            byte[] all = bytes(16 * 1_200 + 7);
            sendCut(client, all, 1_200);
            assertSame(received(client, 17), cut(all, 1_200));
        }

        await(() -> datagrams(plan).in() == 1 + 2 * 17);
        assertThat(datagrams(plan).segmentsRefused()).isEqualTo(1);
        assertThat(datagrams(plan).dropped()).isZero();
    }

    @Test
    void whereTheKernelRefusesSegmentsTowardsTheClientNoDatagramIsLost() throws Exception {
        assumeTrue(transport != TransportKind.NIO, "sends one by one anyway");
        byte[] all = bytes(16 * 1_200 + 7);
        UdpServer server = opened.add(UdpServer.start(datagram -> datagram.length == 1 ? datagram : all));
        ListenerPlan plan = serve(listener(), server);
        UdpClient client = client(new byte[1]);
        UdpSockets.refuseSegmentsFrom(port);
        UdpSockets.cutInto(server.port(), 1_200);

        for (int round = 1; round <= 2; round++) {
            client.send(new byte[2]);
            assertThat(received(client, 17)).containsExactlyInAnyOrderElementsOf(cut(all, 1_200));
        }

        await(() -> datagrams(plan).out() == 1 + 2 * 17);
        assertThat(datagrams(plan).segmentsRefused()).isPositive();
        assertThat(datagrams(plan).dropped()).isZero();
    }
}
