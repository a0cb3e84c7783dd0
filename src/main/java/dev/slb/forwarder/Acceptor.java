package dev.slb.forwarder;

import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.Frontend;
import dev.slb.forwarder.transport.Loop;
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
 * Gives each accepted connection to an event loop, in turn, with the one handler of its protocol. With one event loop
 * nothing is handed over between threads.
 */
final class Acceptor extends ChannelInboundHandlerAdapter {

    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);

    private static final ChannelFutureListener CLOSE_WHEN_NOT_REGISTERED = Acceptor::registered;

    private final List<Loop> loops;
    private int turn;
    private volatile Frontend frontend;

    Acceptor(List<Loop> loops) {
        this.loops = loops;
    }

    /** From now on connections are those of this listener. */
    void switchTo(Frontend next) {
        frontend = next;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) {
        SocketChannel channel = (SocketChannel) accepted;
        Loop loop = loops.get(turn);
        turn = turn + 1 == loops.size() ? 0 : turn + 1;
        channel.pipeline().addLast(frontend.newHandler(channel, loop, Endpoints.of(channel)));
        ChannelFuture registration = loop.eventLoop().register(channel);
        if (!registration.isSuccess()) {
            registration.addListener(CLOSE_WHEN_NOT_REGISTERED);
        }
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
