package dev.slb.forwarder;

import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.RingAcceptor;
import dev.slb.forwarder.transport.RingConnection;
import dev.slb.forwarder.transport.Transport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;

import java.util.List;
import java.util.function.Consumer;

/**
 * Gives each accepted connection that its listener's {@link Gate} lets in to an event loop, in turn. With one event loop
 * nothing is handed over between threads.
 */
final class Acceptor extends ChannelInboundHandlerAdapter {

    private static final ChannelFutureListener CLOSE_WHEN_NOT_REGISTERED = Acceptor::registered;

    private final List<Loop> loops;
    private final Consumer<Throwable> failed;
    private int turn;
    private volatile Gate gate;

    /** @param failed is told when accepting has failed, most likely since there are no file descriptors left */
    Acceptor(List<Loop> loops, Consumer<Throwable> failed) {
        this.loops = loops;
        this.failed = failed;
    }

    /** From now on connections are those of this listener. */
    void switchTo(Gate next) {
        gate = next;
    }

    /** Has connections of the ring, for a gate that takes them. */
    RingAcceptor.Taker ringTaker(Gate ringGate) {
        return new RingAcceptor.Taker() {
            @Override
            public void begun() {
                ringGate.ringBegun();
            }

            @Override
            public void accepted(int fd) {
                RingConnection connection = RingConnection.accepted(nextLoop(), fd);
                boolean admitted = false;
                try {
                    admitted = ringGate.admit(connection);
                } finally {
                    if (!admitted) {
                        connection.reset();
                    }
                }
            }

            @Override
            public void failed(Throwable cause) {
                failed.accept(cause);
            }

            @Override
            public void ended() {
                ringGate.ringEnded();
            }
        };
    }

    private Loop nextLoop() {
        Loop loop = loops.get(turn);
        turn = turn + 1 == loops.size() ? 0 : turn + 1;
        return loop;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) {
        SocketChannel channel = (SocketChannel) accepted;
        Loop loop = nextLoop();
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

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failed.accept(cause);
    }
}
