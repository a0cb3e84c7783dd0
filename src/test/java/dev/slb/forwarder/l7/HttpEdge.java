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
import io.netty.pkitesting.X509Bundle;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Supplier;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A forwarder with one HTTP listener, and the servers and clients of a test. */
public final class HttpEdge implements AutoCloseable {

    private static final X509Bundle CERTIFICATE = Pki.issued(TlsEdge.AUTHORITY, "shop", "localhost");

    private final Opened opened = new Opened();
    private final RunningForwarder forwarder;
    private final int port = Loopback.freePort();
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
        TlsEdge.assumeAvailable(provider);
        return new HttpEdge(TransportKind.AUTO, () -> RunningForwarder.start(TransportKind.AUTO, provider));
    }

    /** One whose forwarder writes the access log to this file. */
    public static HttpEdge start(TransportKind transport, Path accessLog) {
        return new HttpEdge(transport, () -> RunningForwarder.start(transport, accessLog));
    }

    /** With an HTTPS listener that offers HTTP/2. */
    public static HttpEdge http2(TransportKind transport) {
        return start(transport).http2();
    }

    /** Its listener is an HTTPS one that offers HTTP/2. */
    public HttpEdge http2() {
        http2 = true;
        return this;
    }

    /** The same, with an access log in this file. */
    public static HttpEdge http2(TransportKind transport, Path accessLog) {
        HttpEdge edge = start(transport, accessLog);
        edge.http2 = true;
        return edge;
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

    /** Serves this version of the listener. */
    public HttpEdge serve(Consumer<ListenerPlanBuilder> options) {
        ListenerPlanBuilder builder = http2
                ? ListenerPlanBuilder.https("web", port)
                        .tls(TlsEdge.plan(CERTIFICATE))
                        .http2()
                : ListenerPlanBuilder.http("web", port);
        options.accept(builder);
        listener = builder.build();
        forwarder.serve(listener);
        return this;
    }

    public static GroupPlan group(String name, int... serverPorts) {
        GroupPlanBuilder group = GroupPlanBuilder.group(name);
        for (int i = 0; i < serverPorts.length; i++) {
            group.server(name + i, serverPorts[i], 100);
        }
        return group.build();
    }

    /** A connection to the listener. */
    public HttpClientSocket client() throws IOException {
        return closing(HttpClientSocket.connect(port));
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
