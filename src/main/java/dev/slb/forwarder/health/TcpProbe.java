package dev.slb.forwarder.health;

import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;

import java.net.InetSocketAddress;

/** A server that takes the connection is good; it is then reset without a byte (classic SLB). */
final class TcpProbe extends ConnectionProbe {

    TcpProbe(Transport transport, InetSocketAddress address) {
        super(transport, address);
    }

    @Override
    ChannelHandler newHandler(SocketChannel channel, Loop loop, Result result) {
        Transport.resetOnClose(channel);
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelActive(ChannelHandlerContext ctx) {
                result.success();
                ctx.close();
            }
        };
    }
}
