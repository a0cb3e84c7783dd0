package dev.slb.forwarder.port;

import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.RingAcceptor;
import dev.slb.forwarder.transport.Transport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseNotifier;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * One listening TCP socket, whose connections go to all event loops in turn: as channels, or without, where the listener and
 * the transport know how.
 */
final class StreamSockets implements PortSockets {

    private final Transport transport;
    private final Loop loop;
    private final Acceptor acceptor;
    private final ServerChannel channel;
    /** Null before it is bound, and where the transport has none. */
    private RingAcceptor ring;
    /** For whom the ring accepts; null when the channel does. */
    private volatile Acceptor.RingTaker ringTaker;
    /** Done when the latest change of the ring's taker is. */
    private Future<Void> switched;

    /** @param address that it will be bound to */
    StreamSockets(Transport transport, InetSocketAddress address) {
        this.transport = transport;
        this.loop = transport.nextLoop();
        this.switched = loop.eventLoop().newSucceededFuture(null);
        this.acceptor = new Acceptor(transport, this::failed);
        this.channel = transport.newServerChannel(address);
        channel.config().setAutoRead(false);
        channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
        channel.pipeline().addLast(acceptor);
    }

    @Override
    public Future<?> bind(InetSocketAddress address) {
        Promise<Void> bound = loop.eventLoop().newPromise();
        loop.eventLoop().register(channel).addListener((ChannelFuture registered) -> {
            if (registered.isSuccess()) {
                channel.bind(address).addListener((ChannelFuture done) -> bindDone(bound, done));
            } else {
                bound.setFailure(registered.cause());
            }
        });
        return bound;
    }

    private void bindDone(Promise<Void> bound, ChannelFuture done) {
        if (!done.isSuccess()) {
            bound.setFailure(done.cause());
            return;
        }
        try {
            if (transport.acceptsByRing()) {
                ring = transport.newRingAcceptor(loop, channel);
            }
            bound.setSuccess(null);
        } catch (IOException e) {
            bound.setFailure(e);
        }
    }

    @Override
    public Future<?> open(Entrance entrance) {
        Gate gate = entrance.gate();
        acceptor.switchTo(gate);
        Acceptor.RingTaker before = ringTaker;
        if (ring == null || !gate.takesConnections()) {
            ringTaker = null;
        } else if (before == null || !before.isFor(gate)) {
            ringTaker = acceptor.new RingTaker(gate);
        }
        if (ring != null && ringTaker != before) {
            Promise<Void> next = loop.eventLoop().newPromise();
            switched = next;
            loop.eventLoop().execute(() -> accept().addListener(new PromiseNotifier<>(next)));
        } else {
            loop.eventLoop().execute(this::accept);
        }
        return switched;
    }

    /** On the loop. The future tells when what the ring accepts is no longer that of the taker before. */
    private Future<Void> accept() {
        RingAcceptor.Taker taker = ringTaker;
        if (taker != null) {
            channel.config().setAutoRead(false);
            return ring.open(taker);
        }
        channel.config().setAutoRead(true);
        return ring == null ? loop.eventLoop().newSucceededFuture(null) : ring.pause();
    }

    /** Retrying at once would only burn time. */
    private void failed(Throwable cause) {
        transport.faults().endsBy(cause);
        transport.shortages().warn("can't accept on {}: {}; trying again in a second", channel.localAddress(), cause);
        channel.config().setAutoRead(false);
        if (ring != null) {
            ring.pause();
        }
        loop.eventLoop().schedule(this::accept, 1, TimeUnit.SECONDS);
    }

    /** Connections that were accepted do not need it. */
    @Override
    public void retire(Runnable idle) {
        idle.run();
    }

    @Override
    public Future<?> close() {
        if (ring == null) {
            return channel.close();
        }
        Promise<Void> closed = loop.eventLoop().newPromise();
        ring.shutdown().addListener(stopped -> channel.close().addListener(new PromiseNotifier<>(closed)));
        return closed;
    }
}
