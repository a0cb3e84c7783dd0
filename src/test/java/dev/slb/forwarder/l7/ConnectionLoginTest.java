package dev.slb.forwarder.l7;

import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Loopback;
import dev.slb.testing.NtlmServer;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.NtlmServer.logIn;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Logins that belong to a connection: NTLM, and Negotiate as IIS uses it. They neither leak to other clients nor fail. */
@Sockets
class ConnectionLoginTest {

    private static final String REASON = "ConnectionLogin";

    private HttpEdge edge;

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private void start() {
        edge = HttpEdge.start(TransportKind.AUTO, 1); // one pool for all clients
    }

    private NtlmServer server(String name) {
        return edge.closing(NtlmServer.start(name));
    }

    @ParameterizedTest
    @EnumSource(value = TransportKind.class, names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void aStrangerIsNotServedAsWhoLoggedInBefore(TransportKind transport) throws Exception {
        edge = HttpEdge.start(transport, 1);
        edge.forwardTo(server("s").port());
        HttpClientSocket alice = edge.client();

        assertThat(logIn(alice, "alice").text()).isEqualTo("s alice");
        assertThat(edge.client().get("/").status()).isEqualTo(401);
        assertThat(edge.client().get("/public").text()).isEqualTo("s nobody");
        assertThat(alice.get("/").text()).isEqualTo("s alice");
    }

    @Test
    void aStrangerIsNotServedAsWhoLoggedInAndLeft() throws Exception {
        start();
        NtlmServer server = server("s");
        edge.forwardTo(server.port());
        HttpClientSocket alice = edge.client();
        logIn(alice, "alice");

        alice.close();

        await(() -> server.connections().open() == 0);
        assertThat(edge.client().get("/public").text()).isEqualTo("s nobody");
    }

    /** Whatever it may be that the schemes stand among. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "WWW-Authenticate: NTLM",
                "WWW-Authenticate: negotiate",
                "Proxy-Authenticate: Negotiate abc==",
                "www-authenticate: Basic realm=\"a, b\", NTLM",
                "WWW-Authenticate: Basic realm=\"a\"\r\nWWW-Authenticate: \t Negotiate \t",
                "WWW-Authenticate: Negotiate,Basic realm=\"a\""
            })
    void aConnectionWhoseServerAsksForALoginIsItsClientsAlone(String challenge) throws Exception {
        start();
        HttpServer server = edge.server(request ->
                HttpServer.raw("HTTP/1.1 401 Unauthorized\r\n" + challenge + "\r\nContent-Length: 0\r\n\r\n"));
        edge.forwardTo(server.port());
        HttpClientSocket one = edge.client();
        HttpClientSocket other = edge.client();

        one.get("/");
        HttpMessage answer = other.get("/");
        one.get("/");
        other.get("/");

        assertThat(answer.headerLines()).containsAll(List.of(challenge.split("\r\n")));
        assertThat(server.connections().accepted()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"WWW-Authenticate: Basic realm=\"a, NTLM\"", "WWW-Authenticate: NTLMv9", "X-Scheme: NTLM"})
    void otherAnswersLeaveTheConnectionToAll(String field) throws Exception {
        start();
        HttpServer server = edge.server(
                request -> HttpServer.raw("HTTP/1.1 401 Unauthorized\r\n" + field + "\r\nContent-Length: 0\r\n\r\n"));
        edge.forwardTo(server.port());

        edge.client().get("/");
        edge.client().get("/");

        assertThat(server.connections().accepted()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Authorization: NTLM x", "authorization: Negotiate x", "Proxy-Authorization: ntlm x"})
    void aConnectionOnWhichAClientLogsInIsItsAloneWhateverTheAnswer(String login) throws Exception {
        start();
        HttpServer server = edge.server("hello");
        edge.forwardTo(server.port());
        HttpClientSocket one = edge.client();
        edge.client().get("/"); // leaves a connection that all may use

        one.send("GET / HTTP/1.1\r\nHost: test\r\n" + login + "\r\n\r\n").read();
        one.get("/");
        assertThat(server.connections().accepted())
                .as("it may be one that was there")
                .isEqualTo(1);
        edge.client().get("/");

        assertThat(server.connections().accepted()).isEqualTo(2);
    }

    @Test
    void aLoginStaysWithItsServerWhateverTheWeights() throws Exception {
        start();
        GroupPlanBuilder group = GroupPlanBuilder.group("web");
        for (int i = 0; i < 3; i++) {
            group.server("s" + i, server("s" + i).port(), 10L + 40 * i);
        }
        edge.forwarder().serve(group.build());
        edge.serve(listener -> {});

        for (int i = 0; i < 12; i++) {
            HttpClientSocket client = edge.client();
            String first = logIn(client, "user" + i).text();
            assertThat(first).endsWith(" user" + i);
            for (int j = 0; j < 5; j++) {
                assertThat(client.get("/").text()).isEqualTo(first);
            }
        }
    }

    @Test
    void manyClientsAtOnceAreEachThemselves() throws Exception {
        edge = HttpEdge.start(TransportKind.AUTO, 2);
        edge.forwardTo(server("a").port(), server("b").port(), server("c").port());
        ExecutorService clients = Executors.newFixedThreadPool(24);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            long seed = 1000 + i;
            String user = i % 3 == 0 ? null : "user" + i;
            all.add(clients.submit(() -> {
                beOneself(user, new Random(seed), seed);
                return null;
            }));
        }
        for (Future<?> each : all) {
            each.get(60, TimeUnit.SECONDS);
        }
        clients.shutdown();
    }

    private void beOneself(String user, Random random, long seed) throws Exception {
        for (int round = 0; round < 5; round++) {
            try (HttpClientSocket client = HttpClientSocket.connect(edge.port())) {
                if (user != null) {
                    assertThat(logIn(client, user).text()).as("seed %d", seed).endsWith(" " + user);
                }
                for (int i = random.nextInt(20); i >= 0; i--) {
                    boolean open = random.nextBoolean();
                    HttpMessage answer = client.get(open ? "/public" : "/");
                    assertThat(answer.status()).as("seed %d", seed).isEqualTo(user == null && !open ? 401 : 200);
                    if (answer.status() == 200) {
                        assertThat(answer.text()).as("seed %d", seed).endsWith(user == null ? " nobody" : " " + user);
                    }
                }
            }
        }
    }

    @Test
    void aLoginWorksOverTls() throws Exception {
        try (HttpEdge tls = HttpEdge.https(TlsProvider.JDK)) {
            start();
            NtlmServer server = tls.closing(NtlmServer.start("s", "Negotiate", ""));
            tls.forwardTo(
                    listener -> {},
                    server.port(),
                    tls.closing(NtlmServer.start("t", "Negotiate", "")).port());
            HttpClientSocket alice = tls.client();

            String first = logIn(alice, "Negotiate", "alice").text();

            assertThat(first).endsWith(" alice");
            assertThat(alice.get("/").text()).isEqualTo(first);
            assertThat(tls.client().get("/").status()).isEqualTo(401);
        }
    }

    @Test
    void aLoginWorksThoughServersGetTheAddressOfTheClientFirst() throws Exception {
        start();
        NtlmServer server = server("s");
        TcpServer afterHeader = edge.tcpServer(connection -> {
            InputStream in = connection.getInputStream();
            while (in.read() != '\n') {}
            try (Socket to = Loopback.connect(server.port())) {
                Thread back = new Thread(() -> copy(to, connection));
                back.start();
                in.transferTo(to.getOutputStream());
                to.shutdownOutput();
            }
        });
        edge.forwardTo(listener -> listener.sendProxy(ProxyProtocolPlan.Version.V1), afterHeader.port());
        HttpClientSocket alice = edge.client();

        assertThat(logIn(alice, "alice").text()).isEqualTo("s alice");
        assertThat(alice.get("/").text()).isEqualTo("s alice");
        assertThat(edge.client().get("/").status()).isEqualTo(401);
    }

    private static void copy(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // the test looks at what arrives
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void theEndOfAConnectionsRequestsDoesNotCutALogin(int most) throws Exception {
        start();
        edge.forwardTo(
                listener -> listener.maxRequestsPerConnection(most), server("s").port());
        HttpClientSocket alice = edge.client();

        HttpMessage last = logIn(alice, "alice");

        assertThat(last.text()).isEqualTo("s alice");
        assertThat("close".equals(last.header("Connection"))).isEqualTo(most < 3);
    }

    @Test
    void challengesDoNotKeepAConnectionBeyondItsRequestsForEver() throws Exception {
        start();
        edge.forwardTo(
                listener -> listener.maxRequestsPerConnection(5), server("s").port());
        HttpClientSocket client = edge.client();
        HttpMessage answer;
        int requests = 0;
        do {
            NtlmServer.send(client, "/", "NTLM", "TYPE1");
            answer = client.read();
        } while (++requests < 20 && answer.header("Connection") == null);

        assertThat(requests).isEqualTo(7);
        assertThat(client.isEnded()).isTrue();
    }

    @Test
    void aConnectionThatItsServerEndsTakesTheLoginWithIt() throws Exception {
        start();
        NtlmServer server = server("s");
        edge.forwardTo(server.port());
        HttpClientSocket alice = edge.client();
        logIn(alice, "alice");

        assertThat(alice.get("/close").text()).isEqualTo("s alice");
        await(() -> server.connections().open() == 0);

        assertThat(alice.get("/").status()).as("asked to log in again").isEqualTo(401);
        assertThat(logIn(alice, "alice").text()).isEqualTo("s alice");
    }

    @Test
    void aServerWithoutWeightKeepsTheLoginsThatItHas() throws Exception {
        start();
        NtlmServer old = server("old");
        edge.forwardTo(old.port());
        HttpClientSocket alice = edge.client();
        logIn(alice, "alice");

        edge.forwarder()
                .serve(GroupPlanBuilder.group("web")
                        .server("web0", old.port(), 0)
                        .server("new", server("new").port(), 100)
                        .build());

        await(() -> edge.client().get("/public").text().startsWith("new"));
        assertThat(alice.get("/").text()).isEqualTo("old alice");
    }

    @Test
    void aServerThatLeavesLosesTheLoginsThatItHas() throws Exception {
        start();
        NtlmServer old = server("old");
        NtlmServer next = server("new");
        edge.forwardTo(old.port());
        HttpClientSocket alice = edge.client();
        logIn(alice, "alice");

        edge.forwarder()
                .serve(GroupPlanBuilder.group("web")
                        .server("new", next.port(), 100)
                        .build());
        await(() -> edge.client().get("/public").text().startsWith("new"));

        assertThat(alice.get("/").status()).isEqualTo(401);
        assertThat(logIn(alice, "alice").text()).isEqualTo("new alice");
        await(() -> old.connections().open() == 0);
    }

    @Test
    void aLoginThatHasBegunIsCompletedOnAServerThatLeaves() throws Exception {
        start();
        NtlmServer old = server("old");
        edge.forwardTo(old.port());
        HttpClientSocket alice = edge.client();
        NtlmServer.send(alice, "/", "NTLM", "TYPE1");
        String challenge = alice.read().header("WWW-Authenticate").substring("NTLM ".length());

        edge.forwarder()
                .serve(GroupPlanBuilder.group("web")
                        .server("new", server("new").port(), 100)
                        .build());
        await(() -> edge.client().get("/public").text().startsWith("new"));
        NtlmServer.send(alice, "/", "NTLM", "TYPE3-" + challenge + "-alice");

        assertThat(alice.read().text()).isEqualTo("old alice");
    }

    @Test
    void allRulesToOneGroupShareALoginAndOtherGroupsHaveTheirOwn() throws Exception {
        start();
        NtlmServer web = server("web");
        NtlmServer api = server("api");
        edge.forwarder().serve(HttpEdge.group("web", web.port()), HttpEdge.group("api", api.port()));
        edge.serve(listener -> listener.rule("static", null, "/static", DocumentId.vServerGroup("shop", "web"))
                .rule("api", null, "/api", DocumentId.vServerGroup("shop", "api")));
        HttpClientSocket alice = edge.client();
        logIn(alice, "alice");

        assertThat(alice.get("/static").text()).isEqualTo("web alice");
        assertThat(alice.get("/api").status())
                .as("a server that does not know of it")
                .isEqualTo(401);
        assertThat(edge.client().get("/api").status()).isEqualTo(401);
        assertThat(web.connections().open() + api.connections().open())
                .as("one connection of a login per client")
                .isLessThanOrEqualTo(3);
    }

    @Test
    void aClientOfHttp2CanNotLogInAConnection() throws Exception {
        edge = HttpEdge.http2(TransportKind.AUTO);
        NtlmServer server = server("s");
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();
        Http2Headers request = Http2Socket.request("GET", "/").add("authorization", "NTLM TYPE1");

        Http2Socket.Answer answer = client.answer(client.open(request, true));

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.header("slb-reason")).isEqualTo(REASON);
        assertThat(server.requests()).isEmpty();
        await(() -> edge.forwarder().refusals(REASON) == 1);
    }

    @Test
    void aClientOfHttp2IsToldSoWhenThereIsNoOtherWayToLogIn() throws Exception {
        edge = HttpEdge.http2(TransportKind.AUTO);
        edge.forwardTo(server("s").port());
        Http2Socket client = edge.http2Client();

        Http2Socket.Answer answer = client.answer(client.get("/"));

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.header("slb-reason")).isEqualTo(REASON);
        assertThat(client.answer(client.get("/public")).text()).isEqualTo("s nobody");
    }

    @Test
    void aClientOfHttp2IsOfferedTheOtherWaysToLogIn() throws Exception {
        edge = HttpEdge.http2(TransportKind.AUTO);
        NtlmServer server = edge.closing(NtlmServer.start(
                "s", "Negotiate", "WWW-Authenticate: NTLM\r\nWWW-Authenticate: Basic realm=\"s\"\r\n"));
        edge.forwardTo(server.port());
        Http2Socket client = edge.http2Client();

        Http2Socket.Answer answer = client.answer(client.get("/"));

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.head.getAll("www-authenticate"))
                .extracting(CharSequence::toString)
                .containsExactly("Basic realm=\"s\"");
    }

    @Test
    void serversOfHttp2CanNotLogInAConnectionThatManyClientsShare() throws Exception {
        edge = HttpEdge.start(TransportKind.AUTO);
        try (HttpEdge inner = HttpEdge.http2(TransportKind.AUTO)) {
            HttpServer server = inner.server(request -> HttpServer.raw("HTTP/1.1 401 Unauthorized\r\n"
                    + "WWW-Authenticate: Basic realm=\"s\"\r\nContent-Length: 0\r\n\r\n"));
            inner.forwardTo(server.port());
            BackendPlan http2 = new BackendPlan(BackendPlan.Protocol.GRPC, new BackendPlan.Tls(null, "localhost"));
            edge.forwardTo(listener -> listener.backend(http2), inner.port());
            HttpClientSocket client = edge.client();

            NtlmServer.send(client, "/", "NTLM", "TYPE1");
            HttpMessage answer = client.read();

            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.header("SLB-Reason")).isEqualTo(REASON);
            assertThat(server.requests()).isEmpty();
            assertThat(client.get("/").header("WWW-Authenticate")).isEqualTo("Basic realm=\"s\"");
        }
    }
}
