package dev.slb.forwarder.proxy;

import dev.slb.forwarder.table.Endpoints;
import dev.slb.plan.ProxyProtocolPlan;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;

import java.net.InetSocketAddress;

/**
 * Stands first in the pipeline of a connection to a server, before its encryption too: sends the header before anything
 * else, and goes.
 */
public final class ProxyHeaderSender extends ChannelDuplexHandler {

    private final ProxyProtocolPlan.Version version;
    private final Endpoints endpoints;

    /** @param version not {@code NONE} */
    public ProxyHeaderSender(ProxyProtocolPlan.Version version, Endpoints endpoints) {
        this.version = version;
        this.endpoints = endpoints;
    }

    /**
     * For a connection that is made for no client: a check. Version 1 names the ends of the connection itself: it has no other
     * way to say so that servers must take.
     */
    public static ProxyHeaderSender ofNobody(ProxyProtocolPlan.Version version) {
        return new ProxyHeaderSender(version, null);
    }

    /** A server may speak first, and wait for the header before that. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        send(ctx);
        ctx.flush();
        ctx.fireChannelActive();
    }

    /** Whoever connected may hear of it before the pipeline does. */
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        try {
            send(ctx);
        } catch (RuntimeException | Error e) { // no memory, most likely
            ReferenceCountUtil.release(message);
            throw e;
        }
        ctx.write(message, promise);
    }

    private void send(ChannelHandlerContext ctx) {
        if (!ctx.isRemoved()) {
            Endpoints named = endpoints != null || version == ProxyProtocolPlan.Version.V2 ? endpoints : ends(ctx);
            ctx.write(ProxyHeader.ofConnection(ctx.alloc(), version, named), ctx.voidPromise());
            ctx.pipeline().remove(this);
        }
    }

    /** Null when it has been closed meanwhile. */
    private static Endpoints ends(ChannelHandlerContext ctx) {
        InetSocketAddress local = (InetSocketAddress) ctx.channel().localAddress();
        InetSocketAddress remote = (InetSocketAddress) ctx.channel().remoteAddress();
        return local == null || remote == null ? null : Endpoints.of(local, remote);
    }
}
