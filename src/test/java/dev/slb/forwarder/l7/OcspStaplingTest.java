package dev.slb.forwarder.l7;

import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.TlsPlan;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.OcspResponses;
import dev.slb.testing.Pki;
import dev.slb.testing.Sockets;
import io.netty.pkitesting.X509Bundle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** What clients see of OCSP responses; those of the JDK ask for them. */
@Sockets
class OcspStaplingTest {

    private static final Instant NOW = Instant.now();
    private static final Instant LONG_AGO = NOW.minus(Duration.ofDays(2));
    private static final Instant AGO = NOW.minus(Duration.ofDays(1));
    private static final Instant SOON = NOW.plus(Duration.ofDays(1));
    private static final Instant LATER = NOW.plus(Duration.ofDays(2));

    private static final X509Bundle OTHER = Pki.issued(TestTls.AUTHORITY, "other.test");

    private HttpEdge edge;

    @AfterEach
    void close() throws Exception {
        if (edge != null) {
            edge.close();
        }
    }

    private static byte[] response(X509Bundle certificate, Instant from, Instant until) {
        return OcspResponses.good(TestTls.AUTHORITY, certificate, from, until);
    }

    private static TlsPlan.Certificate stapled(X509Bundle certificate, byte[] response, Instant from, Instant until) {
        return OcspResponses.stapled(Pki.plan(certificate), response, from, until);
    }

    private static TlsPlan tls(TlsPlan.Certificate certificate, TlsPlan.Sni... sni) {
        return new TlsPlan(certificate, List.of(sni), null, TestTls.VERSIONS, TestTls.SUITES);
    }

    private ListenerPlan listener(TlsPlan tls) {
        return edge.listener(listener -> listener.tls(tls));
    }

    private List<byte[]> seen(String host, String... versions) throws IOException {
        SSLSocket socket = edge.handshaken(Pki.trusting(TestTls.AUTHORITY), host, versions);
        assertThat(HttpClientSocket.on(socket).get("/").text()).isEqualTo("hello");
        return seen(socket);
    }

    private static List<byte[]> seen(SSLSocket socket) {
        return ((ExtendedSSLSession) socket.getSession()).getStatusResponses();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void clientsSeeTheResponseForTheirCertificate(String version) throws IOException {
        byte[] ofDefault = response(TestTls.DEFAULT, AGO, SOON);
        byte[] ofOther = response(OTHER, AGO, LATER);
        edge = HttpEdge.https(TlsProvider.OPENSSL)
                .serveHello(listener -> listener.tls(tls(
                        stapled(TestTls.DEFAULT, ofDefault, AGO, SOON),
                        new TlsPlan.Sni("other.test", stapled(OTHER, ofOther, AGO, LATER)),
                        new TlsPlan.Sni("bare.test", Pki.plan(OTHER)))));

        assertThat(seen(null, version)).containsExactly(ofDefault);
        assertThat(seen("default.test", version)).containsExactly(ofDefault);
        assertThat(seen("other.test", version)).containsExactly(ofOther);
        assertThat(seen("bare.test", version)).isEmpty();
    }

    @Test
    void aResponseIsStapledInItsTimeAlone() throws IOException {
        edge = HttpEdge.https(TlsProvider.OPENSSL)
                .serveHello(listener -> listener.tls(tls(
                        stapled(TestTls.DEFAULT, response(TestTls.DEFAULT, LONG_AGO, AGO), LONG_AGO, AGO),
                        new TlsPlan.Sni("other.test", stapled(OTHER, response(OTHER, SOON, LATER), SOON, LATER)))));

        assertThat(seen("default.test")).isEmpty();
        assertThat(seen("other.test")).isEmpty();
    }

    @Test
    void aNewResponseCountsForTheNextHandshakeAndEndsNeitherConnectionsNorSessions() throws IOException {
        byte[] first = response(TestTls.DEFAULT, AGO, SOON);
        byte[] second = response(TestTls.DEFAULT, AGO, LATER);
        edge = HttpEdge.https(TlsProvider.OPENSSL)
                .serveHello(listener -> listener.tls(tls(stapled(TestTls.DEFAULT, first, AGO, SOON))));
        SSLContext context = Pki.trusting(TestTls.AUTHORITY);
        SSLSocket before = edge.handshaken(context, null);
        HttpClientSocket open = HttpClientSocket.on(before);
        assertThat(open.get("/").text()).isEqualTo("hello");
        assertThat(seen(before)).containsExactly(first);

        edge.forwarder().serve(listener(tls(stapled(TestTls.DEFAULT, second, AGO, LATER))));

        assertThat(seen("default.test")).containsExactly(second);
        assertThat(open.get("/").text()).isEqualTo("hello");
        SSLSocket resumed = edge.handshaken(context, null);
        assertThat(HttpClientSocket.on(resumed).get("/").text()).isEqualTo("hello");
        assertThat(resumed.getSession().getCreationTime())
                .isEqualTo(before.getSession().getCreationTime());

        edge.forwarder().serve(listener(tls(Pki.plan(TestTls.DEFAULT))));

        assertThat(seen("default.test")).isEmpty();
        assertThat(open.get("/").text()).isEqualTo("hello");
    }

    @Test
    void theJdkServesTheCertificateWithoutTheResponse() throws IOException {
        edge = HttpEdge.https(TlsProvider.JDK)
                .serveHello(listener ->
                        listener.tls(tls(stapled(TestTls.DEFAULT, response(TestTls.DEFAULT, AGO, SOON), AGO, SOON))));

        assertThat(seen("default.test")).isEmpty();
    }
}
