package dev.slb.forwarder;

import dev.slb.forwarder.transport.Transport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import java.net.InetSocketAddress;

/** One listening TCP socket, whose connections go to all event loops in turn. */
final class StreamSockets implements PortSockets {

    private final Transport transport;
    private final Acceptor acceptor;
    private final ServerChannel channel;

    /** @param address that it will be bound to */
    StreamSockets(Transport transport, InetSocketAddress address) {
        this.transport = transport;
        this.acceptor = new Acceptor(transport.loops());
        this.channel = transport.newServerChannel(address);
        channel.config().setAutoRead(false);
        channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
        channel.pipeline().addLast(acceptor);
    }

    @Override
    public Future<?> bind(InetSocketAddress address) {
        ChannelFuture registration = transport.nextLoop().eventLoop().register(channel);
        Promise<Void> bound = registration.channel().eventLoop().newPromise();
        registration.addListener((ChannelFuture registered) -> {
            if (registered.isSuccess()) {
                channel.bind(address).addListener((ChannelFuture done) -> settle(bound, done));
            } else {
                settle(bound, registered);
            }
        });
        return bound;
    }

    private static void settle(Promise<Void> promise, ChannelFuture done) {
        if (done.isSuccess()) {
            promise.setSuccess(null);
        } else {
            promise.setFailure(done.cause());
        }
    }

    @Override
    public void open(ListenerService listener) {
        acceptor.switchTo(listener.gate());
        channel.config().setAutoRead(true);
    }

    /** Connections that were accepted do not need it. */
    @Override
    public void retire(Runnable idle) {
        idle.run();
    }

    @Override
    public Future<?> close() {
        return channel.close();
    }
}
