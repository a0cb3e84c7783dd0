package dev.slb.forwarder.l7;

import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.TlsPlan;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Pki;
import dev.slb.testing.RunningForwarder;
import io.netty.handler.ssl.OpenSsl;
import io.netty.pkitesting.X509Bundle;

import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A forwarder with one HTTPS listener, and the servers and clients of a test, which trust {@link #AUTHORITY}. */
public final class TlsEdge implements AutoCloseable {

    public static final X509Bundle AUTHORITY = Pki.authority("test authority");
    public static final X509Bundle DEFAULT = Pki.issued(AUTHORITY, "default.test", Loopback.ADDRESS);

    public static final List<String> VERSIONS = List.of("TLSv1.2", "TLSv1.3");
    public static final List<String> SUITES = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA");

    private final Opened opened = new Opened();
    private final RunningForwarder forwarder;
    private final int port = Loopback.freePort();

    private TlsEdge(TransportKind transport, TlsProvider provider) {
        assumeTrue(Transport.isAvailable(transport), () -> transport + " does not work here");
        assumeAvailable(provider);
        forwarder = opened.add(RunningForwarder.start(transport, provider));
    }

    public static void assumeAvailable(TlsProvider provider) {
        assumeTrue(provider != TlsProvider.OPENSSL || OpenSsl.isAvailable(), "BoringSSL does not work here");
    }

    public static TlsEdge start(TransportKind transport, TlsProvider provider) {
        return new TlsEdge(transport, provider);
    }

    public static TlsEdge start(TlsProvider provider) {
        return start(TransportKind.AUTO, provider);
    }

    public static TlsPlan plan(X509Bundle certificate, TlsPlan.Sni... sni) {
        return new TlsPlan(Pki.plan(certificate), List.of(sni), null, VERSIONS, SUITES);
    }

    public static TlsPlan.Sni sni(String host, X509Bundle certificate) {
        return new TlsPlan.Sni(host, Pki.plan(certificate));
    }

    public <T extends AutoCloseable> T closing(T resource) {
        return opened.add(resource);
    }

    public HttpServer server(HttpServer.Answer answer) {
        return closing(HttpServer.start(answer));
    }

    /** Serves a listener with the default certificate, whose server answers every request with "hello". */
    public TlsEdge serve() {
        return serve(listener -> {});
    }

    /** Serves a listener whose server answers every request with "hello". */
    public TlsEdge serve(Consumer<ListenerPlanBuilder> options) {
        return forwardTo(options, server(request -> HttpServer.ok("hello")).port());
    }

    public TlsEdge forwardTo(Consumer<ListenerPlanBuilder> options, int... serverPorts) {
        forwarder.serve(HttpEdge.group("web", serverPorts), listener(options));
        return this;
    }

    /** The listener, with the default certificate unless the options say otherwise. */
    public ListenerPlan listener(Consumer<ListenerPlanBuilder> options) {
        ListenerPlanBuilder builder = ListenerPlanBuilder.https("web", port).tls(plan(DEFAULT));
        options.accept(builder);
        return builder.build();
    }

    /** A connection that has named this host, its handshake done. */
    public HttpClientSocket client(String host) throws IOException {
        return HttpClientSocket.on(handshaken(Pki.trusting(AUTHORITY), host));
    }

    public HttpClientSocket client() throws IOException {
        return client("default.test");
    }

    /** @param host null: none is named */
    public SSLSocket handshaken(SSLContext context, String host, String... protocols) throws IOException {
        SSLSocket socket = socket(context, host, protocols);
        socket.startHandshake();
        return socket;
    }

    public SSLSocket socket(SSLContext context, String host, String... protocols) throws IOException {
        SSLSocket socket = closing((SSLSocket)
                context.getSocketFactory().createSocket(Loopback.connect(port), Loopback.ADDRESS, port, true));
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(host == null ? List.of() : List.of(new SNIHostName(host)));
        if (protocols.length > 0) {
            parameters.setProtocols(protocols);
        }
        socket.setSSLParameters(parameters);
        return socket;
    }

    public RunningForwarder forwarder() {
        return forwarder;
    }

    public int port() {
        return port;
    }

    @Override
    public void close() throws Exception {
        opened.close();
    }
}
