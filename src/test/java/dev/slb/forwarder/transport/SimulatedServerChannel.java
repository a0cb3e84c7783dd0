package dev.slb.forwarder.transport;

import dev.slb.simulation.SimulatedLoop;
import dev.slb.simulation.SimulatedSocket;
import io.netty.channel.AbstractServerChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;

/** A port that listens: connections wait in its backlog until it reads. */
final class SimulatedServerChannel extends AbstractServerChannel {

    private static final int MOST_AT_ONCE = 16;

    private final SimulatedTransport transport;
    private final ChannelConfig config = new DefaultChannelConfig(this) {
        @Override
        protected void autoReadCleared() {
            readPending = false;
        }
    };
    private final Queue<SimulatedSocket> backlog = new ArrayDeque<>();
    private InetSocketAddress local;
    private boolean open = true;
    private boolean readPending;

    SimulatedServerChannel(SimulatedTransport transport) {
        this.transport = transport;
    }

    @Override
    protected void doBind(SocketAddress address) throws BindException {
        InetSocketAddress wanted = (InetSocketAddress) address;
        if (!transport.network().listen(wanted, this::connected)) {
            throw new BindException("Address already in use");
        }
        local = wanted;
    }

    private void connected(SimulatedSocket client) {
        if (!open) {
            client.reset();
            return;
        }
        backlog.add(client);
        ((SimulatedLoop) eventLoop()).io(this::acceptWaiting);
    }

    private void acceptWaiting() {
        for (int i = 0; open && (readPending || config.isAutoRead()) && !backlog.isEmpty(); i++) {
            if (i == MOST_AT_ONCE) {
                ((SimulatedLoop) eventLoop()).io(this::acceptWaiting);
                break;
            }
            readPending = false;
            IOException failure = transport.descriptorShortage();
            if (failure != null) {
                pipeline().fireChannelReadComplete();
                pipeline().fireExceptionCaught(failure);
                return;
            }
            pipeline().fireChannelRead(transport.newAccepted(backlog.poll()));
        }
        pipeline().fireChannelReadComplete();
    }

    @Override
    protected void doBeginRead() {
        readPending = true;
        if (!backlog.isEmpty()) {
            ((SimulatedLoop) eventLoop()).io(this::acceptWaiting);
        }
    }

    @Override
    protected void doClose() {
        open = false;
        if (local != null) {
            transport.network().stopListening(local);
        }
        backlog.forEach(SimulatedSocket::reset);
        backlog.clear();
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        promise.setSuccess();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop instanceof SimulatedLoop;
    }

    @Override
    protected SocketAddress localAddress0() {
        return local;
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open && local != null;
    }
}
