package dev.slb.acceptance;

import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Pki;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.pkitesting.X509Bundle;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

import static dev.slb.acceptance.Slb.SHOP;
import static dev.slb.acceptance.Slb.get;
import static dev.slb.acceptance.Slb.requests;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The checks of section 16 of the description of the reference system, by their numbers, from the manifest to the
 * socket, with every time divided by {@link Slb#FACTOR}. Where the design decides otherwise it says so.
 */
@Sockets
class ReferenceChecksTest {

    @TempDir
    Path folder;

    private Slb slb;
    private final int port = Loopback.freePort();

    @AutoClose
    private final Opened opened = new Opened();

    @BeforeEach
    void start() {
        slb = opened.add(new Slb(folder));
    }

    private HttpServer server(String name) {
        return opened.add(HttpServer.named(name));
    }

    private TcpServer tcpServer(String name) {
        return opened.add(TcpServer.echo(name));
    }

    private static String listener(String name, String protocol, int port, String more) {
        return """
                apiVersion: slb.dev/v1alpha1
                kind: Listener
                metadata: {name: %s}
                spec:
                  loadBalancerRef: {name: shop}
                  protocol: %s
                  port: %d
                """.formatted(name, protocol, port) + more.indent(2);
    }

    private static String toGroup(String group) {
        return "serverGroupRef: {kind: VServerGroup, name: %s}\n".formatted(group);
    }

    /** @param servers each {@code name, port, weight} */
    private static String group(String name, Object... servers) {
        StringBuilder text = new StringBuilder("""
                apiVersion: slb.dev/v1alpha1
                kind: VServerGroup
                metadata: {name: %s}
                spec:
                  loadBalancerRef: {name: shop}
                  servers:
                """.formatted(name));
        if (servers.length == 0) {
            text.append("  - {name: none, podSelector: {matchLabels: {app: none}}, port: 80}\n");
        }
        for (int i = 0; i < servers.length; i += 3) {
            text.append("  - {name: %s, address: 127.0.0.1, port: %d, weight: %d}\n"
                    .formatted(servers[i], (Integer) servers[i + 1], (Integer) servers[i + 2]));
        }
        return text.toString();
    }

    private static String pair(int master, int slave) {
        return """
                apiVersion: slb.dev/v1alpha1
                kind: MasterSlaveGroup
                metadata: {name: pair}
                spec:
                  loadBalancerRef: {name: shop}
                  master: {address: 127.0.0.1, port: %d}
                  slave: {address: 127.0.0.1, port: %d}
                """.formatted(master, slave);
    }

    private static String nameOf(int port) throws IOException {
        try (Socket socket = Loopback.connect(port)) {
            return name(socket);
        }
    }

    private static String name(Socket socket) throws IOException {
        StringBuilder name = new StringBuilder();
        for (int c = socket.getInputStream().read();
                c != '\n';
                c = socket.getInputStream().read()) {
            if (c < 0) {
                throw new IOException("closed without a greeting");
            }
            name.append((char) c);
        }
        return name.toString();
    }

    /** How much later than due something may be seen on a loaded machine, in seconds of the manifest's time. */
    private static final int LATE = 10 * Slb.FACTOR;

    /** In the manifest's time. */
    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start).multipliedBy(Slb.FACTOR);
    }

    // 1. Defaults: a member that does not answer any more flips after 19 s, and is back after its checks succeed again.

    @Test
    void check1TheWindowsOfFailureAndRecoveryAreThoseOfTheDefaults() throws Exception {
        CountDownLatch[] hanging = {new CountDownLatch(0)};
        HttpServer stalling = opened.add(HttpServer.start(request -> {
            try {
                hanging[0].await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            return HttpServer.ok("a");
        }));
        slb.serve(SHOP, group("web", "a", stalling.port(), 100), listener("web", "HTTP", port, toGroup("web")));
        slb.awaitNormal("vservergroup/default/web", 1);

        hanging[0] = new CountDownLatch(1);
        long failing = System.nanoTime();
        await(() -> slb.health("vservergroup/default/web").contains(Health.ABNORMAL));
        // The first unanswered check begins up to one interval later: timeout x 3 + interval x 2, from there.
        assertThat(since(failing)).isBetween(Duration.ofSeconds(17), Duration.ofSeconds(19 + 2 + LATE));

        hanging[0].countDown();
        long recovering = System.nanoTime();
        await(() -> slb.health("vservergroup/default/web").contains(Health.NORMAL));
        // Three successes with two intervals between them, after what is left of an unanswered check and an interval.
        assertThat(since(recovering)).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(4 + 5 + 2 + LATE));
    }

    // 2. UDP checks

    @Test
    void check2APassiveUdpCheckNoticesAClosedPortAndTakesSilenceForHealth() throws Exception {
        DatagramSocket silent =
                opened.add(new DatagramSocket(new InetSocketAddress(Loopback.ADDRESS, Loopback.freePort())));
        slb.serve(
                SHOP,
                group("silent", "s", silent.getLocalPort(), 100),
                group("closed", "c", Loopback.freePort(), 100),
                listener("silent", "UDP", port, toGroup("silent")),
                listener("closed", "UDP", Loopback.freePort(), toGroup("closed")));
        await(() -> slb.health("vservergroup/default/closed").equals(List.of(Health.ABNORMAL)));
        slb.awaitNormal("vservergroup/default/silent", 1);
    }

    @Test
    void check2AnActiveUdpCheckTakesNothingButTheAnswer() throws Exception {
        DatagramSocket silent =
                opened.add(new DatagramSocket(new InetSocketAddress(Loopback.ADDRESS, Loopback.freePort())));
        DatagramSocket talking =
                opened.add(new DatagramSocket(new InetSocketAddress(Loopback.ADDRESS, Loopback.freePort())));
        Thread answers = new Thread(() -> {
            DatagramPacket packet = new DatagramPacket(new byte[100], 100);
            while (!talking.isClosed()) {
                try {
                    talking.receive(packet);
                    talking.send(new DatagramPacket("pong".getBytes(), 4, packet.getSocketAddress()));
                } catch (IOException e) {
                    return; // closed
                }
            }
        });
        answers.setDaemon(true);
        answers.start();
        String check = "healthCheck: {udpRequest: ping, udpResponse: pong}\n";
        slb.serve(
                SHOP,
                group("silent", "s", silent.getLocalPort(), 100),
                group("talking", "t", talking.getLocalPort(), 100),
                listener("silent", "UDP", port, toGroup("silent") + check),
                listener("talking", "UDP", Loopback.freePort(), toGroup("talking") + check));
        slb.awaitNormal("vservergroup/default/talking", 1);
        await(() -> slb.health("vservergroup/default/silent").equals(List.of(Health.ABNORMAL)));
    }

    // 3. Master-slave

    @Test
    void check3TheSlaveTakesOverWithoutBeingProbedAndTheMasterComesBackByItself() throws Exception {
        TcpServer master = tcpServer("master");
        TcpServer slave = tcpServer("slave");
        slb.serve(SHOP, pair(master.port(), slave.port()), listener("db", "TCP", port, """
                serverGroupRef: {kind: MasterSlaveGroup, name: pair}
                """));
        await(() -> nameOf(port).equals("master"));
        assertThat(slave.accepted()).isZero();

        master.stopListening();
        await(() -> {
            assertThat(slb.health("masterslavegroup/default/pair")).contains(Health.ABNORMAL);
            return true;
        });
        assertThat(slave.accepted()).as("probes of the slave").isZero();
        assertThat(nameOf(port)).isEqualTo("slave");
        slave.stopListening();
        assertThatThrownBy(() -> nameOf(port))
                .as("a dead slave is still the one")
                .isInstanceOf(IOException.class);

        master.listenAgain();
        await(() -> {
            try {
                return nameOf(port).equals("master");
            } catch (IOException e) {
                return false;
            }
        });
    }

    // 4. What a master-slave group can't be

    @Test
    void check4MasterSlaveGroupsOnLayer7OrWithOneServerTwiceAreRefused() throws Exception {
        slb.apply(SHOP, pair(8001, 8001), listener("web", "HTTP", port, """
                serverGroupRef: {kind: MasterSlaveGroup, name: pair}
                """));
        assertThat(slb.problems())
                .anyMatch(
                        problem -> problem.contains("Listener") && problem.contains("MasterSlaveGroup needs protocol"))
                .anyMatch(problem -> problem.contains("MasterSlaveGroup default/pair"));
        // "Three members" and "two masters" can't be written down: the kind has one master and one slave.
    }

    // 5. A listener with a group

    @Test
    void check5AListenerWithAGroupNeverUsesTheDefaultPool() throws Exception {
        HttpServer pool = server("pool");
        HttpServer grouped = server("grouped");
        String shop = """
                apiVersion: slb.dev/v1alpha1
                kind: LoadBalancer
                metadata: {name: shop}
                spec:
                  servers: [{name: pool, address: 127.0.0.1}]
                """;
        String listener = listener("web", "HTTP", port, toGroup("web") + "backendPort: " + pool.port() + "\n");
        slb.serve(shop, group("web", "g", grouped.port(), 100), listener);
        slb.awaitNormal("vservergroup/default/web", 1);
        assertThat(requests(port, 10)).isEqualTo(Map.of("grouped", 10));

        slb.serve(shop, group("web"), listener);
        assertThat(get(port, "test", "/").status()).isEqualTo(503);
        assertThat(pool.requests()).isEmpty();
    }

    // 6. Weights

    @Test
    void check6WeightsAreHonouredToTheRequestAndRoundRobinIgnoresThem() throws Exception {
        HttpServer a = server("a");
        HttpServer b = server("b");
        HttpServer c = server("c");
        String web = group("web", "a", a.port(), 100, "b", b.port(), 50, "c", c.port(), 0);
        slb.serve(SHOP, web, listener("web", "HTTP", port, toGroup("web")));
        slb.awaitNormal("vservergroup/default/web", 3);
        assertThat(requests(port, 1500)).isEqualTo(Map.of("a", 1000, "b", 500));

        slb.serve(SHOP, web, listener("web", "HTTP", port, toGroup("web") + "scheduler: RR\n"));
        assertThat(requests(port, 300)).isEqualTo(Map.of("a", 150, "b", 150));
    }

    // 7. Rules

    @Test
    void check7RulesMatchByTheBestHostAndTheLongestPath() throws Exception {
        List<String> groups = List.of("own", "exact", "narrow", "wide", "abc", "abcd", "path", "only");
        List<String> manifests = new ArrayList<>(List.of(SHOP));
        for (String each : groups) {
            manifests.add(group(each, "server", server(each).port(), 100));
        }
        manifests.add(listener("web", "HTTP", port, toGroup("own") + """
                healthCheck: {enabled: false}
                rules:
                - {name: exact, host: shop.market.a, serverGroupRef: {name: exact}}
                - {name: narrow, host: '*.market.a', serverGroupRef: {name: narrow}}
                - {name: wide, host: '*.a', serverGroupRef: {name: wide}}
                - {name: abc, host: paths.test, path: /abc, serverGroupRef: {name: abc}}
                - {name: abcd, host: paths.test, path: /abcd, serverGroupRef: {name: abcd}}
                - {name: only, path: /only, serverGroupRef: {name: only}}
                """));
        slb.serve(manifests.toArray(String[]::new));

        assertThat(get(port, "shop.market.a", "/").text()).isEqualTo("exact");
        assertThat(get(port, "other.market.a", "/").text()).isEqualTo("narrow");
        assertThat(get(port, "market.a", "/").text()).isEqualTo("wide");
        assertThat(get(port, "paths.test", "/abcde").text()).isEqualTo("abcd");
        assertThat(get(port, "paths.test", "/abce").text()).isEqualTo("abc");
        assertThat(get(port, "paths.test", "/other").status()).isEqualTo(404);
        assertThat(get(port, "paths.test", "/only").status())
                .as("a matched host is binding")
                .isEqualTo(404);
        assertThat(get(port, "unknown.test", "/only/x").text()).isEqualTo("only");
        assertThat(get(port, "unknown.test", "/x").text()).isEqualTo("own");
    }

    @Test
    void check7WithoutAGroupOfItsOwnTheDefaultPoolComesLast() throws Exception {
        HttpServer pool = server("pool");
        slb.serve(
                """
                apiVersion: slb.dev/v1alpha1
                kind: LoadBalancer
                metadata: {name: shop}
                spec:
                  servers: [{name: pool, address: 127.0.0.1}]
                """,
                group("only", "server", server("only").port(), 100),
                listener("web", "HTTP", port, "backendPort: " + pool.port() + """

                        healthCheck: {enabled: false}
                        rules: [{name: only, path: /only, serverGroupRef: {name: only}}]
                        """));
        assertThat(get(port, "unknown.test", "/only").text()).isEqualTo("only");
        assertThat(get(port, "unknown.test", "/").text()).isEqualTo("pool");
    }

    // 8. Cookies

    @Test
    void check8AnInsertedCookieIsHonouredAndExpires() throws Exception {
        HttpServer a = opened.add(HttpServer.start(request -> request.target().equals("/missing")
                ? HttpServer.raw("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                : HttpServer.ok("a")));
        HttpServer b = server("b");
        slb.serve(
                SHOP,
                group("web", "a", a.port(), 100, "b", b.port(), 100),
                listener("web", "HTTP", port, toGroup("web") + """
                        healthCheck: {enabled: false}
                        sessionPersistence: {type: CookieInsert, timeoutSeconds: 30}
                        """));
        HttpMessage first = get(port, "test", "/");
        String cookie = first.header("Set-Cookie");
        assertThat(cookie).startsWith("SERVERID=").contains("HttpOnly").contains("Path=/");
        String pair = "Cookie: theme=dark; " + cookie.substring(0, cookie.indexOf(';'));
        long stuck = System.nanoTime();
        for (int i = 0; i < 10; i++) {
            assertThat(get(port, "test", "/", pair).text()).isEqualTo(first.text());
        }
        assertThat(since(stuck)).as("a machine too slow for this test").isLessThan(Duration.ofSeconds(30));
        await(() -> {
            assertThat(List.of(
                            get(port, "test", "/", pair).text(),
                            get(port, "test", "/", pair).text()))
                    .as("two requests in turn, once the cookie has expired")
                    .containsExactlyInAnyOrder("a", "b");
            return true;
        });
        assertThat(since(stuck)).isGreaterThan(Duration.ofSeconds(29));

        slb.serve(
                SHOP,
                group("web", "a", a.port(), 100, "b", b.port(), 0),
                listener("web", "HTTP", port, toGroup("web") + """
                        healthCheck: {enabled: false}
                        sessionPersistence: {type: CookieInsert, timeoutSeconds: 30}
                        """));
        HttpMessage missing = get(port, "test", "/missing");
        assertThat(missing.status()).isEqualTo(404);
        assertThat(missing.headers("Set-Cookie")).isEmpty();
    }

    @Test
    void check8ARewrittenCookieKeepsTheAttributesThatTheServerGave() throws Exception {
        HttpServer.Answer login =
                request -> HttpServer.raw("HTTP/1.1 200 OK\r\nSet-Cookie: APP=abc; Path=/shop; Secure\r\n"
                        + "Set-Cookie: other=1\r\nContent-Length: 0\r\n\r\n");
        HttpServer a = opened.add(HttpServer.start(login));
        HttpServer b = opened.add(HttpServer.start(login));
        slb.serve(
                SHOP,
                group("web", "a", a.port(), 100, "b", b.port(), 100),
                listener("web", "HTTP", port, toGroup("web") + """
                        healthCheck: {enabled: false}
                        sessionPersistence: {type: CookieRewrite, cookieName: APP}
                        """));
        List<String> cookies = get(port, "test", "/").headers("Set-Cookie");
        assertThat(cookies).hasSize(2).anyMatch(each -> each.equals("other=1"));
        String app = cookies.stream()
                .filter(each -> each.startsWith("APP="))
                .findFirst()
                .orElseThrow();
        assertThat(app).endsWith("; Path=/shop; Secure").doesNotStartWith("APP=abc;");
        int before = a.requests().size();
        for (int i = 0; i < 10; i++) {
            get(port, "test", "/", "Cookie: " + app.substring(0, app.indexOf(';')));
        }
        assertThat(a.requests().size() - before).isIn(0, 10);
    }

    // 9. Times

    @Test
    void check9AnIdleClientIsClosedAfter15SecondsAndASlowServerIs504After60() throws Exception {
        HttpServer slow = opened.add(HttpServer.start(request -> {
            if (request.target().equals("/slow")) {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            return HttpServer.ok("a");
        }));
        slb.serve(SHOP, group("web", "a", slow.port(), 100), listener("web", "HTTP", port, toGroup("web")));
        slb.awaitNormal("vservergroup/default/web", 1);

        try (HttpClientSocket client = HttpClientSocket.connect(port)) {
            assertThat(client.get("/").text()).isEqualTo("a");
            long idle = System.nanoTime();
            assertThat(client.isEnded()).isTrue();
            assertThat(since(idle)).isBetween(Duration.ofSeconds(14), Duration.ofSeconds(15 + LATE));
        }
        long asked = System.nanoTime();
        assertThat(get(port, "test", "/slow").status()).isEqualTo(504);
        assertThat(since(asked)).isBetween(Duration.ofSeconds(59), Duration.ofSeconds(60 + LATE));
    }

    @Test
    void check9AConnectionEndsAfterItsRequests() throws Exception {
        HttpServer a = server("a");
        slb.serve(SHOP, group("web", "a", a.port(), 100), listener("web", "HTTP", port, toGroup("web") + """
                healthCheck: {enabled: false}
                http: {maxRequestsPerConnection: 100}
                """));
        try (HttpClientSocket client = HttpClientSocket.connect(port)) {
            for (int i = 1; i < 100; i++) {
                assertThat(client.get("/").header("Connection")).isNull();
            }
            assertThat(client.get("/").header("Connection")).isEqualTo("close");
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void check9AWebSocketIsCutAfter60IdleSeconds() throws Exception {
        HttpServer a = opened.add(HttpServer.start(request -> HttpServer.raw(
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")));
        slb.serve(SHOP, group("web", "a", a.port(), 100), listener("web", "HTTP", port, toGroup("web") + """
                healthCheck: {enabled: false}
                """));
        try (HttpClientSocket client = HttpClientSocket.connect(port)) {
            client.send("GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(101);
            long idle = System.nanoTime();
            assertThat(client.isEnded()).isTrue();
            assertThat(since(idle)).isBetween(Duration.ofSeconds(59), Duration.ofSeconds(60 + LATE));
        }
    }

    @Test
    void check9AnIdleTcpConnectionIsResetOnBothSides() throws Exception {
        TcpServer a = tcpServer("a");
        slb.serve(SHOP, group("web", "a", a.port(), 100), listener("web", "TCP", port, toGroup("web") + """
                healthCheck: {enabled: false}
                timeouts: {idleSeconds: 10}
                """));
        try (Socket client = Loopback.connect(port)) {
            assertThat(name(client)).isEqualTo("a");
            long idle = System.nanoTime();
            assertThatThrownBy(() -> client.getInputStream().read()).hasMessageContaining("reset");
            assertThat(since(idle)).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(10 + LATE));
            await(() -> a.open() == 0);
        }
    }

    // 10. Access control

    @Test
    void check10AnEmptyAllowListLetsNobodyInAndAnEmptyDenyListEverybody() throws Exception {
        HttpServer a = server("a");
        String web = group("web", "a", a.port(), 100);
        String open = listener("web", "HTTP", port, toGroup("web") + "healthCheck: {enabled: false}\n");
        slb.serve(SHOP, web, open + "  accessControl: {policy: Deny}\n");
        try (HttpClientSocket client = HttpClientSocket.connect(port)) {
            assertThat(client.get("/").text()).isEqualTo("a");

            slb.serve(SHOP, web, open + "  accessControl: {policy: Allow}\n");
            assertThatThrownBy(() -> get(port, "test", "/")).isInstanceOf(IOException.class);
            assertThat(client.get("/").text()).as("a connection from before").isEqualTo("a");
        }
        slb.serve(SHOP, web, open + "  accessControl: {policy: Allow, cidrs: [127.0.0.0/8, '2001:db8::/32']}\n");
        assertThat(get(port, "test", "/").text()).isEqualTo("a");
        slb.serve(SHOP, web, open + "  accessControl: {policy: Deny, cidrs: [127.0.0.1]}\n");
        assertThatThrownBy(() -> get(port, "test", "/")).isInstanceOf(IOException.class);
    }

    // 11. Bandwidth (which is not a time, and so not scaled)

    @Test
    void check11BandwidthThatIsReservedIsNotLentAndTheRestIsShared() throws Exception {
        byte[] body = HttpServer.ok("x".repeat(1_000_000));
        HttpServer server = opened.add(HttpServer.start(request -> body));
        int other = Loopback.freePort();
        String shop = """
                apiVersion: slb.dev/v1alpha1
                kind: LoadBalancer
                metadata: {name: shop}
                spec: {bandwidthMbps: 100}
                """;
        String checksOff = toGroup("web") + "healthCheck: {enabled: false}\n";
        slb.serve(
                shop,
                group("web", "server", server.port(), 100),
                listener("a", "HTTP", Loopback.freePort(), checksOff + "bandwidthMbps: 40\n"),
                listener("b", "HTTP", port, checksOff),
                listener("c", "HTTP", other, checksOff));
        assertThat(megabitsPerSecond(port, 15))
                .as("B alone: 100 less the 40 of A")
                .isBetween(30.0, 66.0);

        CompletableFuture<Double> c = CompletableFuture.supplyAsync(() -> megabitsPerSecond(other, 10));
        double b = megabitsPerSecond(port, 10);
        assertThat(b).isBetween(20.0, 40.0);
        assertThat(c.get()).isBetween(20.0, 40.0);
    }

    private static double megabitsPerSecond(int port, int megabytes) {
        try (HttpClientSocket client = HttpClientSocket.connect(port)) {
            long start = System.nanoTime();
            for (int i = 0; i < megabytes; i++) {
                assertThat(client.get("/").body()).hasSize(1_000_000);
            }
            return megabytes * 8e9 / (System.nanoTime() - start);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // 12. Draining

    @Test
    void check12AServerThatLeavesKeepsItsConnectionsForTheDrainTime() throws Exception {
        TcpServer a = tcpServer("a");
        TcpServer b = tcpServer("b");
        String draining = listener("web", "TCP", port, toGroup("web") + """
                healthCheck: {enabled: false}
                connectionDrain: {timeoutSeconds: 20}
                """);
        slb.serve(SHOP, group("web", "a", a.port(), 100), draining);
        try (Socket client = Loopback.connect(port)) {
            assertThat(name(client)).isEqualTo("a");
            slb.serve(SHOP, group("web", "b", b.port(), 100), draining);
            long removed = System.nanoTime();
            assertThat(nameOf(port)).isEqualTo("b");
            client.getOutputStream().write('x');
            assertThat(client.getInputStream().read()).isEqualTo('x');
            Loopback.assertReset(client);
            assertThat(since(removed)).isBetween(Duration.ofSeconds(19), Duration.ofSeconds(20 + LATE));
        }
    }

    @Test
    void check12WithoutDrainingConnectionsAreClosedAtOnce() throws Exception {
        TcpServer a = tcpServer("a");
        String off = listener("web", "TCP", port, toGroup("web") + """
                healthCheck: {enabled: false}
                connectionDrain: {enabled: false}
                """);
        slb.serve(SHOP, group("web", "a", a.port(), 100), off);
        try (Socket client = Loopback.connect(port)) {
            assertThat(name(client)).isEqualTo("a");
            slb.serve(SHOP, group("web"), off);
            Loopback.assertReset(client);
        }
    }

    // 13. Quotas

    @Test
    void check13WhatIsOverAQuotaIsRefusedByName() throws Exception {
        List<String> manifests = new ArrayList<>(List.of(SHOP, group("web", "a", 8001, 100)));
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < 51; i++) {
            ports.add(Loopback.freePort());
            manifests.add(listener("l%02d".formatted(i), "TCP", ports.get(i), toGroup("web")));
        }
        slb.serve(manifests.toArray(String[]::new));
        assertThat(slb.condition("listener/default/l49", "Accepted")).startsWith("True");
        assertThat(slb.condition("listener/default/l50", "Accepted"))
                .startsWith("False QuotaExceeded")
                .contains("50");
        await(() -> isRefused(ports.get(50)));
    }

    private static boolean isRefused(int port) {
        try (Socket socket = Loopback.connect(port)) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void check13RulesCertificatesAndServersHaveQuotasToo() throws Exception {
        StringBuilder rules = new StringBuilder("rules:\n");
        for (int i = 0; i < 41; i++) {
            rules.append("- {name: r%d, path: /%d, serverGroupRef: {name: web}}\n".formatted(i, i));
        }
        StringBuilder sni = new StringBuilder("tls:\n  certificateRef: {name: a}\n  sni:\n");
        for (int i = 0; i < 11; i++) {
            sni.append("  - {host: h%d.test, certificateRef: {name: a}}\n".formatted(i));
        }
        List<Object> servers = new ArrayList<>();
        for (int i = 0; i < 201; i++) {
            servers.addAll(List.of("s" + i, 8000 + i, 100));
        }
        slb.apply(
                SHOP,
                group("web", "a", 8001, 100),
                group("many", servers.toArray()),
                listener("rules", "HTTP", port, toGroup("web") + rules),
                listener("sni", "HTTPS", Loopback.freePort(), toGroup("web") + sni));
        assertThat(slb.problems())
                .anyMatch(problem -> problem.contains("default/rules") && problem.contains("40"))
                .anyMatch(problem -> problem.contains("default/sni") && problem.contains("10"))
                .anyMatch(problem -> problem.contains("default/many") && problem.contains("200"));
    }

    // 14. Redirect

    @Test
    void check14ARedirectIgnoresEverythingElse() throws Exception {
        HttpServer a = server("a");
        int target = Loopback.freePort();
        slb.apply(
                SHOP,
                group("web", "a", a.port(), 100),
                listener("secure", "HTTPS", target, toGroup("web") + "tls: {certificateRef: {name: none}}\n"),
                listener("web", "HTTP", port, toGroup("web") + """
                        redirect: {port: %d}
                        sessionPersistence: {type: CookieInsert, timeoutSeconds: 60}
                        rules: [{name: all, path: /a, serverGroupRef: {name: web}}]
                        """.formatted(target)));
        await(() -> slb.forwarder().state(DocumentId.listener("default", "web")) != null
                && slb.forwarder().state(DocumentId.listener("default", "web")).serving() != null);
        HttpMessage answer = get(port, "shop.test:8080", "/a/b?c=d");
        assertThat(answer.status()).isEqualTo(301);
        assertThat(answer.header("Location")).isEqualTo("https://shop.test:" + target + "/a/b?c=d");
        assertThat(answer.header("Set-Cookie")).isNull();
        assertThat(a.requests()).isEmpty();
    }

    // 15. HTTPS

    private static String secret(String name, X509Bundle certificate) {
        return """
                apiVersion: v1
                kind: Secret
                type: kubernetes.io/tls
                metadata: {name: %s}
                stringData:
                  tls.crt: |
                %s
                  tls.key: |
                %s
                """.formatted(
                        name,
                        certificate.getCertificatePathPEM().strip().indent(4),
                        certificate.getPrivateKeyPEM().strip().indent(4));
    }

    private SSLSocket handshake(X509Bundle authority, String host, String... versions) throws IOException {
        SSLSocket socket = (SSLSocket) Pki.trusting(authority)
                .getSocketFactory()
                .createSocket(Loopback.connect(port), Loopback.ADDRESS, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(host)));
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        if (versions.length > 0) {
            parameters.setProtocols(versions);
        }
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static String commonName(SSLSocket socket) throws IOException {
        return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                .getSubjectX500Principal()
                .getName();
    }

    @Test
    void check15HttpsChoosesCertificatesByHostAndSpeaksHttpToServers() throws Exception {
        X509Bundle authority = Pki.authority("authority");
        HttpServer a = server("a");
        slb.serve(
                SHOP,
                group("web", "a", a.port(), 100),
                secret("default", Pki.issued(authority, "default.test")),
                secret("exact", Pki.issued(authority, "a.shop.test")),
                secret("narrow", Pki.issued(authority, "narrow.test")),
                secret("wide", Pki.issued(authority, "wide.test")),
                listener("web", "HTTPS", port, toGroup("web") + """
                        tls:
                          certificateRef: {name: default}
                          sni:
                          - {host: a.shop.test, certificateRef: {name: exact}}
                          - {host: '*.shop.test', certificateRef: {name: narrow}}
                          - {host: '*.test', certificateRef: {name: wide}}
                        """));
        slb.awaitNormal("vservergroup/default/web", 1);
        Map<String, String> expected = Map.of(
                "a.shop.test",
                "a.shop.test",
                "b.shop.test",
                "narrow.test",
                "c.test",
                "wide.test",
                "other.example",
                "default.test");
        for (Map.Entry<String, String> each : expected.entrySet()) {
            try (SSLSocket socket = handshake(authority, each.getKey())) {
                assertThat(commonName(socket)).contains("CN=" + each.getValue());
                assertThat(socket.getApplicationProtocol()).as("HTTP/2 by ALPN").isEqualTo("h2");
                assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
            }
        }
        // Requests and probes go to the server in clear text, or it could not have read them.
        assertThat(a.requests())
                .isNotEmpty()
                .allMatch(request -> request.startLine().endsWith("HTTP/1.1"));
    }

    @Test
    void check15APolicyRefusesVersionsBelowIt() throws Exception {
        X509Bundle authority = Pki.authority("authority");
        HttpServer a = server("a");
        slb.serve(
                SHOP,
                group("web", "a", a.port(), 100),
                secret("default", Pki.issued(authority, "default.test")),
                listener("web", "HTTPS", port, toGroup("web") + """
                        tls: {certificateRef: {name: default}, policy: TLS12Strict}
                        """));
        slb.awaitNormal("vservergroup/default/web", 1);
        try (SSLSocket socket = handshake(authority, "default.test", "TLSv1.2", "TLSv1.3")) {
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
            assertThat(socket.getSession().getCipherSuite()).startsWith("TLS_ECDHE_");
        }
        assertThatThrownBy(() -> handshake(authority, "default.test", "TLSv1.3"))
                .isInstanceOf(SSLException.class);
    }
}
