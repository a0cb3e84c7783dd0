package dev.slb.forwarder.port;

import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.CapacityPlan;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import dev.slb.testing.TestPlans;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Who gets in, the same on every transport. */
@ParameterizedClass
@EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
@Sockets
class GateTest {

    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    private final TransportKind transport;

    @AutoClose
    private final Opened opened = new Opened();

    private final int port = Loopback.freePort();
    private RunningForwarder forwarder;
    private TcpServer server;

    GateTest(TransportKind transport) {
        this.transport = transport;
    }

    @BeforeEach
    void start() {
        assumeTrue(Transport.isAvailable(transport), () -> transport + " does not work here");
        forwarder = opened.add(RunningForwarder.start(transport));
        server = opened.add(TcpServer.echo("a"));
    }

    private ListenerPlan serve(Consumer<ListenerPlanBuilder> options) {
        ListenerPlanBuilder builder = ListenerPlanBuilder.tcp("web", port);
        options.accept(builder);
        ListenerPlan listener = builder.build();
        forwarder.serve(
                GroupPlanBuilder.group("web").server("a", server.port(), 100).build(), listener);
        return listener;
    }

    private void capacity(int forwarders, long connections, long connectionsPerSecond, long requestsPerSecond) {
        forwarder.serve(new LoadBalancerPlan(
                TestPlans.SHOP,
                forwarders,
                null,
                null,
                new CapacityPlan(connections, connectionsPerSecond, requestsPerSecond)));
    }

    private Socket connect() throws IOException {
        return opened.add(Loopback.connect(port));
    }

    private void assertServed(Socket connection) throws IOException {
        assertThat(line(connection)).isEqualTo("a");
    }

    private static String line(Socket connection) throws IOException {
        InputStream in = connection.getInputStream();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("ended after " + line);
            }
            line.write(c);
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** With an RST, not one byte having come. */
    private static void assertReset(Socket connection) {
        assertReset(connection, "");
    }

    private static void assertReset(Socket connection, String what) {
        assertThatThrownBy(() -> connection.getInputStream().read())
                .as(what)
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    private void assertRefused(String reason) throws IOException {
        long before = forwarder.refusals(reason);
        assertThatThrownBy(() -> connect().getInputStream().read()) // the RST may come while it still connects
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
        assertThat(forwarder.refusals(reason)).isEqualTo(before + 1);
    }

    // Access control

    @Test
    void whoIsNotAllowedIsReset() throws Exception {
        serve(listener -> listener.allow("192.0.2.0/24", "2001:db8::/32"));
        assertRefused(LimitReasons.ACCESS_DENIED);
        assertThat(server.accepted()).isZero();
    }

    @Test
    void whoIsAllowedGetsIn() throws Exception {
        serve(listener -> listener.allow("192.0.2.0/24", "127.0.0.0/8"));
        assertServed(connect());
    }

    @Test
    void whoIsDeniedIsReset() throws Exception {
        serve(listener -> listener.deny("127.0.0.1/32"));
        assertRefused(LimitReasons.ACCESS_DENIED);
    }

    @Test
    void anEmptyAllowLetsNobodyInAndAnEmptyDenyEverybody() throws Exception {
        serve(ListenerPlanBuilder::allow);
        assertRefused(LimitReasons.ACCESS_DENIED);
        serve(ListenerPlanBuilder::deny);
        assertServed(connect());
    }

    @Test
    void aChangeHitsNewConnectionsOnly() throws Exception {
        serve(listener -> {});
        Socket before = connect();
        assertServed(before);
        serve(ListenerPlanBuilder::allow);
        assertRefused(LimitReasons.ACCESS_DENIED);
        before.getOutputStream().write("still here\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(line(before)).isEqualTo("still here");
        serve(listener -> listener.allow("127.0.0.1"));
        assertServed(connect());
    }

    @Test
    void aListThatCanNotBeReadIsRefusedAndTheLastOneStays() throws Exception {
        serve(ListenerPlanBuilder::allow);
        ListenerPlan broken =
                ListenerPlanBuilder.tcp("web", port).deny("10.0.0.0/33").build();
        forwarder.publish(broken);
        await(() -> forwarder.state(broken.id()).message() != null
                && forwarder.state(broken.id()).message().contains("accessControl.cidrs: not a network: 10.0.0.0/33"));
        assertRefused(LimitReasons.ACCESS_DENIED);
    }

    // Numbers of connections

    @Test
    void beyondMaxConnectionsNewOnesAreResetUntilOneEnds() throws Exception {
        ListenerPlan listener = serve(plan -> plan.maxConnections(2));
        Socket first = connect();
        assertServed(first);
        Socket second = connect();
        assertServed(second);
        assertRefused(LimitReasons.LISTENER_CONNECTIONS);
        second.close();
        await(() -> forwarder.activeConnections(listener) == 1);
        assertServed(connect());
    }

    @Test
    void eachForwarderTakesItsPartRoundedUp() throws Exception {
        serve(plan -> plan.maxConnections(3));
        forwarder.serve(TestPlans.loadBalancer(2));
        assertServed(connect());
        assertServed(connect());
        assertRefused(LimitReasons.LISTENER_CONNECTIONS);
        forwarder.serve(TestPlans.loadBalancer(1));
        assertServed(connect());
        assertRefused(LimitReasons.LISTENER_CONNECTIONS);
    }

    @Test
    void aLimitCountsConnectionsThatWereThereBefore() throws Exception {
        serve(plan -> {});
        assertServed(connect());
        serve(plan -> plan.maxConnections(1));
        assertRefused(LimitReasons.LISTENER_CONNECTIONS);
    }

    @Test
    void theCapacityOfALoadBalancerIsSharedByItsListeners() throws Exception {
        serve(plan -> {});
        int otherPort = Loopback.freePort();
        forwarder.serve(ListenerPlanBuilder.tcp("other", otherPort).build());
        capacity(1, 2, 1_000, 1_000);
        assertServed(connect());
        assertServed(opened.add(Loopback.connect(otherPort)));
        assertRefused(LimitReasons.CONNECTIONS);
        assertThatThrownBy(() ->
                        opened.add(Loopback.connect(otherPort)).getInputStream().read())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
        forwarder.serve(TestPlans.loadBalancer(1));
        assertServed(connect());
    }

    @Test
    void beyondConnectionsPerSecondNewOnesAreReset() throws Exception {
        serve(plan -> {});
        capacity(2, 1_000, 4, 1_000); // 2 a second here
        int served = 0;
        int refused = 0;
        for (int i = 0; i < 12; i++) {
            try (Socket connection = Loopback.connect(port)) {
                if (connection.getInputStream().read() == 'a') {
                    served++;
                }
            } catch (SocketException e) {
                refused++;
            }
        }
        assertThat(served).isBetween(2, 11);
        assertThat(served + refused).isEqualTo(12);
        assertThat(forwarder.refusals(LimitReasons.CONNECTION_RATE)).isEqualTo(refused);
        await(
                () -> { // and some time later they get in again
                    try (Socket connection = Loopback.connect(port)) {
                        return connection.getInputStream().read() == 'a';
                    } catch (SocketException e) {
                        return false;
                    }
                });
    }

    @Test
    void aRequestBeyondTheCapacityIsAnsweredSoAndItsConnectionStays() throws Exception {
        try (HttpServer http = HttpServer.named("h")) {
            ListenerPlan listener = ListenerPlanBuilder.http("web", port).build();
            forwarder.serve(
                    GroupPlanBuilder.group("web").server("h", http.port(), 100).build(), listener);
            capacity(1, 1_000, 1_000, 1);
            HttpClientSocket client = opened.add(HttpClientSocket.connect(port));
            await(() -> client.get("/").status() == 503 || client.get("/").status() == 503);
            var refused = client.get("/");
            await(() -> client.get("/").status() == 200);
            if (refused.status() == 503) {
                assertThat(refused.header("SLB-Reason")).isEqualTo(LimitReasons.REQUEST_RATE);
                assertThat(refused.header("Retry-After")).isEqualTo("1");
            }
            assertThat(forwarder.refusals(LimitReasons.REQUEST_RATE)).isPositive();
        }
    }

    // The PROXY protocol, from clients

    private Socket proxied(byte[] header) throws IOException {
        Socket connection = connect();
        connection.getOutputStream().write(header);
        return connection;
    }

    private Socket proxied(String header) throws IOException {
        return proxied(header.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static byte[] version2(String hex) {
        return HexFormat.of().parseHex(SIGNATURE + hex);
    }

    @Test
    void bothVersionsOfTheHeaderAreUnderstood() throws Exception {
        serve(listener -> listener.acceptProxy("127.0.0.0/8").allow("192.0.2.1", "2001:db8::1"));
        assertServed(proxied("PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n"));
        assertServed(proxied("PROXY TCP6 2001:db8::1 2001:db8::2 1234 443\r\n"));
        assertServed(proxied(version2("2111000c" + "c0000201" + "c6336402" + "04d2" + "01bb")));
        String from = "20010db8000000000000000000000001";
        assertServed(proxied(version2("21210024" + from + "20010db8000000000000000000000002" + "04d2" + "01bb")));
        // with an extension (PP2_TYPE_AUTHORITY), which is ignored
        assertServed(proxied(version2("21110011" + "c0000201" + "c6336402" + "04d2" + "01bb" + "0200026162")));
    }

    @Test
    void accessControlAsksForTheAddressThatTheHeaderNames() throws Exception {
        serve(listener -> listener.acceptProxy("127.0.0.1").deny("192.0.2.0/24"));
        assertReset(proxied("PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n"));
        assertThat(forwarder.refusals(LimitReasons.ACCESS_DENIED)).isEqualTo(1);
        assertServed(proxied("PROXY TCP4 192.0.3.1 198.51.100.2 1234 443\r\n"));
    }

    @Test
    void aProxyThatSpeaksForItselfIsTheClient() throws Exception {
        serve(listener -> listener.acceptProxy("127.0.0.1").allow("127.0.0.1"));
        assertServed(proxied("PROXY UNKNOWN\r\n"));
        assertServed(proxied(version2("20000000")));
        // LOCAL with addresses, which don't count
        assertServed(proxied(version2("2011000c" + "c0000201" + "c6336402" + "04d2" + "01bb")));
    }

    @Test
    void whatComesBehindTheHeaderIsForTheServer() throws Exception {
        serve(listener -> listener.acceptProxy("127.0.0.1"));
        Socket connection = proxied("PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\nhello\n");
        assertServed(connection);
        assertThat(line(connection)).isEqualTo("hello");
    }

    @Test
    void aHeaderMayComeInPieces() throws Exception {
        serve(listener -> listener.acceptProxy("127.0.0.1"));
        for (byte[] header : List.of(
                version2("2111000c" + "c0000201" + "c6336402" + "04d2" + "01bb"),
                "PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n".getBytes(StandardCharsets.US_ASCII))) {
            Socket connection = connect();
            for (byte each : header) {
                connection.getOutputStream().write(each);
            }
            connection.getOutputStream().write("x\n".getBytes(StandardCharsets.US_ASCII));
            assertServed(connection);
            assertThat(line(connection)).isEqualTo("x");
        }
    }

    @Test
    void whatIsNoHeaderIsReset() throws Exception {
        serve(listener -> listener.acceptProxy("127.0.0.1"));
        for (String invalid : List.of(
                "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "PROXY TCP4 192.0.2.1 198.51.100.2 1234\r\n",
                "PROXY TCP4 192.0.2.300 198.51.100.2 1234 443\r\n",
                "PROXY TCP4 192.0.2.1 198.51.100.2 123456 443\r\n",
                "PROXY TCP5 192.0.2.1 198.51.100.2 1234 443\r\n",
                "PROXY TCP4 example.com 198.51.100.2 1234 443\r\n",
                "x".repeat(300))) {
            assertReset(proxied(invalid), invalid);
        }
        for (String odd : List.of("fe80::1%1", "[2001:db8::1]", "::ffff:010.0.0.1")) {
            String invalid = "PROXY TCP6 " + odd + " 2001:db8::2 1234 443\r\n";
            assertReset(proxied(invalid), invalid);
        }
        assertReset(proxied(version2("3111000c" + "c0000201" + "c6336402" + "04d2" + "01bb")));
        assertReset(proxied(version2("21110002" + "c000")));
        await(() -> forwarder.refusals(LimitReasons.INVALID_PROXY_HEADER) == 12); // counted a moment after the RST
        assertThat(server.accepted()).isZero();
    }

    @Test
    void aProxyThatIsNotTrustedIsResetWhateverItSends() throws Exception {
        serve(listener -> listener.acceptProxy("192.0.2.0/24"));
        assertRefused(LimitReasons.UNTRUSTED_PROXY);
        serve(ListenerPlanBuilder::acceptProxy);
        assertRefused(LimitReasons.UNTRUSTED_PROXY);
    }

    @Test
    void aHeaderThatDoesNotComeInTimeEndsTheConnection() throws Exception {
        ListenerPlan listener =
                serve(plan -> plan.acceptProxy("127.0.0.1").connectMillis(100).maxConnections(1));
        assertReset(proxied("PROXY TCP4 192."));
        assertThat(forwarder.refusals(LimitReasons.SLOW_PROXY_HEADER)).isEqualTo(1);
        // More extensions than are ever read.
        assertReset(proxied(version2("2111ffff" + "c0000201" + "c6336402" + "04d2" + "01bb")));
        assertThat(forwarder.refusals(LimitReasons.SLOW_PROXY_HEADER)).isEqualTo(2);
        await(() -> forwarder.activeConnections(listener) == 0);
        await(
                () -> { // the places is free again
                    Socket next = proxied("PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n");
                    try {
                        return line(next).equals("a");
                    } catch (SocketException e) {
                        return false;
                    }
                });
    }

    @Test
    void aClientThatHasGoneBeforeItsHeaderLeavesNothing() throws Exception {
        serve(plan -> plan.acceptProxy("127.0.0.1").maxConnections(1));
        proxied("PROXY TCP4").close();
        await(() -> {
            Socket next = proxied("PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n");
            try {
                return line(next).equals("a");
            } catch (SocketException e) {
                return false;
            }
        });
        assertThat(forwarder.refusals(LimitReasons.INVALID_PROXY_HEADER)).isZero();
    }

    @Test
    void anHttpServerIsToldTheAddressThatTheHeaderNames() throws Exception {
        try (HttpServer http = HttpServer.named("h")) {
            ListenerPlan listener = ListenerPlanBuilder.http("web", port)
                    .acceptProxy("127.0.0.1")
                    .forwarded(new dev.slb.plan.ForwardedPlan(
                            dev.slb.plan.ForwardedPlan.XForwardedFor.APPEND,
                            List.of(),
                            true,
                            false,
                            true,
                            null,
                            true,
                            false))
                    .build();
            forwarder.serve(
                    GroupPlanBuilder.group("web").server("h", http.port(), 100).build(), listener);
            HttpClientSocket client = opened.add(HttpClientSocket.connect(port));
            client.send("PROXY TCP4 192.0.2.1 198.51.100.2 1234 443\r\n");
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(http.requests().get(0).header("X-Forwarded-For")).isEqualTo("192.0.2.1");
            assertThat(http.requests().get(0).header("X-Forwarded-Client-srcport"))
                    .isEqualTo("1234");
            assertThat(http.requests().get(0).header("SLB-IP")).isEqualTo("198.51.100.2");
        }
    }

    // The PROXY protocol, to servers

    @Test
    void aServerIsToldWhoseConnectionItIs() throws Exception {
        serve(listener -> listener.sendProxy(ProxyProtocolPlan.Version.V1));
        Socket connection = connect();
        connection.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
        assertServed(connection);
        // The echo shows what the server got.
        assertThat(line(connection))
                .isEqualTo("PROXY TCP4 127.0.0.1 127.0.0.1 " + connection.getLocalPort() + " " + port + "\r");
        assertThat(line(connection)).isEqualTo("hello");

        serve(listener -> listener.sendProxy(ProxyProtocolPlan.Version.V2));
        Socket second = connect();
        assertServed(second);
        byte[] header = second.getInputStream().readNBytes(28);
        assertThat(HexFormat.of().formatHex(header))
                .isEqualTo(SIGNATURE + "2111000c7f0000017f000001"
                        + String.format("%04x%04x", second.getLocalPort(), port));
    }

    @Test
    void anAddressIsPassedOnFromProxyToServer() throws Exception {
        ListenerPlan plain = ListenerPlanBuilder.tcp("web", port).build();
        ProxyProtocolPlan both = new ProxyProtocolPlan(true, List.of("127.0.0.1"), ProxyProtocolPlan.Version.V1);
        ListenerPlan listener = new ListenerPlan(
                plain.id(),
                plain.loadBalancer(),
                plain.frontend(),
                plain.routing(),
                plain.timeouts(),
                plain.drain(),
                null,
                null,
                null,
                null,
                both,
                null);
        forwarder.serve(
                GroupPlanBuilder.group("web").server("a", server.port(), 100).build(), listener);
        Socket connection = proxied("PROXY TCP6 2001:db8::1 2001:db8::2 1234 443\r\n");
        assertServed(connection);
        assertThat(line(connection)).isEqualTo("PROXY TCP6 2001:db8::1 2001:db8::2 1234 443\r");
    }

    /** Connections to servers are shared by clients only where nothing in them is a client's. */
    @Test
    void anHttpServerGetsAConnectionWithTheAddressForEachRequest() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        TcpServer http = opened.add(TcpServer.start(connection -> {
            seen.add(line(connection));
            while (HttpMessage.read(connection.getInputStream(), true, false) != null) {
                connection.getOutputStream().write(HttpServer.ok("hello"));
            }
        }));
        forwarder.serve(
                GroupPlanBuilder.group("web").server("h", http.port(), 100).build(),
                ListenerPlanBuilder.http("web", port)
                        .sendProxy(ProxyProtocolPlan.Version.V1)
                        .build());
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            HttpClientSocket client = opened.add(HttpClientSocket.connect(port));
            String header = "PROXY TCP4 127.0.0.1 127.0.0.1 " + client.socket().getLocalPort() + " " + port + "\r";
            for (int k = 0; k < 2; k++) {
                assertThat(client.get("/").status()).isEqualTo(200);
                expected.add(header);
            }
        }
        assertThat(seen).isEqualTo(expected);
    }

    /** Version 1 can't say so: servers may refuse UNKNOWN, so it names the ends of the check's own connection. */
    @Test
    void aCheckOfAnHttpServerBeginsWithAHeaderThatNamesNobody() throws Exception {
        for (ProxyProtocolPlan.Version version : List.of(ProxyProtocolPlan.Version.V1, ProxyProtocolPlan.Version.V2)) {
            TcpServer http = opened.add(TcpServer.start(connection -> {
                byte[] expected = version == ProxyProtocolPlan.Version.V1
                        ? ("PROXY TCP4 127.0.0.1 127.0.0.1 " + connection.getPort() + " " + connection.getLocalPort()
                                        + "\r\n")
                                .getBytes(StandardCharsets.US_ASCII)
                        : version2("20000000");
                byte[] header = connection.getInputStream().readNBytes(expected.length);
                if (Arrays.equals(header, expected)
                        && HttpMessage.read(connection.getInputStream(), true, false) != null) {
                    connection.getOutputStream().write(HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
                }
            }));
            ListenerPlan listener = ListenerPlanBuilder.http("web", port)
                    .check(HealthCheckPlanBuilder.http(20, 20_000)
                            .proxy(version)
                            .build())
                    .build();
            GroupPlan group =
                    GroupPlanBuilder.group("web").server("h", http.port(), 100).build();
            forwarder.serve(group, listener);
            forwarder.awaitHealth(group.id(), group.servers().get(0).id(), Health.NORMAL);
        }
    }
}
