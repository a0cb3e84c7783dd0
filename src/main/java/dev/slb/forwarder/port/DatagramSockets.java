package dev.slb.forwarder.port;

import dev.slb.forwarder.l4.udp.FlowLimit;
import dev.slb.forwarder.l4.udp.PortUse;
import dev.slb.forwarder.l4.udp.UdpFrontend;
import dev.slb.forwarder.l4.udp.UdpSocket;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets of one UDP port: one on each event loop, the kernel giving each client to always the same one; a single one
 * where the transport can't do that.
 */
final class DatagramSockets implements PortSockets {

    private final EventExecutor control;
    private final List<UdpSocket> sockets = new ArrayList<>();
    private final PortUse use = new PortUse();

    DatagramSockets(Transport transport, EventExecutor control, InetSocketAddress local, FlowLimit limit) {
        this.control = control;
        List<Loop> loops = transport.sharesDatagramPorts() ? transport.loops() : List.of(transport.nextLoop());
        try {
            loops.forEach(loop -> sockets.add(new UdpSocket(transport, loop, local, limit, use)));
        } catch (RuntimeException e) { // no file descriptor is left, most likely
            sockets.forEach(UdpSocket::discard);
            throw e;
        }
    }

    /**
     * The first socket is bound without sharing, so that a port that another process has, sharing or not, is found to be in
     * use; only then it is shared with the others.
     */
    @Override
    public Future<?> bind(InetSocketAddress address) {
        Promise<Void> bound = control.newPromise();
        PromiseCombiner registered = new PromiseCombiner(control);
        sockets.forEach(socket -> registered.add(socket.loop().eventLoop().register(socket.channel())));
        Promise<Void> all = control.newPromise();
        registered.finish(all);
        all.addListener(done -> {
            if (done.isSuccess()) {
                sockets.get(0).channel().bind(address).addListener((ChannelFuture first) -> {
                    if (first.isSuccess()) {
                        control.execute(() -> bindOthers(address, bound));
                    } else {
                        bound.setFailure(first.cause());
                    }
                });
            } else {
                bound.setFailure(done.cause());
            }
        });
        return bound;
    }

    private void bindOthers(InetSocketAddress address, Promise<Void> bound) {
        PromiseCombiner others = new PromiseCombiner(control);
        try {
            if (sockets.size() > 1) {
                sockets.get(0).channel().config().setOption(UnixChannelOption.SO_REUSEPORT, true);
            }
            for (UdpSocket socket : sockets.subList(1, sockets.size())) {
                socket.channel().config().setOption(UnixChannelOption.SO_REUSEPORT, true);
                others.add(socket.channel().bind(address));
            }
            others.finish(bound);
        } catch (RuntimeException e) { // closed meanwhile
            bound.tryFailure(e);
        }
    }

    @Override
    public void open(Entrance entrance) {
        sockets.forEach(socket -> socket.open((UdpFrontend) entrance.frontend()));
    }

    /** Flows run on: their answers go out over these sockets. */
    @Override
    public void retire(Runnable idle) {
        use.whenIdle(idle);
        sockets.forEach(UdpSocket::retire);
    }

    @Override
    public Future<?> close() {
        PromiseCombiner all = new PromiseCombiner(control);
        sockets.forEach(socket -> all.add(socket.channel().close()));
        Promise<Void> closed = control.newPromise();
        all.finish(closed);
        return closed;
    }
}
