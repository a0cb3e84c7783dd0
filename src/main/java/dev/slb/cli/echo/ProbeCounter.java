package dev.slb.cli.echo;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Counts connections that ended without a byte. */
final class ProbeCounter extends ChannelInboundHandlerAdapter {

    private final EchoServer server;
    private boolean silent = true;

    ProbeCounter(EchoServer server) {
        this.server = server;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        silent = false;
        ctx.fireChannelRead(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (silent && server.state() != EchoState.REFUSE) {
            server.tcpProbes.increment();
        }
        ctx.fireChannelInactive();
    }
}
