package dev.slb.acceptance;

import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import dev.slb.testing.UdpClient;
import dev.slb.testing.UdpServer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.acceptance.Slb.SHOP;
import static dev.slb.acceptance.Slb.get;
import static dev.slb.acceptance.Slb.requests;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What an edit does whose reference to a group dangles or is not allowed: from the manifest to the socket. */
@Sockets
class DanglingReferenceTest {

    private static final String LISTENER = "listener/default/web";

    @TempDir
    Path folder;

    @TempDir
    Path otherFolder;

    private Slb slb;
    private final int port = Loopback.freePort();

    @AutoClose
    private final Opened opened = new Opened();

    @BeforeEach
    void start() {
        slb = opened.add(new Slb(folder, 1));
    }

    private HttpServer server(String name) {
        return opened.add(HttpServer.named(name));
    }

    /** Of HTTP; everything but its protocol and port is in these lines. */
    private String web(String... lines) {
        return listener("HTTP", port, lines);
    }

    private static String listener(String protocol, int port, String... lines) {
        return """
                apiVersion: slb.dev/v1alpha1
                kind: Listener
                metadata: {name: web}
                spec:
                  loadBalancerRef: {name: shop}
                  protocol: %s
                  port: %d
                  healthCheck: {enabled: false}
                """.formatted(protocol, port) + String.join("\n", lines).indent(2);
    }

    private static String to(String group) {
        return "serverGroupRef: {kind: VServerGroup, name: %s}".formatted(group);
    }

    private static String rules(String... rules) {
        return "rules:\n- " + String.join("\n- ", rules);
    }

    private static String rule(String name, String path, String group) {
        return "{name: %s, path: %s, serverGroupRef: {name: %s}}".formatted(name, path, group);
    }

    private static String group(String name, int... ports) {
        return group(name, "shop", ports);
    }

    private static String group(String name, String loadBalancer, int... ports) {
        StringBuilder text = new StringBuilder("""
                apiVersion: slb.dev/v1alpha1
                kind: VServerGroup
                metadata: {name: %s}
                spec:
                  loadBalancerRef: {name: %s}
                  servers:
                """.formatted(name, loadBalancer));
        for (int each : ports) {
            text.append("  - {name: s%d, address: 127.0.0.1, port: %d}\n".formatted(each, each));
        }
        return text.toString();
    }

    private String answer(String path) throws IOException {
        HttpMessage answer = get(port, "test", path);
        return answer.status() == 200 ? answer.text() : answer.status() + " " + answer.header("SLB-Reason");
    }

    private void awaitAnswer(String path, String expected) {
        await(() -> {
            assertThat(answer(path)).isEqualTo(expected);
            return true;
        });
    }

    @Test
    void aTypoGoesOnWithTheGroupThatServed() throws IOException {
        String web = group("web", server("web").port());
        slb.serve(SHOP, web(to("web")), web);
        assertThat(answer("/")).isEqualTo("web");

        slb.serve(SHOP, web(to("wbe")), web);

        assertThat(requests(port, 20)).isEqualTo(Map.of("web", 20));
        assertThat(slb.condition(LISTENER, "ResolvedRefs"))
                .startsWith("False GroupNotFound ")
                .contains("VServerGroup default/wbe does not exist");
        assertThat(slb.condition(LISTENER, "Programmed")).startsWith("True ");
        assertThat(slb.condition(LISTENER, "Ready"))
                .startsWith("False ServesEarlier ")
                .contains("VServerGroup default/web");
        assertThat(slb.condition(LISTENER, "Stalled")).startsWith("True ServesEarlier ");

        slb.serve(SHOP, web(to("web")), web);
        assertThat(answer("/")).isEqualTo("web");
        assertThat(slb.condition(LISTENER, "Ready")).startsWith("True Ready ");
        assertThat(slb.condition(LISTENER, "Stalled")).isEqualTo("none");
    }

    @Test
    void everythingElseInTheEditTakesEffectAtOnce() throws IOException {
        HttpServer api = server("api");
        String groups = group("web", server("web").port()) + "---\n" + group("api", api.port());
        slb.serve(SHOP, web(to("web"), rules(rule("api", "/api", "api"))), groups);

        slb.serve(SHOP, web(to("wbe"), rules(rule("v2", "/v2", "api")), "timeouts: {idleSeconds: 20}"), groups);
        assertThat(answer("/v2")).isEqualTo("api");
        assertThat(answer("/api")).isEqualTo("web");

        slb.serve(SHOP, web(to("wbe"), "accessControl: {policy: Deny, cidrs: [127.0.0.1/32]}"), groups);
        assertThatThrownBy(() -> answer("/")).as("the tightened access control").isInstanceOf(IOException.class);
    }

    @Test
    void aRuleGoesOnUnderItsNameWithTheMatchOfTheNewVersion() throws IOException {
        String groups = group("web", server("web").port()) + "---\n"
                + group("api", server("api").port()) + "---\n"
                + group("img", server("img").port());
        slb.serve(SHOP, web(to("web"), rules(rule("api", "/api", "api"), rule("img", "/img", "img"))), groups);

        slb.serve(SHOP, web(to("web"), rules(rule("api", "/v2", "ipa"), rule("img", "/img", "img"))), groups);

        assertThat(answer("/v2")).isEqualTo("api");
        assertThat(answer("/api")).isEqualTo("web");
        assertThat(answer("/img")).isEqualTo("img");
        assertThat(slb.condition(LISTENER, "Ready"))
                .startsWith("False ServesEarlier ")
                .contains("rule api")
                .contains("VServerGroup default/api");
    }

    @Test
    void rulesThatSwapTheirNamesAreRememberedByName() throws IOException {
        String groups = group("web", server("web").port()) + "---\n"
                + group("one", server("one").port()) + "---\n"
                + group("two", server("two").port());
        slb.serve(SHOP, web(to("web"), rules(rule("a", "/a", "one"), rule("b", "/b", "two"))), groups);

        slb.serve(SHOP, web(to("web"), rules(rule("b", "/a", "gone"), rule("a", "/b", "gone"))), groups);

        assertThat(answer("/a")).isEqualTo("two");
        assertThat(answer("/b")).isEqualTo("one");
    }

    @Test
    void aRuleOfANewNameHasServedNothingYet() throws IOException {
        String groups = group("web", server("web").port()) + "---\n"
                + group("api", server("api").port());
        slb.serve(SHOP, web(to("web"), rules(rule("api", "/api", "api"))), groups);

        slb.serve(SHOP, web(to("web"), rules(rule("renamed", "/api", "ipa"), rule("new", "/new", "enw"))), groups);

        assertThat(answer("/api")).isEqualTo("503 GroupNotFound");
        assertThat(answer("/new")).isEqualTo("503 GroupNotFound");
        assertThat(answer("/")).isEqualTo("web");
    }

    @Test
    void aRenameLosesNoRequestWhenTheReferenceChangesFirst() throws Exception {
        HttpServer server = server("web");
        slb.serve(SHOP, web(to("web")), group("web", server.port()));
        AtomicBoolean done = new AtomicBoolean();
        AtomicInteger asked = new AtomicInteger();
        List<String> other = Collections.synchronizedList(new ArrayList<>());
        Thread client = new Thread(() -> {
            while (!done.get()) {
                try {
                    String answer = answer("/");
                    if (!answer.equals("web")) {
                        other.add(answer);
                    }
                } catch (IOException e) {
                    other.add(e.toString());
                }
                asked.incrementAndGet();
            }
        });
        client.start();

        awaitMore(asked);
        slb.serve(SHOP, web(to("renamed")), group("web", server.port()));
        awaitMore(asked);
        slb.serve(SHOP, web(to("renamed")), group("web", server.port()), group("renamed", server.port()));
        awaitMore(asked);
        slb.serve(SHOP, web(to("renamed")), group("renamed", server.port()));
        awaitMore(asked);
        slb.serve(SHOP, web(to("again")), group("again", server.port()));
        awaitMore(asked);

        done.set(true);
        client.join(30_000);
        assertThat(other).isEmpty();
        assertThat(slb.condition(LISTENER, "Ready")).startsWith("True Ready ");
    }

    private static void awaitMore(AtomicInteger asked) {
        int before = asked.get();
        await(() -> asked.get() >= before + 20);
    }

    @Test
    void theGroupThatIsKeptMayBeDeletedWhichIsAnAct() throws IOException {
        HttpServer server = server("web");
        slb.serve(SHOP, web(to("web")), group("web", server.port()));
        slb.serve(SHOP, web(to("wbe")), group("web", server.port()));
        assertThat(answer("/")).isEqualTo("web");

        slb.apply(SHOP, web(to("wbe")));
        awaitAnswer("/", "503 GroupNotFound");
        assertThat(slb.condition(LISTENER, "Ready")).startsWith("False NoHealthyServer ");

        slb.serve(SHOP, web(to("wbe")), group("web", server.port()));
        assertThat(answer("/")).as("a group that comes back was not named").isEqualTo("503 GroupNotFound");

        slb.serve(SHOP, web(to("web")), group("web", server.port()));
        assertThat(answer("/")).isEqualTo("web");
    }

    @Test
    void deletingTheGroupThatIsReferredToIsAnAct() throws IOException {
        String web = group("web", server("web").port());
        slb.serve(SHOP, web(to("web")), web);

        slb.apply(SHOP, web(to("web")));

        awaitAnswer("/", "503 GroupNotFound");
    }

    @Test
    void aGroupThatCameToAnotherLoadBalancerIsNotKept() throws IOException {
        int server = server("web").port();
        String other = SHOP.replace("shop", "other");
        slb.serve(SHOP, other, web(to("web")), group("web", server));
        slb.serve(SHOP, other, web(to("wbe")), group("web", server));
        assertThat(answer("/")).isEqualTo("web");

        slb.serve(SHOP, other, web(to("wbe")), group("web", "other", server));

        awaitAnswer("/", "503 GroupNotFound");
    }

    @Test
    void aReferenceThatIsNotAllowedGoesOnToo() throws IOException {
        String web = group("web", server("web").port());
        String foreign = SHOP.replace("shop", "other") + "---\n"
                + group("foreign", "other", server("foreign").port());
        slb.serve(SHOP, web(to("web")), web, foreign);

        slb.serve(SHOP, web(to("foreign")), web, foreign);

        assertThat(answer("/")).isEqualTo("web");
        assertThat(slb.condition(LISTENER, "ResolvedRefs")).startsWith("False GroupOfOtherLoadBalancer ");
        assertThat(slb.condition(LISTENER, "Ready")).startsWith("False ServesEarlier ");
    }

    @Test
    void theDefaultPoolGoesOnToo() throws IOException {
        HttpServer server = server("pool");
        String shop = SHOP.replace("{}", "{servers: [{name: s, address: 127.0.0.1}]}");
        slb.serve(shop, web("backendPort: " + server.port()));
        assertThat(answer("/")).isEqualTo("pool");

        slb.serve(shop, web(to("wbe")));

        assertThat(answer("/")).isEqualTo("pool");
        assertThat(slb.condition(LISTENER, "Ready"))
                .startsWith("False ServesEarlier ")
                .contains("default pool of LoadBalancer default/shop");
    }

    @Test
    void layer4GoesOnAndResetsWhereThereIsNothingToGoOnWith() throws IOException {
        TcpServer server = opened.add(TcpServer.echo("tcp"));
        String web = group("web", server.port());
        slb.serve(SHOP, listener("TCP", port, to("web")), web);

        slb.serve(SHOP, listener("TCP", port, to("wbe")), web);
        assertThat(nameOf(port)).isEqualTo("tcp");

        slb.apply(SHOP, listener("TCP", port, to("wbe")));
        await(() -> {
            assertThatThrownBy(() -> nameOf(port)).isInstanceOf(IOException.class);
            return true;
        });
    }

    @Test
    void whatLayer4DidIsNotForLayer7() throws IOException {
        String web = group("web", server("web").port());
        slb.serve(SHOP, listener("TCP", port, to("web")), web);

        slb.serve(SHOP, web(to("wbe")), web);

        assertThat(answer("/")).isEqualTo("503 GroupNotFound");
    }

    private static String nameOf(int port) throws IOException {
        try (Socket socket = Loopback.connect(port)) {
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
    }

    @Test
    void aMasterSlaveGroupGoesOn() throws IOException {
        String pair = """
                apiVersion: slb.dev/v1alpha1
                kind: MasterSlaveGroup
                metadata: {name: pair}
                spec:
                  loadBalancerRef: {name: shop}
                  master: {address: 127.0.0.1, port: %d}
                  slave: {address: 127.0.0.1, port: %d}
                """.formatted(
                        opened.add(TcpServer.echo("master")).port(),
                        opened.add(TcpServer.echo("slave")).port());
        slb.serve(SHOP, listener("TCP", port, "serverGroupRef: {kind: MasterSlaveGroup, name: pair}"), pair);
        assertThat(nameOf(port)).isEqualTo("master");

        slb.serve(SHOP, listener("TCP", port, "serverGroupRef: {kind: MasterSlaveGroup, name: piar}"), pair);
        assertThat(nameOf(port)).isEqualTo("master");
    }

    @Test
    void datagramsGoOn() throws IOException {
        UdpServer server = opened.add(UdpServer.echo("udp"));
        String web = group("web", server.port());
        slb.serve(SHOP, listener("UDP", port, to("web")), web);

        slb.serve(SHOP, listener("UDP", port, to("wbe")), web);

        assertThat(opened.add(UdpClient.of(port)).server()).isEqualTo("udp");
    }

    @Test
    void aRedirectToAPortThatNobodyServesGoesOnWithTheOneBefore() throws IOException {
        HttpServer web = server("web");
        slb.serve(SHOP, web(to("web")), group("web", web.port()));

        slb.serve(SHOP, web("redirect: {port: 4443}"), group("web", web.port()));

        assertThat(answer("/")).isEqualTo("web");
        assertThat(slb.condition(LISTENER, "ResolvedRefs")).startsWith("False RedirectTargetNotFound ");
        assertThat(slb.condition(LISTENER, "Ready")).startsWith("False ServesEarlier ");
    }

    @Test
    void stickyClientsAndTheTurnOfServersAreCarriedOver() throws IOException {
        String web =
                group("web", server("a").port(), server("b").port(), server("c").port());
        String sticky = "sessionPersistence: {type: CookieInsert, timeoutSeconds: 3600}";
        slb.serve(SHOP, web(to("web"), sticky), web);
        HttpMessage first = get(port, "test", "/");
        String cookie = first.header("Set-Cookie").split(";")[0];

        slb.serve(SHOP, web(to("wbe"), sticky), web);
        for (int i = 0; i < 10; i++) {
            assertThat(get(port, "test", "/", "Cookie: " + cookie).text()).isEqualTo(first.text());
        }
        // Three new clients make a whole cycle, wherever the edit fell into it.
        List<String> cycle = new ArrayList<>(List.of(first.text()));
        cycle.add(get(port, "test", "/").text());
        slb.serve(SHOP, web(to("bwe"), sticky), web);
        cycle.add(get(port, "test", "/").text());
        assertThat(cycle).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void aConnectionThatIsOpenGoesOn() throws IOException {
        String web = group("web", server("web").port());
        slb.serve(SHOP, web(to("web")), web);
        HttpClientSocket socket = opened.add(HttpClientSocket.connect(port));
        assertThat(socket.get("/").text()).isEqualTo("web");

        slb.serve(SHOP, web(to("wbe")), web);

        assertThat(socket.get("/").text()).isEqualTo("web");
    }

    @Test
    void serversAreSpokenToAsBeforeWhateverTheEditSaysOfOthers() throws IOException {
        String web = group("web", server("web").port());
        slb.serve(SHOP, web(to("web")), web);

        slb.serve(SHOP, web(to("wbe"), "backendProtocol: HTTPS"), web);

        assertThat(answer("/")).isEqualTo("web");
    }

    @Test
    void anOperatorThatRestartsChangesNothing() throws IOException {
        String web = group("web", server("web").port());
        slb.serve(SHOP, web(to("web")), web);
        slb.serve(SHOP, web(to("wbe")), web);

        slb.restartControl();
        slb.serve(SHOP, web(to("wbe"), "timeouts: {idleSeconds: 20}"), web);

        assertThat(answer("/")).isEqualTo("web");
        assertThat(slb.condition(LISTENER, "Ready"))
                .startsWith("False ServesEarlier ")
                .contains("VServerGroup default/web");
    }

    @Test
    void inARollingUpdateANewForwarderHasNothingToKeepAndServesTheRest() throws IOException {
        HttpServer api = server("api");
        String groups = group("web", server("web").port()) + "---\n" + group("api", api.port());
        String[] rules = {to("wbe"), rules(rule("api", "/api", "api"))};
        slb.serve(SHOP, web(to("web"), rules[1]), groups);
        slb.serve(SHOP, web(rules), groups);
        int newPort = Loopback.freePort();

        Slb fresh = opened.add(new Slb(otherFolder, 1));
        fresh.serve(SHOP, listener("HTTP", newPort, rules), groups);

        assertThat(get(newPort, "test", "/").status()).isEqualTo(503);
        assertThat(get(newPort, "test", "/api").text()).isEqualTo("api");
        assertThat(answer("/")).as("the old one").isEqualTo("web");
    }
}
