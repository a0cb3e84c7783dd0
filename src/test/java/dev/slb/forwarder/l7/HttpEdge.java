package dev.slb.forwarder.l7;

import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpServer;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Pki;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.TcpServer;

import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A forwarder with one HTTP or HTTPS listener, and the servers and clients of a test. */
public final class HttpEdge implements AutoCloseable {

    private final Opened opened = new Opened();
    private final RunningForwarder forwarder;
    private final int port = Loopback.freePort();
    private boolean https;
    private boolean http2;
    private ListenerPlan listener;

    private HttpEdge(TransportKind transport, Supplier<RunningForwarder> starting) {
        assumeTrue(Transport.isAvailable(transport), () -> transport + " does not work here");
        forwarder = opened.add(starting.get());
    }

    public static HttpEdge start(TransportKind transport) {
        return start(transport, 2);
    }

    public static HttpEdge start(TransportKind transport, int eventLoops) {
        return new HttpEdge(transport, () -> RunningForwarder.start(transport, eventLoops));
    }

    /** One whose forwarder speaks TLS to servers by this provider. */
    public static HttpEdge start(TlsProvider provider) {
        TestTls.assumeAvailable(provider);
        return new HttpEdge(TransportKind.AUTO, () -> RunningForwarder.start(TransportKind.AUTO, provider));
    }

    /** One whose forwarder writes the access log to this file. */
    public static HttpEdge start(TransportKind transport, Path accessLog) {
        return new HttpEdge(transport, () -> RunningForwarder.start(transport, accessLog));
    }

    /** With an HTTPS listener, whose TLS, and that to servers, is by this provider. */
    public static HttpEdge https(TransportKind transport, TlsProvider provider) {
        TestTls.assumeAvailable(provider);
        HttpEdge edge = new HttpEdge(transport, () -> RunningForwarder.start(transport, provider));
        edge.https = true;
        return edge;
    }

    public static HttpEdge https(TlsProvider provider) {
        return https(TransportKind.AUTO, provider);
    }

    /** With an HTTPS listener that offers HTTP/2. */
    public static HttpEdge http2(TransportKind transport) {
        return start(transport).http2();
    }

    /** Its listener is an HTTPS one that offers HTTP/2. */
    public HttpEdge http2() {
        https = true;
        http2 = true;
        return this;
    }

    /** The same, with an access log in this file. */
    public static HttpEdge http2(TransportKind transport, Path accessLog) {
        return start(transport, accessLog).http2();
    }

    public HttpServer server(HttpServer.Answer answer) {
        return closing(HttpServer.start(answer));
    }

    public HttpServer server(String name) {
        return closing(HttpServer.named(name));
    }

    public TcpServer tcpServer(TcpServer.Behaviour behaviour) {
        return closing(TcpServer.start(behaviour));
    }

    public <T extends AutoCloseable> T closing(T resource) {
        return opened.add(resource);
    }

    /** Serves a listener that forwards to servers of equal weight at these ports. */
    public HttpEdge forwardTo(int... serverPorts) {
        return forwardTo(listener -> {}, serverPorts);
    }

    public HttpEdge forwardTo(Consumer<ListenerPlanBuilder> options, int... serverPorts) {
        forwarder.serve(group("web", serverPorts));
        return serve(options);
    }

    /** Serves a listener whose server answers every request with "hello". */
    public HttpEdge serveHello(Consumer<ListenerPlanBuilder> options) {
        return forwardTo(options, server(request -> HttpServer.ok("hello")).port());
    }

    public HttpEdge serveHello() {
        return serveHello(listener -> {});
    }

    /** Serves this version of the listener. */
    public HttpEdge serve(Consumer<ListenerPlanBuilder> options) {
        listener = listener(options);
        forwarder.serve(listener);
        return this;
    }

    /** The listener, with the default certificate unless the options say otherwise; nothing serves it yet. */
    public ListenerPlan listener(Consumer<ListenerPlanBuilder> options) {
        ListenerPlanBuilder builder = https
                ? ListenerPlanBuilder.https("web", port).tls(TestTls.plan(TestTls.DEFAULT))
                : ListenerPlanBuilder.http("web", port);
        if (http2) {
            builder.http2();
        }
        options.accept(builder);
        return builder.build();
    }

    public static GroupPlan group(String name, int... serverPorts) {
        GroupPlanBuilder group = GroupPlanBuilder.group(name);
        for (int i = 0; i < serverPorts.length; i++) {
            group.server(name + i, serverPorts[i], 100);
        }
        return group.build();
    }

    /** A connection to the listener, over TLS if it speaks that. */
    public HttpClientSocket client() throws IOException {
        return https ? client("default.test") : closing(HttpClientSocket.connect(port));
    }

    /** A connection over TLS that has named this host, its handshake done. */
    public HttpClientSocket client(String host) throws IOException {
        return HttpClientSocket.on(handshaken(Pki.trusting(TestTls.AUTHORITY), host));
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

    /** A connection of HTTP/2 to the listener. */
    public Http2Socket http2Client() throws IOException {
        return closing(Http2Socket.connect(port));
    }

    public RunningForwarder forwarder() {
        return forwarder;
    }

    public ListenerPlan listener() {
        return listener;
    }

    public int port() {
        return port;
    }

    @Override
    public void close() throws Exception {
        opened.close();
    }
}
