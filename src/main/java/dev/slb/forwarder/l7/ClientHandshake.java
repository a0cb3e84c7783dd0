package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.HttpSockets;
import dev.slb.forwarder.l7.exchange.Wire;
import dev.slb.forwarder.l7.http1.ClientConnection;
import dev.slb.forwarder.l7.http2.Http2ClientConnection;
import dev.slb.forwarder.l7.route.HttpRuntime;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Tracked;
import dev.slb.forwarder.tls.FrontendTls;
import dev.slb.forwarder.tls.Handshake;
import dev.slb.forwarder.tls.HandshakeFailure;
import dev.slb.forwarder.tls.TlsSession;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A client's connection over TLS until its handshake is done: then the handler of what was agreed on takes its place. */
final class ClientHandshake extends Handshake implements Tracked {

    private static final Logger LOG = LoggerFactory.getLogger(ClientHandshake.class);

    private final HttpRuntime listener;
    private final ListenerRuntime runtime;
    private final SocketChannel channel;
    private final HttpLoop http;
    private final Endpoints endpoints;
    private int registryIndex = -1;

    ClientHandshake(HttpRuntime listener, SocketChannel channel, HttpLoop http, Endpoints endpoints) {
        super(http.loop(), listener.table().handshakeMillis());
        this.listener = listener;
        this.runtime = listener.runtime();
        this.channel = channel;
        this.http = http;
        this.endpoints = endpoints;
        HttpSockets.client(channel, http.loop());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        super.handlerAdded(ctx);
        try {
            ctx.pipeline()
                    .addBefore(
                            ctx.name(),
                            null,
                            FrontendTls.newHandler(
                                    () -> listener.table().tls(), http.loop().time(), ctx.alloc()));
        } catch (RuntimeException e) { // the listener has just ended, most likely
            ctx.channel().close();
            throw e;
        }
    }

    @Override
    public void limitBandwidth() {
        runtime.limits().shape(channel);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        runtime.countAccepted();
        runtime.connections(http.loop()).add(this);
    }

    @Override
    protected void secured(ChannelHandlerContext ctx, TlsSession session) {
        runtime.connections(http.loop()).remove(this);
        ChannelInboundHandler next = newHandler(session);
        ctx.pipeline().replace(this, null, next);
        ctx.fireChannelActive(); // to the one in its place
    }

    private ChannelInboundHandler newHandler(TlsSession session) {
        Wire wire = Wire.secure(channel, session);
        return ApplicationProtocolNames.HTTP_2.equals(session.applicationProtocol())
                ? Http2ClientConnection.create(listener, channel, http, endpoints, wire)
                : new ClientConnection(listener, channel, http, endpoints, wire);
    }

    @Override
    protected void failed(ChannelHandlerContext ctx, HandshakeFailure why, Throwable cause) {
        LOG.debug("no TLS with {}: {}", endpoints, why, cause);
        runtime.countRefusal(why.reason());
        channel.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        super.channelInactive(ctx);
        if (registryIndex >= 0) {
            runtime.connections(http.loop()).remove(this);
            runtime.countClosed();
        }
    }

    @Override
    public int registryIndex() {
        return registryIndex;
    }

    @Override
    public void registryIndex(int index) {
        registryIndex = index;
    }

    /** What has begun may go on: the first answer says that the connection closes. */
    @Override
    public void drain() {}

    @Override
    public void end(End how) {
        channel.close();
    }
}
