package dev.slb.forwarder.l7;

import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanJson;
import dev.slb.plan.Secret;
import dev.slb.plan.TlsPlan;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Pki;
import dev.slb.testing.Sockets;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.StandardConstants;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Which certificate, version and suite clients get, on both providers. */
@Sockets
class TlsListenerTest {

    private HttpEdge edge;

    @AfterEach
    void close() throws Exception {
        if (edge != null) {
            edge.close();
        }
    }

    private String shownTo(String host) throws IOException {
        return shownTo(edge.handshaken(Pki.trusting(TestTls.AUTHORITY), host));
    }

    private static String shownTo(SSLSocket socket) throws IOException {
        X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        return shown.getSubjectX500Principal().getName().replaceFirst("CN=([^,]*),.*", "$1");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void servesRequestsOneAfterTheOther(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        HttpServer server = edge.server(request -> HttpServer.ok(request.target()));
        edge.forwardTo(listener -> {}, server.port());

        HttpClientSocket client = edge.client();

        for (int i = 0; i < 10; i++) {
            assertThat(client.get("default.test", "/" + i).text()).isEqualTo("/" + i);
        }
        assertThat(server.lastRequest().header("X-Forwarded-Proto")).isEqualTo("https");
        assertThat(server.lastRequest().header("Host")).isEqualTo("default.test");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void worksOnEveryTransport(TransportKind transport) throws IOException {
        edge = HttpEdge.https(transport, TlsProvider.AUTO).serveHello();

        assertThat(edge.client().get("/").text()).isEqualTo("hello");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void theHostOfTheHandshakeChoosesTheCertificate(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider)
                .serveHello(listener -> listener.tls(TestTls.plan(
                        TestTls.DEFAULT,
                        TestTls.sni("www.a.com", Pki.issued(TestTls.AUTHORITY, "exact")),
                        TestTls.sni("*.a.com", Pki.issued(TestTls.AUTHORITY, "wide")),
                        TestTls.sni("*.b.a.com", Pki.issued(TestTls.AUTHORITY, "narrow")))));

        assertThat(shownTo("www.a.com")).isEqualTo("exact");
        assertThat(shownTo("WWW.A.com")).isEqualTo("exact");
        assertThat(shownTo("x.a.com")).isEqualTo("wide");
        assertThat(shownTo("x.y.a.com")).isEqualTo("wide");
        assertThat(shownTo("x.b.a.com")).isEqualTo("narrow");
        assertThat(shownTo("b.a.com")).isEqualTo("wide");
        assertThat(shownTo("a.com")).isEqualTo("default.test");
        assertThat(shownTo("other.org")).isEqualTo("default.test");
        assertThat(shownTo((String) null)).isEqualTo("default.test");
    }

    /** RFC 6066 has none, some clients send what stands in a URL. The JDK's own TLS refuses it before anybody is asked. */
    @Test
    void aHostOfTheHandshakeWithATrailingDotIsTheSameHost() throws IOException {
        edge = HttpEdge.https(TlsProvider.OPENSSL)
                .serveHello(listener -> listener.tls(TestTls.plan(
                        TestTls.DEFAULT,
                        TestTls.sni("www.a.com", Pki.issued(TestTls.AUTHORITY, "exact")),
                        TestTls.sni("*.a.com", Pki.issued(TestTls.AUTHORITY, "wide")))));

        assertThat(shownToExactly("www.a.com.")).isEqualTo("exact");
        assertThat(shownToExactly("WWW.A.COM.")).isEqualTo("exact");
        assertThat(shownToExactly("x.a.com.")).isEqualTo("wide");
        assertThat(shownToExactly("www.a.com..")).isEqualTo("default.test");
        assertThat(shownToExactly(".")).isEqualTo("default.test");
    }

    /** @param host sent as it is */
    private String shownToExactly(String host) throws IOException {
        SSLSocket socket = edge.socket(Pki.trusting(TestTls.AUTHORITY), null);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(
                new SNIServerName(StandardConstants.SNI_HOST_NAME, host.getBytes(StandardCharsets.US_ASCII)) {}));
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return shownTo(socket);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void keysOfAllKindsAndSizesWork(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider).serveHello();
        for (Algorithm algorithm : List.of(Algorithm.rsa2048, Algorithm.rsa4096, Algorithm.ecp256, Algorithm.ecp384)) {
            X509Bundle certificate = Pki.issued(TestTls.AUTHORITY, algorithm, "host." + algorithm);
            edge.forwarder().serve(edge.listener(listener -> listener.tls(TestTls.plan(certificate))));
            for (String version : TestTls.VERSIONS) {
                SSLSocket socket = edge.handshaken(Pki.trusting(TestTls.AUTHORITY), null, version);
                assertThat(shownTo(socket)).isEqualTo("host." + algorithm);
                assertThat(socket.getSession().getProtocol()).isEqualTo(version);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void versionsThatAreNotServedAreRefusedByAnAlert(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider)
                .serveHello(listener -> listener.tls(
                        new TlsPlan(Pki.plan(TestTls.DEFAULT), List.of(), null, List.of("TLSv1.3"), TestTls.SUITES)));

        assertThat(edge.handshaken(Pki.trusting(TestTls.AUTHORITY), null, "TLSv1.3")
                        .getSession()
                        .getProtocol())
                .isEqualTo("TLSv1.3");
        assertThatThrownBy(() -> edge.handshaken(Pki.trusting(TestTls.AUTHORITY), null, "TLSv1.2"))
                .isInstanceOf(SSLException.class)
                .hasMessageContaining("protocol_version");
        await(() -> edge.forwarder().refusals("TlsNoCommonVersion") == 1);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void theServersOrderOfSuitesCounts(TlsProvider provider) throws IOException {
        List<String> suites =
                List.of("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
        edge = HttpEdge.https(provider)
                .serveHello(listener -> listener.tls(
                        new TlsPlan(Pki.plan(TestTls.DEFAULT), List.of(), null, List.of("TLSv1.2"), suites)));

        SSLSocket socket = edge.socket(Pki.trusting(TestTls.AUTHORITY), null, "TLSv1.2");
        socket.setEnabledCipherSuites(new String[] {suites.get(1), suites.get(0)});
        socket.startHandshake();
        assertThat(socket.getSession().getCipherSuite()).isEqualTo(suites.get(0));

        SSLSocket other = edge.socket(Pki.trusting(TestTls.AUTHORITY), null, "TLSv1.2");
        other.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"});
        assertThatThrownBy(other::startHandshake)
                .isInstanceOf(SSLException.class)
                .hasMessageContaining("handshake_failure");
        await(() -> edge.forwarder().refusals("TlsNoCommonCipher") == 1);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void http11IsAgreedOnWithWhoeverAsks(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider).serveHello();

        SSLSocket asking = edge.socket(Pki.trusting(TestTls.AUTHORITY), null);
        SSLParameters parameters = asking.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"spdy/3", "http/1.1"});
        asking.setSSLParameters(parameters);
        asking.startHandshake();
        assertThat(asking.getApplicationProtocol()).isEqualTo("http/1.1");
        assertThat(HttpClientSocket.on(asking).get("/").text()).isEqualTo("hello");

        SSLSocket notAsking = edge.handshaken(Pki.trusting(TestTls.AUTHORITY), null);
        assertThat(notAsking.getApplicationProtocol()).isEmpty();
        assertThat(HttpClientSocket.on(notAsking).get("/").text()).isEqualTo("hello");
    }

    /** Nobody needs it, each costs the work of a new connection, and HTTP/2 forbids it (RFC 9113, section 9.2.1). */
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aClientThatHandshakesAgainLosesItsConnection(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider).serveHello();
        SSLSocket socket = edge.handshaken(Pki.trusting(TestTls.AUTHORITY), null, "TLSv1.2");
        socket.setSoTimeout(20_000);
        HttpClientSocket client = HttpClientSocket.on(socket);
        assertThat(client.get("/").text()).isEqualTo("hello");

        assertThatThrownBy(() -> {
                    socket.startHandshake();
                    client.get("/");
                })
                .isInstanceOf(SSLException.class);

        await(() -> edge.forwarder().activeConnections(edge.listener()) == 0);
        assertThat(edge.client().get("/").text()).isEqualTo("hello");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void http2IsOfferedWhereTheListenerHasIt(TlsProvider provider) throws Exception {
        edge = HttpEdge.https(provider).serveHello(ListenerPlanBuilder::http2);
        HttpClient client = HttpClient.newBuilder()
                .sslContext(Pki.trusting(TestTls.AUTHORITY))
                .build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + edge.port() + "/"))
                .build();

        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.body()).isEqualTo("hello");
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(edge.client().get("/").text()).isEqualTo("hello");
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void sessionsAreResumed(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider).serveHello();
        for (String version : TestTls.VERSIONS) {
            javax.net.ssl.SSLContext context = Pki.trusting(TestTls.AUTHORITY);
            SSLSocket first = edge.handshaken(context, null, version);
            HttpClientSocket.on(first).get("/"); // the ticket of TLS 1.3 comes after the handshake
            long created = first.getSession().getCreationTime();
            // Unrelated edits keep the sessions.
            edge.forwarder().serve(edge.listener(listener -> listener.idleMillis(50_000 + version.length())));

            SSLSocket second = edge.handshaken(context, null, version);

            assertThat(HttpClientSocket.on(second).get("/").text()).isEqualTo("hello");
            assertThat(second.getSession().getCreationTime())
                    .as(version + " is resumed")
                    .isEqualTo(created);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void clearTextAndSilenceAreCountedAndClosed(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider).serveHello();

        HttpClientSocket clear = edge.closing(HttpClientSocket.connect(edge.port()));
        clear.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        clear.readToEnd();
        await(() -> edge.forwarder().refusals("NotTls") == 1);

        Loopback.connect(edge.port()).close();
        await(() -> edge.forwarder().refusals("TlsHandshakeAborted") == 1);

        edge.serveHello(listener -> listener.requestMillis(300));
        Socket silent = edge.closing(Loopback.connect(edge.port()));
        assertThat(silent.getInputStream().read()).isEqualTo(-1);
        await(() -> edge.forwarder().refusals("TlsHandshakeTimeout") == 1);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aVersionThatCannotBeUsedIsRefusedAndTheLastOneStays(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider).serveHello();
        X509Bundle other = Pki.issued(TestTls.AUTHORITY, "other.test");
        String secret = other.getPrivateKeyPEM();
        TlsPlan.Certificate mixed =
                new TlsPlan.Certificate(TestTls.DEFAULT.getCertificatePathPEM(), new Secret(secret));

        assertRefused(
                new TlsPlan(mixed, List.of(), null, TestTls.VERSIONS, TestTls.SUITES),
                "frontend.tls.certificate: tls.key is not the key of tls.crt");
        assertRefused(TestTls.plan(TestTls.DEFAULT, new TlsPlan.Sni("x.y", mixed)), "frontend.tls.sni[x.y]: tls.key");
        assertRefused(
                new TlsPlan(Pki.plan(TestTls.DEFAULT), List.of(), "no pem", TestTls.VERSIONS, TestTls.SUITES),
                "frontend.tls.clientCa: has no certificate in PEM");
        assertRefused(
                new TlsPlan(
                        Pki.plan(TestTls.DEFAULT),
                        List.of(),
                        null,
                        List.of("TLSv1.2"),
                        List.of("TLS_ECDHE_NONE", "TLS_AES_128_GCM_SHA256")),
                "frontend.tls.versions: " + (provider == TlsProvider.JDK ? "the JDK" : "BoringSSL")
                        + " speaks none of TLSv1.2 with the suites TLS_ECDHE_NONE, TLS_AES_128_GCM_SHA256");
    }

    private void assertRefused(TlsPlan tls, String message) throws IOException {
        ListenerPlan bad = edge.listener(listener -> listener.tls(tls));
        edge.forwarder().publish(bad);
        DocumentId id = bad.id();
        await(() -> PlanJson.version(bad).equals(edge.forwarder().state(id).refused()));
        DocumentState state = edge.forwarder().state(id);
        assertThat(state.message()).startsWith(message);
        assertThat(state.message()).doesNotContain("PRIVATE");
        assertThat(state.serving()).isNotNull();
        assertThat(edge.client().get("/").text()).isEqualTo("hello");
    }

    @Test
    void policiesOfOldVersionsWorkWithBoringSsl() throws Exception {
        edge = HttpEdge.https(TlsProvider.OPENSSL)
                .serveHello(listener -> listener.tls(new TlsPlan(
                        Pki.plan(TestTls.DEFAULT),
                        List.of(),
                        null,
                        List.of("TLSv1", "TLSv1.1", "TLSv1.2"),
                        TestTls.SUITES)));
        for (String version : List.of("TLSv1", "TLSv1.1", "TLSv1.2")) {
            assertThat(OldClient.handshake(edge.port(), version)).isEqualTo(version);
        }
        assertThatThrownBy(() -> OldClient.handshake(edge.port(), "TLSv1.3")).isInstanceOf(SSLException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void http2IsNotForOldVersions(boolean byHost) throws Exception {
        TlsPlan.Sni[] hosts =
                byHost ? new TlsPlan.Sni[] {TestTls.sni("old.test", TestTls.DEFAULT)} : new TlsPlan.Sni[0];
        edge = HttpEdge.https(TlsProvider.OPENSSL)
                .serveHello(listener -> listener.http2()
                        .tls(new TlsPlan(
                                Pki.plan(TestTls.DEFAULT),
                                List.of(hosts),
                                null,
                                List.of("TLSv1", "TLSv1.1", "TLSv1.2"),
                                TestTls.SUITES)));
        String host = byHost ? "old.test" : null;
        for (String version : List.of("TLSv1", "TLSv1.1")) {
            OldClient.Session both = OldClient.connect(edge.port(), version, host, "h2", "http/1.1");
            assertThat(both.version()).isEqualTo(version);
            assertThat(both.application()).isEqualTo("http/1.1");
            assertThat(both.answer()).startsWith("HTTP/1.1 200").endsWith("hello");
            assertThat(OldClient.connect(edge.port(), version, host, "h2").application())
                    .isNull();
        }
        assertThat(OldClient.connect(edge.port(), "TLSv1.2", host, "h2", "http/1.1")
                        .application())
                .isEqualTo("h2");
        SSLSocket modern = edge.socket(Pki.trusting(TestTls.AUTHORITY), host);
        SSLParameters parameters = modern.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        modern.setSSLParameters(parameters);
        modern.startHandshake();
        assertThat(modern.getSession().getProtocol()).isEqualTo("TLSv1.2");
        assertThat(modern.getApplicationProtocol()).isEqualTo("h2");
    }

    @Test
    void http2IsNotOfferedAboveAGapOfVersions() throws Exception {
        edge = HttpEdge.https(TlsProvider.OPENSSL)
                .serveHello(listener -> listener.http2()
                        .tls(new TlsPlan(
                                Pki.plan(TestTls.DEFAULT),
                                List.of(),
                                null,
                                List.of("TLSv1", "TLSv1.2"),
                                TestTls.SUITES)));
        OldClient.Session session = OldClient.connect(edge.port(), "TLSv1", null, "h2", "http/1.1");
        assertThat(session.application()).isEqualTo("http/1.1");
        assertThat(session.answer()).endsWith("hello");
    }

    @Test
    void oldVersionsAreRefusedWhereThePolicyIsWithoutThem() throws Exception {
        edge = HttpEdge.https(TlsProvider.OPENSSL).serveHello();
        for (String version : List.of("TLSv1", "TLSv1.1")) {
            assertThatThrownBy(() -> OldClient.handshake(edge.port(), version)).isInstanceOf(SSLException.class);
        }
        assertThat(OldClient.handshake(edge.port(), "TLSv1.2")).isEqualTo("TLSv1.2");
        await(() -> edge.forwarder().refusals("TlsNoCommonVersion") == 2);
    }
}
