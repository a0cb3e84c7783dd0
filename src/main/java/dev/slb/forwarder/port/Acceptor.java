package dev.slb.forwarder.port;

import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.RingAcceptor;
import dev.slb.forwarder.transport.TcpConnection;
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

    private final Transport transport;
    private final Consumer<Throwable> failed;
    private int turn;
    private volatile Gate gate;

    /** @param failed is told when accepting has failed, most likely since there are no file descriptors left */
    Acceptor(Transport transport, Consumer<Throwable> failed) {
        this.transport = transport;
        this.failed = failed;
    }

    /** From now on connections are those of this listener; what the ring accepts is its taker's. */
    void switchTo(Gate next) {
        gate = next;
    }

    /** Has what the ring accepts, for one gate that takes connections. */
    final class RingTaker implements RingAcceptor.Taker {

        private final Gate ringGate;

        RingTaker(Gate ringGate) {
            this.ringGate = ringGate;
        }

        boolean isFor(Gate other) {
            return ringGate == other;
        }

        @Override
        public void begun() {
            ringGate.ringBegun();
        }

        @Override
        public Loop nextLoop() {
            return Acceptor.this.nextLoop();
        }

        @Override
        public void accepted(TcpConnection connection) {
            admit(ringGate, connection, Endpoints.of(connection));
        }

        @Override
        public void failed(Throwable cause) {
            failed.accept(cause);
        }

        @Override
        public void ended() {
            ringGate.ringEnded();
        }
    }

    private Loop nextLoop() {
        List<Loop> loops = transport.loops();
        Loop loop = loops.get(turn);
        turn = turn + 1 == loops.size() ? 0 : turn + 1;
        return loop;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) {
        SocketChannel channel = (SocketChannel) accepted;
        Loop loop = nextLoop();
        Gate to = gate;
        TcpConnection connection = to.takesConnections() ? transport.withoutChannel(loop, channel) : null;
        if (connection != null) {
            admit(to, connection, Endpoints.of(channel.remoteAddress(), channel.localAddress()));
        } else {
            admit(to, channel, loop);
        }
    }

    private static void admit(Gate gate, TcpConnection connection, Endpoints endpoints) {
        boolean admitted = false;
        try {
            admitted = gate.admit(connection, endpoints);
        } finally {
            if (!admitted) {
                connection.reset();
            }
        }
    }

    private static void admit(Gate gate, SocketChannel channel, Loop loop) {
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
