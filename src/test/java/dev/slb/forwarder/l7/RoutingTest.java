package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ListenerPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Where requests go by host and path, and what they are told when they go nowhere. */
@Sockets
class RoutingTest {

    private static final DocumentId CANARY = DocumentId.vServerGroup("shop", "canary");
    private static final DocumentId FILES = DocumentId.vServerGroup("shop", "files");

    private HttpEdge edge;

    @BeforeEach
    void start() {
        edge = HttpEdge.start(TransportKind.AUTO);
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private void serveRules() {
        HttpServer web = edge.server("web");
        HttpServer canary = edge.server("canary");
        HttpServer files = edge.server("files");
        edge.forwarder().serve(HttpEdge.group("canary", canary.port()), HttpEdge.group("files", files.port()));
        edge.forwardTo(
                listener -> listener.rule("canary", "canary.example.com", null, CANARY)
                        .rule("bound", "*.example.org", "/in", CANARY)
                        .rule("static", null, "/static", FILES)
                        .rule("gone", "gone.example.com", null, new Action.Unavailable("GroupNotFound")),
                web.port());
    }

    @ParameterizedTest
    @CsvSource({
        "www.example.com, /, web",
        "CANARY.example.com:8080, /, canary",
        "canary.example.com., /static/x, canary",
        "www.example.com, /static/x, files",
        "www.example.com, /staticfile?x=/y, files",
        "www.example.com, /x/static, web",
        "www.example.com, /?/static, web",
        "www.example.com, /%73tatic, web",
        "www.example.com, /static/../x, files",
        "a.example.org, /in/x, canary",
    })
    void hostAndPathDecide(String host, String target, String name) throws Exception {
        serveRules();

        assertThat(edge.client().get(host, target).text()).isEqualTo(name);
    }

    @Test
    void aBoundHostWithoutAMatchingPathIs404AndTheConnectionGoesOn() throws Exception {
        serveRules();
        HttpClientSocket client = edge.client();

        HttpMessage answer = client.get("a.example.org", "/static/x");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("SLB-Reason")).isEqualTo("NoRoute");
        assertThat(client.get("a.example.org", "/in").status()).isEqualTo(200);
        assertThat(edge.forwarder().refusals("NoRoute")).isEqualTo(1);
    }

    @Test
    void aRuleThatCanNotServeIs503WithItsReasonWhileOthersServe() throws Exception {
        serveRules();
        HttpClientSocket client = edge.client();

        HttpMessage answer = client.get("gone.example.com", "/");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("SLB-Reason")).isEqualTo("GroupNotFound");
        assertThat(client.get("/").text()).isEqualTo("web");
    }

    @Test
    void theHostOfAnAbsoluteTargetDecides() throws Exception {
        serveRules();

        HttpMessage answer = edge.client()
                .send("GET http://canary.example.com/x HTTP/1.1\r\nHost: www.example.com\r\n\r\n")
                .read();

        assertThat(answer.text()).isEqualTo("canary");
    }

    @Test
    void anAnswerOfOurOwnToHeadHasNoBody() throws Exception {
        serveRules();
        HttpClientSocket client = edge.client();

        client.send("HEAD /out HTTP/1.1\r\nHost: a.example.org\r\n\r\n");
        HttpMessage answer = client.readHead();
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("Content-Length")).isNotEqualTo("0");
        assertThat(client.get("/").text()).isEqualTo("web");
    }

    @Test
    void pipelinedRequestsThatGoNowhereAreAnsweredInOrder() throws Exception {
        serveRules();
        HttpClientSocket client = edge.client();

        client.send(
                ("GET /out HTTP/1.1\r\nHost: a.example.org\r\n\r\n" + "GET / HTTP/1.1\r\nHost: b\r\n\r\n").repeat(200));

        for (int i = 0; i < 200; i++) {
            assertThat(client.read().status()).isEqualTo(404);
            assertThat(client.read().text()).isEqualTo("web");
        }
    }

    @Test
    void aBodyThatGoesNowhereEndsTheConnectionUnlessItIsHere() throws Exception {
        serveRules();
        HttpClientSocket client = edge.client();

        client.send("POST /out HTTP/1.1\r\nHost: a.example.org\r\nContent-Length: 3\r\n\r\nabc");
        assertThat(client.read().header("Connection")).isNull();
        client.send("POST /out HTTP/1.1\r\nHost: a.example.org\r\nContent-Length: 9\r\n\r\nabc");
        assertThat(client.read().header("Connection")).isEqualTo("close");
        assertThat(client.isEnded()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "443, 301, www.example.com, https://www.example.com/a/b?c=d",
        "443, 308, www.example.com:8080, https://www.example.com/a/b?c=d",
        "8443, 302, www.example.com, https://www.example.com:8443/a/b?c=d",
        "8443, 307, [::1]:8080, https://[::1]:8443/a/b?c=d",
    })
    void aRedirectKeepsHostPathAndQuery(int port, int status, String host, String location) throws Exception {
        edge.serve(listener -> listener.action(new Action.Redirect(port, status)));
        HttpClientSocket client = edge.client();

        for (int i = 0; i < 2; i++) {
            HttpMessage answer = client.get(host, "/a/b?c=d");
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.header("Location")).isEqualTo(location);
            assertThat(answer.header("SLB-Reason")).isNull();
        }
    }

    @Test
    void aRedirectOfAnAbsoluteTargetGoesToItsHost() throws Exception {
        edge.serve(listener -> listener.action(new Action.Redirect(443, 301)));
        HttpClientSocket client = edge.client();

        client.send("GET http://a.com?x HTTP/1.1\r\nHost: b.com\r\n\r\n");
        assertThat(client.read().header("Location")).isEqualTo("https://a.com/?x");
        client.send("OPTIONS * HTTP/1.1\r\nHost: b.com\r\n\r\n");
        assertThat(client.read().header("Location")).isEqualTo("https://b.com/");
        client.send("GET / HTTP/1.0\r\n\r\n");
        assertThat(client.read().status()).as("nowhere to redirect to").isEqualTo(400);
    }

    @Test
    void anEmptyGroupAndOneOfWeightZeroAre503() throws Exception {
        edge.forwarder().serve(GroupPlanBuilder.group("web").build());
        edge.serve(listener -> {});
        HttpClientSocket client = edge.client();

        HttpMessage answer = client.get("/");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.header("SLB-Reason")).isEqualTo("NoServers");

        HttpServer server = edge.server("a");
        edge.forwarder()
                .serve(GroupPlanBuilder.group("web")
                        .server("a", server.port(), 0)
                        .build());
        await(() -> "AllWeightsZero".equals(client.get("/").header("SLB-Reason")));

        edge.forwarder()
                .serve(GroupPlanBuilder.group("web")
                        .server("a", server.port(), 1)
                        .build());
        await(() -> client.get("/").status() == 200);
    }

    @Test
    void requestsWaitForTheFirstVerdictAndNoLonger() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(listener -> listener.check(ListenerPlanBuilder.httpCheck(50, 20_000)), server.port());

        assertThat(edge.client().get("/").text()).isEqualTo("a");
    }

    @Test
    void whenAllServersAreAbnormalItIs503() throws Exception {
        HttpServer server = edge.server(request -> HttpServer.raw("HTTP/1.1 500 Bad\r\nContent-Length: 0\r\n\r\n"));
        edge.forwardTo(listener -> listener.check(ListenerPlanBuilder.httpCheck(50, 20_000)), server.port());
        HttpClientSocket client = edge.client();

        await(() -> "NoHealthyServer".equals(client.get("/").header("SLB-Reason")));
        assertThat(client.get("/").status()).isEqualTo(503);
    }

    @Test
    void aListenerThatIsWithdrawnAnswersOnceMoreAndCloses() throws Exception {
        HttpServer server = edge.server("a");
        edge.forwardTo(server.port());
        HttpClientSocket client = edge.client();
        assertThat(client.get("/").header("Connection")).isNull();
        ListenerPlan listener = edge.listener();

        edge.forwarder().withdraw(listener.id());
        await(() -> edge.forwarder().state(listener.id()) == null);

        assertThat(client.get("/").header("Connection")).isEqualTo("close");
        assertThat(client.isEnded()).isTrue();
    }
}
