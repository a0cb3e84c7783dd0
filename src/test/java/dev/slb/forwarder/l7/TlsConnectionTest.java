package dev.slb.forwarder.l7;

import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.plan.ForwardedPlan;
import dev.slb.plan.TlsPlan;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.Loopback;
import dev.slb.testing.Pki;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.pkitesting.X509Bundle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import static dev.slb.testing.Patience.awaitStandstill;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What happens on connections of TLS: client certificates, renewal, big bodies, and all ways to end. */
@Sockets
class TlsConnectionTest {

    private static final X509Bundle CLIENT = Pki.issued(TestTls.AUTHORITY, "client.test");

    private HttpEdge edge;

    @AfterEach
    void close() throws Exception {
        if (edge != null) {
            edge.close();
        }
    }

    private static TlsPlan withClientCertificates() {
        return new TlsPlan(
                Pki.plan(TestTls.DEFAULT),
                List.of(),
                TestTls.AUTHORITY.getRootCertificatePEM(),
                TestTls.VERSIONS,
                TestTls.SUITES);
    }

    private static ForwardedPlan forwarded() {
        return new ForwardedPlan(ForwardedPlan.XForwardedFor.APPEND, List.of(), true, false, false, null, false, true);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void whatAClientCertificateSaysIsPassedOn(TlsProvider provider) throws Exception {
        edge = HttpEdge.https(provider);
        HttpServer server = edge.server(request -> HttpServer.ok("hello"));
        edge.forwardTo(listener -> listener.tls(withClientCertificates()).forwarded(forwarded()), server.port());
        String fingerprint = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256")
                        .digest(CLIENT.getCertificate().getEncoded()));

        for (String version : TestTls.VERSIONS) {
            SSLContext context = Pki.context(CLIENT, TestTls.AUTHORITY);
            for (int i = 0; i < 2; i++) { // the second is resumed
                HttpClientSocket client = HttpClientSocket.on(edge.handshaken(context, null, version));
                client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-ClientCert-subjectdn: CN=admin\r\n"
                                + "x_forwarded_clientcert_other: x\r\n\r\n")
                        .read();
                HttpMessage request = server.lastRequest();
                assertThat(request.headers("X-Forwarded-ClientCert-subjectdn")).containsExactly("CN=client.test,O=slb");
                assertThat(request.headers("X-Forwarded-ClientCert-issuerdn")).containsExactly("CN=test authority");
                assertThat(request.headers("X-Forwarded-ClientCert-fingerprint"))
                        .containsExactly(fingerprint);
                assertThat(request.headers("X-Forwarded-ClientCert-clientverify"))
                        .containsExactly("SUCCESS");
                assertThat(request.header("x_forwarded_clientcert_other")).isNull();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void clientsWithoutATrustedCertificateAreRefused(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider).serveHello(listener -> listener.tls(withClientCertificates()));
        X509Bundle stranger = Pki.issued(Pki.authority("unknown"), "stranger");

        for (String version : TestTls.VERSIONS) {
            assertNoAnswer(Pki.trusting(TestTls.AUTHORITY), version);
            assertNoAnswer(always(stranger), version);
        }
        await(() -> edge.forwarder().refusals("TlsNoCertificate") == 2);
        await(() -> edge.forwarder().refusals("TlsInvalidCertificate") == 2);
    }

    /** With TLS 1.3 a client learns of it when it reads. */
    private void assertNoAnswer(SSLContext context, String version) {
        assertThatThrownBy(() -> {
                    HttpClientSocket client = HttpClientSocket.on(edge.handshaken(context, null, version));
                    assertThat(client.get("/")).isNotNull();
                })
                .isInstanceOfAny(IOException.class, AssertionError.class);
    }

    /** Shows its certificate whichever authorities the server names. */
    private static SSLContext always(X509Bundle own) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    new javax.net.ssl.KeyManager[] {new AlwaysShown(own)},
                    TestTls.AUTHORITY.toTrustManagerFactory().getTrustManagers(),
                    null);
            return context;
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aCertificateIsRenewedUnderLoadWithoutClosingAConnection(TlsProvider provider) throws Exception {
        edge = HttpEdge.https(provider).serveHello();
        HttpClientSocket old = edge.client();
        assertThat(old.get("/").text()).isEqualTo("hello");
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger served = new AtomicInteger();
        AtomicReference<Throwable> failed = new AtomicReference<>();
        Thread load = new Thread(() -> {
            try {
                SSLContext context = Pki.trusting(TestTls.AUTHORITY);
                while (!stop.get()) {
                    try (SSLSocket socket = edge.handshaken(context, null)) {
                        assertThat(HttpClientSocket.on(socket).get("/").text()).isEqualTo("hello");
                        served.incrementAndGet();
                    }
                }
            } catch (Throwable e) {
                failed.set(e);
            }
        });
        load.start();

        for (int i = 0; i < 10; i++) {
            X509Bundle renewed = Pki.issued(TestTls.AUTHORITY, "renewed" + i);
            edge.forwarder().serve(edge.listener(listener -> listener.tls(TestTls.plan(renewed))));
            int before = served.get();
            await(() -> served.get() > before + 1 || failed.get() != null);
            assertThat(old.get("/").text()).isEqualTo("hello");
            try (SSLSocket socket = edge.handshaken(Pki.trusting(TestTls.AUTHORITY), null)) {
                assertThat(socket.getSession().getPeerPrincipal().getName()).startsWith("CN=renewed" + i);
            }
        }
        stop.set(true);
        load.join();
        assertThat(failed.get()).isNull();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void bigBodiesPassBothWays(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider);
        HttpServer server = edge.closing(HttpServer.startTls(
                Pki.context(TestTls.DEFAULT, null),
                request -> concatenate(
                        HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: " + request.body().length + "\r\n\r\n"),
                        request.body())));
        edge.forwardTo(
                listener -> listener.backend(new dev.slb.plan.BackendPlan(
                        dev.slb.plan.BackendPlan.Protocol.HTTPS,
                        new dev.slb.plan.BackendPlan.Tls(TestTls.AUTHORITY.getRootCertificatePEM(), "default.test"))),
                server.port());
        byte[] body = new byte[5 * 1024 * 1024];
        new java.util.Random(42).nextBytes(body);

        HttpClientSocket client = edge.client();
        for (int i = 0; i < 2; i++) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length + "\r\n\r\n");
            assertThat(client.send(body).read().body()).isEqualTo(body);
        }
    }

    private static byte[] concatenate(byte[] a, byte[] b) {
        byte[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aClientThatDoesNotReadHoldsBackTheServer(TlsProvider provider) throws Exception {
        edge = HttpEdge.https(provider);
        AtomicLong written = new AtomicLong();
        long size = 256L * 1024 * 1024;
        TcpServer server = edge.closing(TcpServer.start(connection -> {
            HttpMessage.read(connection.getInputStream(), true, false);
            OutputStream out = connection.getOutputStream();
            out.write(HttpServer.raw("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n"));
            byte[] block = new byte[64 * 1024];
            for (long i = 0; i < size; i += block.length) {
                out.write(block);
                written.addAndGet(block.length);
            }
        }));
        edge.forwardTo(listener -> {}, server.port());
        HttpClientSocket client = edge.client().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

        assertThat(awaitStandstill(written::get)).isLessThan(64L * 1024 * 1024); // buffers of four sockets are in it
        client.close();
        await(() -> server.open() == 0);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void theEndIsAnnouncedToClients(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider).serveHello(listener -> listener.maxRequestsPerConnection(1));

        HttpClientSocket client = edge.client();
        HttpMessage answer = client.get("/");
        assertThat(answer.header("Connection")).isEqualTo("close");
        assertThat(client.in().read()).isEqualTo(-1); // without close_notify the JDK throws
        client.close();
        await(() -> edge.forwarder().activeConnections(edge.listener(listener -> {})) == 0);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aRefusedRequestHasItsAnswerAndAnEnd(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider).serveHello();

        for (int i = 0; i < 50; i++) { // the client is still sending, more or less of it
            HttpClientSocket client = edge.client();
            client.send("GET / HTTP/1.1\r\nHost : a\r\n\r\n" + "x".repeat(100_000));
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(client.in().read()).isEqualTo(-1);
            client.close();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aClientThatGoesWithoutAWordIsForgotten(TlsProvider provider) throws IOException {
        edge = HttpEdge.https(provider).serveHello();
        Socket below = edge.closing(Loopback.connect(edge.port()));
        SSLSocket socket = (SSLSocket)
                Pki.trusting(TestTls.AUTHORITY).getSocketFactory().createSocket(below, "default.test", 443, false);
        SSLParameters parameters = socket.getSSLParameters();
        socket.setSSLParameters(parameters);
        assertThat(HttpClientSocket.on(socket).get("/").text()).isEqualTo("hello");

        below.close(); // no close_notify

        await(() -> edge.forwarder().activeConnections(edge.listener(listener -> {})) == 0);
    }

    /** RFC 8446, section 6.2: after a fatal alert both sides close at once. */
    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aFatalAlertEndsTheConnectionAtOnceWhicheverSideSendsIt(TlsProvider provider) throws Exception {
        edge = HttpEdge.https(provider).serveHello(listener -> listener.idleMillis(600_000));

        for (String version : TestTls.VERSIONS) {
            Socket ours = secured(version);
            // A record that nobody could have sealed: its alert is ours.
            ours.getOutputStream().write(new byte[] {23, 3, 3, 0, 32});
            ours.getOutputStream().write(new byte[32]);
            assertEndsAtOnce(ours);

            Socket clear = secured(version);
            clear.getOutputStream().write(HttpServer.raw("GET / HTTP/1.1\r\n\r\n"));
            assertEndsAtOnce(clear);
        }
    }

    /** The connection below TLS, the handshake and a request done. */
    private Socket secured(String version) throws IOException {
        Socket below = edge.closing(Loopback.connect(edge.port()));
        SSLSocket socket = (SSLSocket)
                Pki.trusting(TestTls.AUTHORITY).getSocketFactory().createSocket(below, "default.test", 443, false);
        socket.setEnabledProtocols(new String[] {version});
        assertThat(HttpClientSocket.on(socket).get("/").text()).isEqualTo("hello");
        return below;
    }

    private static void assertEndsAtOnce(Socket below) throws IOException {
        below.setSoTimeout(30_000);
        try {
            below.getInputStream().readAllBytes(); // the alert, and then the end
        } catch (java.net.SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
    }

    /** The JDK's own TLS says {@code certificate_unknown}, whatever is wrong with it. */
    @Test
    void aClientWithACertificateOfAnUnknownAuthorityIsToldSo() throws IOException {
        edge = HttpEdge.https(TlsProvider.OPENSSL).serveHello(listener -> listener.tls(withClientCertificates()));
        X509Bundle stranger = Pki.issued(Pki.authority("unknown"), "stranger");

        for (String version : TestTls.VERSIONS) {
            // The JDK's client writes on behind its certificate: that may meet a connection that is closed already.
            await(() -> {
                assertThatThrownBy(
                                // with TLS 1.3 a client learns of it when it reads
                                () -> edge.handshaken(always(stranger), null, version)
                                        .getInputStream()
                                        .read())
                        .isInstanceOf(javax.net.ssl.SSLException.class)
                        .hasMessageContaining("unknown_ca");
                return true;
            });
        }
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "AUTO")
    void aTunnelGoesOnWhenItsServerEndsFirst(TlsProvider provider) throws Exception {
        CompletableFuture<Integer> received = new CompletableFuture<>();
        edge = HttpEdge.https(provider);
        TcpServer server = edge.closing(TcpServer.start(connection -> {
            HttpMessage.read(connection.getInputStream(), true, false);
            connection
                    .getOutputStream()
                    .write(HttpServer.raw(
                            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"));
            byte[] four = connection.getInputStream().readNBytes(4);
            connection.getOutputStream().write(four);
            connection.shutdownOutput();
            received.complete(connection.getInputStream().readAllBytes().length);
        }));
        edge.forwardTo(listener -> {}, server.port());

        HttpClientSocket client = edge.client();
        client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(101);
        client.send("ping");
        assertThat(client.in().readNBytes(4)).isEqualTo(HttpServer.raw("ping"));
        assertThat(client.in().read()).isEqualTo(-1);
        for (int i = 0; i < 200; i++) {
            client.send("x".repeat(10_000));
        }
        client.close();
        assertThat(received.get(20, TimeUnit.SECONDS)).isEqualTo(2_000_000);
        await(() -> server.open() == 0);
    }
}
