package dev.slb.cli.echo;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;

import java.nio.charset.StandardCharsets;

/** Answers each datagram with the server's name on a line of its own and what came; with an error or not at all when it is to fail. */
final class DatagramEcho extends SimpleChannelInboundHandler<DatagramPacket> {

    private static final int MAX_DATAGRAM = 65_507;

    private final EchoServer server;

    DatagramEcho(EchoServer server) {
        this.server = server;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
        if (server.state() == EchoState.HANG) {
            return;
        }
        server.datagrams.increment();
        String head = server.state() == EchoState.ERROR ? server.name() + " error\n" : server.name() + "\n";
        byte[] name = head.getBytes(StandardCharsets.UTF_8);
        ByteBuf content = packet.content();
        int fits = Math.min(content.readableBytes(), MAX_DATAGRAM - name.length);
        ByteBuf answer = ctx.alloc().buffer(name.length + fits).writeBytes(name).writeBytes(content, fits);
        ctx.writeAndFlush(new DatagramPacket(answer, packet.sender()));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A client that is gone, as the network says: nothing to be done about it.
    }
}
