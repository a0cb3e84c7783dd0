package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.PersistencePlan;
import dev.slb.plan.SchedulerType;
import dev.slb.plan.Secret;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Pki;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TestPlans;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** HTTP clients that come back, with a cookie, to the server that they had. */
@Sockets
class CookiePersistenceTest {

    private static final PersistencePlan INSERT =
            new PersistencePlan(PersistencePlan.Type.COOKIE_INSERT, 3_600_000, null);
    private static final PersistencePlan REWRITE =
            new PersistencePlan(PersistencePlan.Type.COOKIE_REWRITE, 0, "JSESSIONID");

    private HttpEdge edge;
    private HttpServer a;
    private HttpServer b;

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO);
        edge.forwarder().serve(loadBalancer("MDEyMzQ1Njc4OWFiY2RlZg=="));
        a = edge.server(request -> answer("a", request));
        b = edge.server(request -> answer("b", request));
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    /** Answers with its name and whatever head the path asks for. */
    private static byte[] answer(String name, HttpMessage request) {
        String status = "200 OK";
        StringBuilder more = new StringBuilder();
        if (request.target().startsWith("/status/")) {
            status = request.target().substring(8) + " Whatever";
        } else if (request.target().equals("/login")) {
            more.append("Set-Cookie: JSESSIONID=").append(name).append("0815; Path=/app; Secure\r\n");
        } else if (request.target().equals("/spaced")) {
            more.append("Set-Cookie: JSESSIONID = spaced; Path=/\r\n");
        } else if (request.target().equals("/full")) {
            more.append("X: y\r\n".repeat(Head.MAX_HEADERS - 1));
        } else if (request.target().equals("/many")) {
            more.append("Set-Cookie: other=1\r\n")
                    .append("set-cookie:JSESSIONID=\"x y\"; HttpOnly\r\n")
                    .append("X: y\r\n")
                    .append("Set-Cookie: JSESSIONID=\r\n");
        }
        return HttpServer.raw("HTTP/1.1 " + status + "\r\nContent-Length: 1\r\n" + more + "\r\n" + name);
    }

    private static LoadBalancerPlan loadBalancer(String key) {
        return new LoadBalancerPlan(TestPlans.SHOP, 1, new Secret(key), null, null);
    }

    private GroupPlan group(long ofA, long ofB) {
        return GroupPlanBuilder.group("web")
                .server("a", a.port(), ofA)
                .server("b", b.port(), ofB)
                .build();
    }

    private void serve(PersistencePlan persistence) {
        edge.forwarder().serve(group(100, 100));
        edge.serve(listener -> listener.persistence(persistence));
    }

    private static HttpMessage get(HttpClientSocket client, String target, String... cookieFields) throws IOException {
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: test\r\n");
        for (String field : cookieFields) {
            request.append("Cookie: ").append(field).append("\r\n");
        }
        return client.send(request + "\r\n").read();
    }

    private HttpMessage get(String target, String... cookieFields) throws IOException {
        try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
            return get(client, target, cookieFields);
        }
    }

    /** The name and value that an answer sets. */
    private static String cookie(HttpMessage answer) {
        return answer.header("Set-Cookie").split(";")[0];
    }

    private List<String> servers(int count, String... cookieFields) throws IOException {
        List<String> servers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            servers.add(get("/", cookieFields).text());
        }
        return servers;
    }

    @Test
    void anAnswerOfAsManyFieldsAsThereMayBeHasItsCookie() throws Exception {
        serve(INSERT);

        HttpMessage answer = get("/full");
        assertThat(answer.headers("X")).hasSize(Head.MAX_HEADERS - 1);
        assertThat(answer.headers("Set-Cookie")).hasSize(1);
    }

    @Test
    void theFirstAnswerSetsTheCookieAndItLeadsBack() throws IOException {
        serve(INSERT);
        HttpMessage first = get("/");
        assertThat(first.headers("Set-Cookie")).hasSize(1);
        assertThat(first.header("Set-Cookie"))
                .matches("SERVERID=[\\w.-]+; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax");

        for (int i = 0; i < 5; i++) {
            HttpMessage again = get("/", "x=y; " + cookie(first) + "; z=1");
            assertThat(again.text()).isEqualTo(first.text());
            assertThat(again.headers("Set-Cookie")).isEmpty();
        }
        HttpMessage seen = (first.text().equals("a") ? a : b).lastRequest();
        assertThat(seen.header("Cookie")).as("nothing is stripped").isEqualTo("x=y; " + cookie(first) + "; z=1");
        assertThat(servers(4)).containsExactlyInAnyOrder("a", "a", "b", "b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"$", "\"$\"", "$ ", " $", " \"$\" "})
    void theCookieIsItselfWithQuotationMarksAndBlanksToo(String spelling) throws IOException {
        serve(INSERT);
        HttpMessage first = get("/");
        String value = cookie(first).substring("SERVERID=".length());
        for (int i = 0; i < 4; i++) {
            HttpMessage again = get("/", "x=y; SERVERID=" + spelling.replace("$", value) + "; z=1");
            assertThat(again.text()).isEqualTo(first.text());
            assertThat(again.headers("Set-Cookie")).isEmpty();
        }
    }

    @Test
    void onAConnectionThatIsKeptToo() throws IOException {
        serve(INSERT);
        HttpClientSocket client = edge.client();
        HttpMessage first = get(client, "/");
        for (int i = 0; i < 5; i++) {
            assertThat(get(client, "/", cookie(first)).text()).isEqualTo(first.text());
        }
    }

    @Test
    void theFirstValidOfSeveralCountsInSeveralFieldsToo() throws IOException {
        serve(INSERT);
        HttpMessage first = get("/");
        HttpMessage second = get("/");
        assertThat(second.text()).isNotEqualTo(first.text());

        assertThat(servers(3, "SERVERID=x; " + cookie(first) + "; " + cookie(second)))
                .containsOnly(first.text());
        assertThat(servers(3, "a=b", "SERVERID=; c=d", cookie(second), cookie(first)))
                .containsOnly(second.text());
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 404, 499})
    void anAnswer4xxSetsNoCookie(int status) throws IOException {
        serve(INSERT);
        assertThat(get("/status/" + status).headers("Set-Cookie")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {201, 302, 500, 503})
    void allOthersDoAndLeaveAValidOneAsItIs(int status) throws IOException {
        serve(INSERT);
        HttpMessage first = get("/status/" + status);
        assertThat(first.headers("Set-Cookie")).hasSize(1);
        assertThat(get("/status/" + status, cookie(first)).headers("Set-Cookie"))
                .isEmpty();
    }

    @Test
    void answersOfOurOwnSetNone() throws IOException {
        edge.forwarder().serve(group(0, 0));
        edge.serve(listener -> listener.persistence(INSERT));

        HttpMessage answer = get("/");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.headers("Set-Cookie")).isEmpty();
    }

    @Test
    void weightZeroGetsNothingNewStickyOrNot() throws IOException {
        serve(INSERT);
        HttpMessage first = get("/");
        boolean wasA = first.text().equals("a");
        edge.forwarder().serve(group(wasA ? 0 : 100, wasA ? 100 : 0));

        HttpMessage moved = get("/", cookie(first));
        assertThat(moved.text()).isNotEqualTo(first.text());
        assertThat(cookie(moved)).startsWith("SERVERID=").isNotEqualTo(cookie(first));

        edge.forwarder().serve(group(100, 100));
        assertThat(servers(3, cookie(moved))).containsOnly(moved.text());
    }

    @Test
    void clientsOfAnAbnormalServerAreStuckToAnother() throws IOException {
        edge.forwarder().serve(group(100, 100));
        edge.serve(listener -> listener.persistence(INSERT).check(ListenerPlanBuilder.tcpCheck(20, 20_000)));
        DocumentId group = group(1, 1).id();
        edge.forwarder().awaitHealth(group, GroupPlanBuilder.id("a", a.port()), Health.NORMAL);
        edge.forwarder().awaitHealth(group, GroupPlanBuilder.id("b", b.port()), Health.NORMAL);
        HttpMessage first = get("/");
        HttpServer had = first.text().equals("a") ? a : b;
        String id = GroupPlanBuilder.id(first.text(), had.port());

        had.connections().stopListening();
        edge.forwarder().awaitHealth(group, id, Health.ABNORMAL);
        HttpMessage moved = get("/", cookie(first));
        assertThat(moved.text()).isNotEqualTo(first.text());
        assertThat(cookie(moved)).isNotEqualTo(cookie(first));

        had.connections().listenAgain();
        edge.forwarder().awaitHealth(group, id, Health.NORMAL);
        assertThat(servers(3, cookie(moved))).containsOnly(moved.text());
        assertThat(servers(3, cookie(first))).containsOnly(first.text());
    }

    @Test
    void aServerThatCantBeReachedIsReplacedWithItsCookie() throws IOException {
        serve(INSERT);
        HttpMessage first = get("/");
        HttpServer had = first.text().equals("a") ? a : b;
        had.connections().close();
        await(() -> had.connections().open() == 0);

        HttpMessage moved = get("/", cookie(first));
        assertThat(moved.status()).isEqualTo(200);
        assertThat(moved.text()).isNotEqualTo(first.text());
        assertThat(cookie(moved)).startsWith("SERVERID=");
    }

    @Test
    void itIsHonouredOnlyUntilItsTimeIsOver() throws IOException {
        serve(new PersistencePlan(PersistencePlan.Type.COOKIE_INSERT, 200, null));
        HttpMessage first = get("/");
        assertThat(first.header("Set-Cookie")).contains("Max-Age=1;");

        await(() -> !get("/", cookie(first)).headers("Set-Cookie").isEmpty());
        assertThat(servers(4, cookie(first))).contains("a", "b");
    }

    @Test
    void everyForwarderWithTheKeyKnowsIt() throws IOException {
        serve(INSERT);
        HttpMessage first = get("/");
        RunningForwarder other = edge.closing(RunningForwarder.start(TransportKind.NIO, 1));
        int otherPort = Loopback.freePort();
        other.serve(
                loadBalancer("MDEyMzQ1Njc4OWFiY2RlZg=="),
                group(100, 100),
                ListenerPlanBuilder.http("web", otherPort).persistence(INSERT).build());
        HttpClientSocket client = edge.closing(HttpClientSocket.connect(otherPort));
        for (int i = 0; i < 4; i++) {
            HttpMessage answer = get(client, "/", cookie(first));
            assertThat(answer.text()).isEqualTo(first.text());
            assertThat(answer.headers("Set-Cookie")).isEmpty();
        }
    }

    @Test
    void anotherKeyCountsAtOnceAndWithoutOneNothingIsSticky() throws IOException {
        serve(INSERT);
        HttpMessage first = get("/");
        edge.forwarder().serve(loadBalancer("ZmVkY2JhOTg3NjU0MzIxMA=="));
        await(() -> !get("/", cookie(first)).headers("Set-Cookie").isEmpty());

        edge.forwarder().serve(TestPlans.loadBalancer(1));
        await(() -> get("/", cookie(first)).headers("Set-Cookie").isEmpty());
        assertThat(servers(4, cookie(first))).containsExactlyInAnyOrder("a", "a", "b", "b");
    }

    @Test
    void rulesHaveTheirOwn() throws IOException {
        edge.forwarder().serve(group(100, 100));
        edge.serve(listener -> listener.persistence(INSERT)
                .rule(
                        "plain",
                        null,
                        "/plain",
                        new Action.Forward(group(1, 1).id(), null, SchedulerType.WRR, null, null))
                .rule(
                        "app",
                        null,
                        "/login",
                        new Action.Forward(group(1, 1).id(), null, SchedulerType.WRR, null, REWRITE)));
        HttpMessage first = get("/");

        assertThat(get("/plain").headers("Set-Cookie")).isEmpty();
        assertThat(get("/login", cookie(first)).headers("Set-Cookie"))
                .singleElement()
                .asString()
                .startsWith("JSESSIONID=");
        Map<String, Integer> spread = new TreeMap<>();
        for (int i = 0; i < 4; i++) {
            spread.merge(get("/plain", cookie(first)).text(), 1, Integer::sum);
        }
        assertThat(spread).isEqualTo(Map.of("a", 2, "b", 2));
    }

    @Test
    void aServersCookieGetsAPrefixThatServersDontSee() throws IOException {
        serve(REWRITE);
        assertThat(get("/").headers("Set-Cookie")).isEmpty();
        HttpMessage first = get("/login");
        assertThat(first.headers("Set-Cookie")).hasSize(1);
        assertThat(first.header("Set-Cookie"))
                .matches("JSESSIONID=[\\w-]{22}~" + first.text() + "0815; Path=/app; Secure");

        for (int i = 0; i < 5; i++) {
            assertThat(get("/", "x=y; " + cookie(first) + "; z=1").text()).isEqualTo(first.text());
        }
        HttpMessage seen = (first.text().equals("a") ? a : b).lastRequest();
        assertThat(seen.header("Cookie")).isEqualTo("x=y; JSESSIONID=" + first.text() + "0815; z=1");
    }

    @Test
    void allCookiesOfTheNameAreRewrittenAndNoOthers() throws IOException {
        serve(REWRITE);
        HttpMessage answer = get("/many");

        List<String> cookies = answer.headers("Set-Cookie");
        assertThat(cookies.get(0)).isEqualTo("other=1");
        assertThat(cookies.get(1)).matches("JSESSIONID=\"[\\w-]{22}~x y\"; HttpOnly");
        assertThat(cookies.get(2)).matches("JSESSIONID=[\\w-]{22}~");
        assertThat(answer.header("X")).isEqualTo("y");
        assertThat(answer.text()).isIn("a", "b");

        String quoted = cookies.get(1).split(";")[0];
        assertThat(get("/", "JSESSIONID=own", quoted + "; " + cookies.get(2)).text())
                .isEqualTo(answer.text());
        HttpMessage seen = (answer.text().equals("a") ? a : b).lastRequest();
        assertThat(seen.headers("Cookie")).containsExactly("JSESSIONID=own", "JSESSIONID=\"x y\"; JSESSIONID=");
    }

    @Test
    void blanksAroundACookieOfAServerAreNoPartOfIt() throws IOException {
        serve(REWRITE);
        HttpMessage answer = get("/spaced");
        assertThat(answer.header("Set-Cookie")).matches("JSESSIONID = [\\w-]{22}~spaced; Path=/");

        String value = cookie(answer).replaceAll(".*= ", "");
        assertThat(get("/", "JSESSIONID =" + value).text()).isEqualTo(answer.text());
        HttpMessage seen = (answer.text().equals("a") ? a : b).lastRequest();
        assertThat(seen.header("Cookie")).isEqualTo("JSESSIONID =spaced");
    }

    @Test
    void thePrefixOfAServerThatIsGoneIsRemovedToo() throws IOException {
        serve(REWRITE);
        String gone = "JSESSIONID=AAAAAAAAAAAAAAAAAAAAAA~0815";

        String name = get("/", gone).text();
        assertThat((name.equals("a") ? a : b).lastRequest().header("Cookie")).isEqualTo("JSESSIONID=0815");
        assertThat(get("/login", gone).header("Set-Cookie")).matches("JSESSIONID=[\\w-]{22}~[ab]0815; .*");
    }

    @Test
    void overTlsTheCookieIsSecureAndHttp2HasIt() throws Exception {
        HttpEdge tls = edge.closing(HttpEdge.https(TlsProvider.AUTO));
        tls.forwarder().serve(loadBalancer("MDEyMzQ1Njc4OWFiY2RlZg=="));
        tls.forwardTo(listener -> listener.http2().persistence(INSERT), a.port(), b.port());
        String cookie = null;
        String server = null;
        for (HttpClient.Version version : HttpClient.Version.values()) {
            HttpClient client = HttpClient.newBuilder()
                    .version(version)
                    .sslContext(Pki.trusting(TestTls.AUTHORITY))
                    .build();
            URI uri = URI.create("https://" + Loopback.ADDRESS + ":" + tls.port() + "/");
            HttpResponse<String> first =
                    client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(first.version()).isEqualTo(version);
            assertThat(first.headers().allValues("set-cookie"))
                    .singleElement()
                    .asString()
                    .startsWith("SERVERID=")
                    .endsWith("; Path=/; HttpOnly; SameSite=Lax; Secure");
            if (cookie == null) {
                cookie = first.headers().firstValue("set-cookie").orElseThrow().split(";")[0];
                server = first.body();
            }
            for (int i = 0; i < 3; i++) {
                HttpResponse<String> again = client.send(
                        HttpRequest.newBuilder(uri)
                                .header("Cookie", "a=b; " + cookie)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(again.body()).isEqualTo(server);
                assertThat(again.headers().allValues("set-cookie")).isEmpty();
            }
        }
    }

    @Test
    void largeAnswersAreCompleteWithACookie() throws IOException {
        String body = "0123456789abcdef".repeat(20_000);
        HttpServer large = edge.server(request -> HttpServer.ok(body));
        edge.forwardTo(listener -> listener.persistence(INSERT), large.port());

        HttpMessage answer = get("/");
        assertThat(answer.text()).isEqualTo(body);
        assertThat(answer.headers("Set-Cookie")).hasSize(1);
        assertThat(edge.client()
                        .send("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n")
                        .readHead()
                        .headers("Set-Cookie"))
                .hasSize(1);
    }
}
