package dev.slb.forwarder.health;

import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.SocketChannel;

import java.net.InetSocketAddress;

/** A check that makes a connection: what is done on it, handlers say. */
abstract class ConnectionProbe implements Probe {

    /** What is told of an answer that traffic would not take either. */
    static final String NO_ANSWER = "not an HTTP answer";

    /** The same of what comes ahead of one. */
    static final String TOO_MANY_INTERIMS = "too many interim answers";

    private final Transport transport;
    private final InetSocketAddress address;

    ConnectionProbe(Transport transport, InetSocketAddress address) {
        this.transport = transport;
        this.address = address;
    }

    /**
     * The last handler of one check's connection, which may add others before it: reports a result, and closes the
     * connection when it needs it no longer. A connection that is closed before there was a result is a failure.
     */
    abstract ChannelHandler newHandler(SocketChannel channel, Loop loop, Result result);

    /** Why a check failed, for people. */
    final String text(Throwable cause) {
        transport.faults().endsBy(cause);
        return FailureTexts.text(cause);
    }

    @Override
    public final Attempt start(Loop loop, Result result) {
        return new Connection(loop, result);
    }

    private final class Connection implements Attempt, ChannelFutureListener {

        private final SocketChannel channel;
        private final Result result;

        Connection(Loop loop, Result result) {
            this.result = result;
            channel = transport.newSocketChannel(address);
            channel.config().setConnectTimeoutMillis(0); // the prober's deadline covers it
            channel.pipeline().addLast(newHandler(channel, loop, result));
            loop.eventLoop().register(channel);
            channel.closeFuture().addListener(this);
            channel.connect(address).addListener(this);
        }

        @Override
        public void operationComplete(ChannelFuture connectedOrClosed) {
            if (!connectedOrClosed.isSuccess()) {
                result.failure(text(connectedOrClosed.cause()));
                channel.close();
            } else if (!channel.isOpen()) {
                result.closed();
            }
        }

        @Override
        public void abort() {
            Transport.resetOnClose(channel);
            channel.close();
        }
    }
}
