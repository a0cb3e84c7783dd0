package dev.slb.forwarder.l4.udp;

import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.GroupPlan;
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
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Listeners at all addresses, on epoll: only that says where a datagram was sent to. All of 127.0.0.0/8 is the loopback's. */
@Sockets
class UdpAskedAddressTest {

    private static final String ASKED = "127.9.8.7";

    @AutoClose
    private final Opened opened = new Opened();

    private final int port = Loopback.freePort();
    private final ListenerPlan listener = ListenerPlanBuilder.udp("dns", port).build();
    private RunningForwarder forwarder;

    @BeforeEach
    void start() {
        assumeTrue(Transport.isAvailable(TransportKind.EPOLL), "epoll does not work here");
        forwarder = opened.add(RunningForwarder.startOn(TransportKind.EPOLL, null));
    }

    private UdpServer server(String name) {
        return opened.add(UdpServer.echo(name));
    }

    private static GroupPlan group(UdpServer... servers) {
        GroupPlanBuilder group = GroupPlanBuilder.group("web");
        for (int i = 0; i < servers.length; i++) {
            group.server("s" + i, servers[i].port(), 1);
        }
        return group.build();
    }

    private static String address(int number) {
        return "127.10." + number / 250 + "." + (1 + number % 250);
    }

    @Test
    void anAnswerComesFromTheAddressThatWasAsked() throws IOException {
        forwarder.serve(group(server("a")), listener);

        UdpClient client = opened.add(UdpClient.of(ASKED, port));
        for (int i = 0; i < 5; i++) {
            assertThat(client.server()).isEqualTo("a");
        }
        assertThat(opened.add(UdpClient.of(port)).server()).isEqualTo("a");
    }

    @Test
    void aBurstAndWhatIsEmptyComeFromThereToo() throws Exception {
        forwarder.serve(group(opened.add(UdpServer.start(Loopback.ADDRESS, question -> question))), listener);

        UdpClient client = opened.add(UdpClient.of(ASKED, port));
        for (int i = 0; i < 20; i++) {
            client.send("burst");
        }
        for (int i = 0; i < 20; i++) {
            assertThat(client.receive(20_000)).isEqualTo("burst".getBytes());
        }
        client.send(new byte[0]);
        assertThat(client.receive(20_000)).isEmpty();
    }

    @Test
    void clientsKeepTheirServersWhicheverAddressTheyAsk() throws IOException {
        forwarder.serve(group(server("a"), server("b"), server("c")), listener);
        List<UdpClient> clients = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            clients.add(opened.add(UdpClient.of(address(i % 3), port)));
        }

        List<String> first = new ArrayList<>();
        for (UdpClient each : clients) {
            first.add(each.server());
        }
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < clients.size(); i++) {
                assertThat(clients.get(i).server()).isEqualTo(first.get(i));
            }
        }
        assertThat(first).containsOnly("a", "b", "c");
        assertThat(forwarder.activeConnections(listener)).isEqualTo(30);
    }

    @Test
    void aClientThatAsksTwoAddressesHasAFlowWithEach() throws Exception {
        forwarder.serve(group(server("a")), listener);
        DatagramSocket client = new DatagramSocket(0, InetAddress.getByName(Loopback.ADDRESS));
        opened.add((AutoCloseable) client::close);
        client.setSoTimeout(20_000);

        Set<String> answered = new TreeSet<>();
        for (String each : List.of(address(1), address(2))) {
            client.send(new DatagramPacket(new byte[] {1}, 1, new InetSocketAddress(each, port)));
            DatagramPacket answer = new DatagramPacket(new byte[100], 100);
            client.receive(answer);
            answered.add(answer.getAddress().getHostAddress());
        }

        assertThat(answered).containsExactly(address(1), address(2));
        assertThat(forwarder.activeConnections(listener)).isEqualTo(2);
    }

    @Test
    void thereAreSocketsForSoManyAddressesAndThoseWithoutFlowsMakeRoom() throws IOException {
        UdpServer server = server("a");
        ListenerPlan brief =
                ListenerPlanBuilder.udp("dns", port).idleMillis(300).build();
        forwarder.serve(group(server), brief);

        for (int i = 0; i < 3 * UdpSocket.MAX_ASKED; i++) {
            String asked = address(i);
            RunningForwarder.await(() -> {
                try (UdpClient client = UdpClient.of(asked, port)) {
                    client.send("who");
                    return client.receive(500) != null;
                }
            });
        }
    }

    @Test
    void theProxyHeaderHasTheAddressThatWasAsked() throws Exception {
        UdpServer server = server("a");
        forwarder.serve(
                group(server),
                ListenerPlanBuilder.udp("dns", port)
                        .sendProxy(ProxyProtocolPlan.Version.V2)
                        .build());

        UdpClient client = opened.add(UdpClient.of(ASKED, port));
        for (int i = 0; i < 3; i++) {
            client.send("who");
            assertThat(HexFormat.of().formatHex(server.received().poll(20, TimeUnit.SECONDS)))
                    .startsWith("0d0a0d0a000d0a515549540a" + "2112000c" + "7f090807".repeat(2)
                            + String.format("%04x%04x", client.port(), port));
        }
    }

    @Test
    void anotherListenerAtTheSamePortServesTheSameAddresses() throws Exception {
        forwarder.serve(group(server("a")), listener);
        assertThat(opened.add(UdpClient.of(ASKED, port)).server()).isEqualTo("a");

        forwarder.withdraw(listener.id());
        ListenerPlan other = ListenerPlanBuilder.udp("other", port).build();
        forwarder.serve(other);

        RunningForwarder.await(() -> {
            try (UdpClient client = UdpClient.of(ASKED, port)) {
                client.send("who");
                return client.receive(500) != null;
            }
        });
    }
}
