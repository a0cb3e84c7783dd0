package dev.slb.forwarder;

import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Gives each accepted connection that its listener's {@link Gate} lets in to an event loop, in turn. With one event loop
 * nothing is handed over between threads.
 */
final class Acceptor extends ChannelInboundHandlerAdapter {

    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);

    private static final ChannelFutureListener CLOSE_WHEN_NOT_REGISTERED = Acceptor::registered;

    private final List<Loop> loops;
    private int turn;
    private volatile Gate gate;

    Acceptor(List<Loop> loops) {
        this.loops = loops;
    }

    /** From now on connections are those of this listener. */
    void switchTo(Gate next) {
        gate = next;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) {
        SocketChannel channel = (SocketChannel) accepted;
        Loop loop = loops.get(turn);
        turn = turn + 1 == loops.size() ? 0 : turn + 1;
        if (!gate.admit(channel, loop)) {
            reset(channel);
            return;
        }
        ChannelFuture registration = loop.eventLoop().register(channel);
        if (!registration.isSuccess()) {
            registration.addListener(CLOSE_WHEN_NOT_REGISTERED);
        }
    }

    /** With an RST: the connection never had a loop. */
    private static void reset(SocketChannel channel) {
        Transport.resetOnClose(channel);
        channel.unsafe().closeForcibly();
    }

    private static void registered(ChannelFuture registration) {
        if (!registration.isSuccess()) {
            registration.channel().unsafe().closeForcibly();
        }
    }

    /** Accepting failed, most likely since there are no file descriptors left: retrying at once would only burn time. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.warn(
                "can't accept on {}: {}; trying again in a second",
                ctx.channel().localAddress(),
                cause.toString());
        if (ctx.channel().config().isAutoRead()) {
            ctx.channel().config().setAutoRead(false);
            ctx.channel().eventLoop().schedule(() -> ctx.channel().config().setAutoRead(true), 1, TimeUnit.SECONDS);
        }
    }
}
