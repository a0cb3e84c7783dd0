package dev.slb.forwarder.l7;

import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanJson;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Pki;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.pkitesting.X509Bundle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** TLS to servers, and in their checks, on both providers. */
@Sockets
class TlsBackendTest {

    private static final DocumentId WEB = DocumentId.vServerGroup("shop", "web");
    private static final X509Bundle SERVER = Pki.issued(TestTls.AUTHORITY, "web.internal");
    private static final String CA = TestTls.AUTHORITY.getRootCertificatePEM();
    private static final String OTHER_CA = Pki.authority("other authority").getRootCertificatePEM();

    private HttpEdge edge;

    @AfterEach
    void close() throws Exception {
        if (edge != null) {
            edge.close();
        }
    }

    private static BackendPlan https(String ca, String serverName) {
        return new BackendPlan(BackendPlan.Protocol.HTTPS, new BackendPlan.Tls(ca, serverName));
    }

    private HttpServer secureServer() {
        return edge.closing(HttpServer.startTls(Pki.context(SERVER, null), request -> HttpServer.ok("secure")));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void serversAreVerifiedAsThePlanWants(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        int server = secureServer().port();

        edge.forwardTo(listener -> listener.backend(https(null, null)), server);
        assertThat(edge.client().get("/").text()).isEqualTo("secure");
        edge.forwardTo(listener -> listener.backend(https(null, "any.name")), server);
        assertThat(edge.client().get("/").text()).isEqualTo("secure");
        edge.forwardTo(listener -> listener.backend(https(CA, null)), server);
        assertThat(edge.client().get("/").text()).isEqualTo("secure");
        edge.forwardTo(listener -> listener.backend(https(CA, "web.internal")), server);
        assertThat(edge.client().get("/").text()).isEqualTo("secure");

        edge.forwardTo(listener -> listener.backend(https(OTHER_CA, null)), server);
        assertRefused(edge.client().get("/"));
        edge.forwardTo(listener -> listener.backend(https(CA, "other.internal")), server);
        assertRefused(edge.client().get("/"));
        assertThat(edge.forwarder().refusals("ServerTlsFailed")).isEqualTo(2);
    }

    private static void assertRefused(HttpMessage answer) {
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.header("SLB-Reason")).isEqualTo("ServerTlsFailed");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void theServersNameIsSentAlsoWhenItHasNoDot(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        Set<String> names = ConcurrentHashMap.newKeySet();
        TcpServer server = serverThatNotes(names, Pki.issued(TestTls.AUTHORITY, "web", "web.internal"));

        for (String name : List.of("web", "web.internal")) {
            edge.forwardTo(listener -> listener.backend(https(CA, name)), server.port());
            assertThat(edge.client().get("/").text()).isEqualTo("named");
        }
        assertThat(names).containsExactlyInAnyOrder("web", "web.internal");
    }

    private TcpServer serverThatNotes(Set<String> names, X509Bundle certificate) throws IOException {
        SSLContext context = Pki.context(certificate, null);
        return edge.closing(TcpServer.start(connection -> {
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(connection, null, true);
            socket.setUseClientMode(false);
            socket.startHandshake();
            ((javax.net.ssl.ExtendedSSLSession) socket.getSession())
                    .getRequestedServerNames()
                    .forEach(name -> names.add(((javax.net.ssl.SNIHostName) name).getAsciiName()));
            HttpMessage.read(socket.getInputStream(), true, false);
            socket.getOutputStream().write(HttpServer.ok("named"));
        }));
    }

    /** RFC 6066: literal addresses are not permitted there. */
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aServersNameThatIsAnAddressIsVerifiedAndNotSent(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        Set<String> names = ConcurrentHashMap.newKeySet();
        TcpServer server = serverThatNotes(names, Pki.issued(TestTls.AUTHORITY, "127.0.0.7"));

        edge.forwardTo(listener -> listener.backend(https(CA, "127.0.0.7")), server.port());
        assertThat(edge.client().get("/").text()).isEqualTo("named");
        assertThat(names).isEmpty();

        edge.forwardTo(listener -> listener.backend(https(CA, "127.0.0.8")), server.port());
        assertRefused(edge.client().get("/"));
    }

    /** With TLS 1.3 it refuses us after the handshake, in place of an answer. */
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aServerThatWantsACertificateFailsByTlsInEveryVersion(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        for (String version : TestTls.VERSIONS) {
            for (BackendPlan.Protocol protocol : List.of(BackendPlan.Protocol.HTTPS, BackendPlan.Protocol.GRPC)) {
                int server = serverThatWantsACertificate(version).port();
                BackendPlan backend =
                        new BackendPlan(protocol, https(CA, "web.internal").tls());
                edge.forwardTo(listener -> listener.backend(backend), server);
                assertRefused(edge.client().get("/"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aCheckSaysThatAServerWantsACertificate(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        for (String version : TestTls.VERSIONS) {
            TcpServer server = serverThatWantsACertificate(version);
            edge.forwardTo(
                    listener -> listener.backend(https(CA, "web.internal"))
                            .check(HealthCheckPlanBuilder.http(20, 60_000)
                                    .backend(https(CA, "web.internal"))
                                    .build()),
                    server.port());
            String name = GroupPlanBuilder.id("web0", server.port());
            edge.forwarder().awaitHealth(WEB, name, Health.ABNORMAL);
            assertThat(edge.forwarder().health(WEB, name).cause()).isEqualTo("TLS: refused by the other side");
        }
    }

    private TcpServer serverThatWantsACertificate(String version) throws IOException {
        SSLContext context = Pki.context(SERVER, TestTls.AUTHORITY);
        return edge.closing(TcpServer.start(connection -> {
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(connection, null, true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
            socket.setSSLParameters(parameters);
            socket.setUseClientMode(false);
            socket.setNeedClientAuth(true);
            socket.setEnabledProtocols(new String[] {version});
            socket.startHandshake();
        }));
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void connectionsAreUsedAgainAndApartByBackend(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        HttpServer server = secureServer();
        edge.forwardTo(listener -> listener.backend(https(CA, "web.internal")), server.port());
        HttpClientSocket client = edge.client();
        for (int i = 0; i < 20; i++) {
            assertThat(client.get("/").text()).isEqualTo("secure");
        }
        assertThat(server.connections().accepted()).isEqualTo(1);

        edge.forwardTo(listener -> listener.backend(https(CA, null)), server.port());
        assertThat(client.get("/").text()).isEqualTo("secure");
        assertThat(server.connections().accepted()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void sessionsWithServersAreResumed(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        Set<Long> created = ConcurrentHashMap.newKeySet();
        SSLContext context = Pki.context(SERVER, null);
        TcpServer server = edge.closing(TcpServer.start(connection -> {
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(connection, null, true);
            socket.setUseClientMode(false);
            HttpMessage.read(socket.getInputStream(), true, false);
            socket.getOutputStream()
                    .write(HttpServer.raw("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"));
            created.add(socket.getSession().getCreationTime());
            socket.close();
        }));
        edge.forwardTo(listener -> listener.backend(https(CA, "web.internal")), server.port());

        HttpClientSocket client = edge.client();
        for (int i = 0; i < 6; i++) {
            assertThat(client.get("/").text()).isEqualTo("ok");
        }
        assertThat(server.accepted()).isEqualTo(6);
        assertThat(created).hasSizeLessThan(6);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aServerThatDoesNotShakeHandsTimesOut(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        TcpServer silent = edge.closing(TcpServer.start(
                connection -> connection.getInputStream().transferTo(java.io.OutputStream.nullOutputStream())));
        edge.forwardTo(listener -> listener.backend(https(null, null)).connectMillis(200), silent.port());

        HttpMessage answer = edge.client().get("/");
        assertThat(answer.status()).isEqualTo(504);
        assertThat(answer.header("SLB-Reason")).isEqualTo("ConnectTimeout");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void anAnswerThatEndsWithTheConnectionIsWholeOnlyWhenTheServerSaysSo(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        SSLContext context = Pki.context(SERVER, null);
        TcpServer server = edge.closing(TcpServer.start(connection -> {
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(connection, null, true);
            socket.setUseClientMode(false);
            HttpMessage request = HttpMessage.read(socket.getInputStream(), true, false);
            socket.getOutputStream().write(HttpServer.raw("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf"));
            if (request.target().equals("/said")) {
                socket.close();
            } else {
                connection.close(); // below TLS
            }
        }));
        edge.forwardTo(listener -> listener.backend(https(CA, "web.internal")), server.port());

        HttpClientSocket said = edge.client();
        assertThat(said.get("/said").text()).isEqualTo("half");
        HttpClientSocket cut = edge.client();
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> cut.get("/cut"))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void checksSpeakTlsToo(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        HttpServer server = secureServer();
        String id = GroupPlanBuilder.id("web0", server.port());
        edge.forwardTo(
                listener -> listener.backend(https(CA, "web.internal")).check(check(https(CA, "web.internal"))),
                server.port());
        edge.forwarder().awaitHealth(WEB, id, Health.NORMAL);
        assertThat(edge.client().get("/").text()).isEqualTo("secure");

        edge.forwardTo(
                listener -> listener.backend(https(CA, "web.internal")).check(check(https(OTHER_CA, null))),
                server.port());
        edge.forwarder().awaitHealth(WEB, id, Health.ABNORMAL);
        assertThat(edge.forwarder().health(WEB, id).cause()).startsWith("TLS: certificate not accepted");

        edge.forwardTo(listener -> listener.backend(https(CA, "web.internal")).check(check(null)), server.port());
        edge.forwarder().awaitHealth(WEB, id, Health.ABNORMAL);
    }

    private static HealthCheckPlan check(BackendPlan backend) {
        return HealthCheckPlanBuilder.http(50, 5_000)
                .thresholds(1, 1)
                .backend(backend)
                .build();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void anAuthorityThatCannotBeReadIsRefused(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider).serveHello();
        ListenerPlan bad = edge.listener(listener -> listener.backend(https("nonsense", null)));
        edge.forwarder().publish(bad);

        await(() ->
                PlanJson.version(bad).equals(edge.forwarder().state(bad.id()).refused()));
        assertThat(edge.forwarder().state(bad.id()).message()).isEqualTo("backend.tls.ca: has no certificate in PEM");
        assertThat(edge.client().get("/").text()).isEqualTo("hello");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aTunnelGoesOnWhenItsClientEndsFirst(TlsProvider provider) throws Exception {
        try (HttpEdge clear = HttpEdge.start(provider)) {
            SSLContext context = Pki.context(SERVER, null);
            TcpServer server = clear.tcpServer(connection -> {
                SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(connection, null, true);
                socket.setUseClientMode(false);
                HttpMessage.read(socket.getInputStream(), true, false);
                OutputStream out = socket.getOutputStream();
                out.write(HttpServer.raw(
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"));
                byte[] all = socket.getInputStream().readAllBytes();
                for (int i = 0; i < 200; i++) {
                    out.write(all);
                }
                socket.close();
            });
            clear.forwardTo(listener -> listener.backend(https(CA, "web.internal")), server.port());

            HttpClientSocket client = clear.client();
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(101);
            String sent = "x".repeat(10_000);
            client.send(sent);
            client.socket().shutdownOutput();

            assertThat(client.readToEnd()).hasSize(200 * sent.length());
        }
    }
}
