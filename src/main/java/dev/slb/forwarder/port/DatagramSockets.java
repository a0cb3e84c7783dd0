package dev.slb.forwarder.port;

import dev.slb.forwarder.l4.udp.EarlyFlows;
import dev.slb.forwarder.l4.udp.FlowLimit;
import dev.slb.forwarder.l4.udp.PortUse;
import dev.slb.forwarder.l4.udp.UdpChannel;
import dev.slb.forwarder.l4.udp.UdpFrontend;
import dev.slb.forwarder.l4.udp.UdpSocket;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The sockets of one UDP port: one on each event loop, the kernel giving each client to always the same one; a single one
 * where the transport can't do that.
 *
 * <p>A port of all addresses has as many again for each address that was asked, see {@link UdpSocket}: on every loop, so
 * that an address is not served by one loop alone.
 */
final class DatagramSockets implements PortSockets {

    private static final Logger LOG = LoggerFactory.getLogger(DatagramSockets.class);

    private final EventExecutor control;
    private final List<UdpSocket> sockets = new ArrayList<>();
    private final PortUse use = new PortUse();
    private final EarlyFlows early = new EarlyFlows();
    private final Transport transport;
    private final InetSocketAddress local;
    private final Map<InetAddress, AskedAddress> asked = new HashMap<>();
    /** Whose new flows are; null for nobody's. */
    private UdpFrontend frontend;
    /** Done when all sockets know. */
    private Future<Void> switched;

    private boolean closed;

    /** @param flows those of all its channels */
    private record AskedAddress(List<UdpChannel> channels, AtomicInteger flows) {}

    DatagramSockets(Transport transport, EventExecutor control, InetSocketAddress local, FlowLimit limit) {
        this.control = control;
        this.transport = transport;
        this.local = local;
        List<Loop> loops = transport.sharesDatagramPorts() ? transport.loops() : List.of(transport.nextLoop());
        try {
            loops.forEach(loop -> sockets.add(new UdpSocket(
                    transport, loop, local, limit, use, early, address -> control.execute(() -> ask(address)))));
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
        List<DatagramChannel> channels =
                sockets.stream().map(UdpSocket::channel).toList();
        try {
            if (sockets.size() > 1
                    || transport.namesAskedAddresses() && address.getAddress().isAnyLocalAddress()) {
                channels.get(0).config().setOption(UnixChannelOption.SO_REUSEPORT, true);
            }
        } catch (RuntimeException e) { // closed meanwhile
            bound.tryFailure(e);
            return;
        }
        bindInOrder(channels, 1, address, bound);
    }

    private void bindInOrder(List<DatagramChannel> channels, int from, InetSocketAddress to, Promise<Void> bound) {
        if (from == channels.size()) {
            bound.trySuccess(null);
            return;
        }
        DatagramChannel next = channels.get(from);
        try {
            next.config().setOption(UnixChannelOption.SO_REUSEPORT, true);
            next.bind(to)
                    .addListener(done -> control.execute(() -> {
                        if (done.isSuccess()) {
                            bindInOrder(channels, from + 1, to, bound);
                        } else {
                            bound.tryFailure(done.cause());
                        }
                    }));
        } catch (RuntimeException e) { // closed meanwhile
            bound.tryFailure(e);
        }
    }

    /** A client has asked this address of ours: sockets are made for it, unless there are as many as may be. */
    private void ask(InetAddress address) {
        if (asked.containsKey(address)) {
            return; // another loop has seen it, too
        }
        if (closed || !makeRoom()) {
            tell(address, null);
            return;
        }
        AskedAddress opening = new AskedAddress(new ArrayList<>(), new AtomicInteger());
        InetSocketAddress to = new InetSocketAddress(address, local.getPort());
        try {
            sockets.forEach(socket -> opening.channels().add(socket.newChannel(to, opening.flows())));
        } catch (RuntimeException e) { // no file descriptor is left, most likely
            opening.channels().forEach(UdpChannel::discard);
            tell(address, null);
            return;
        }
        asked.put(address, opening);
        PromiseCombiner registered = new PromiseCombiner(control);
        for (int i = 0; i < sockets.size(); i++) {
            registered.add(sockets.get(i)
                    .loop()
                    .eventLoop()
                    .register(opening.channels().get(i).channel()));
        }
        Promise<Void> bound = control.newPromise();
        Promise<Void> all = control.newPromise();
        registered.finish(all);
        all.addListener(done -> {
            if (done.isSuccess()) {
                bindInOrder(opening.channels().stream().map(UdpChannel::channel).toList(), 0, to, bound);
            } else {
                bound.setFailure(done.cause());
            }
        });
        bound.addListener(done -> {
            if (done.isSuccess()) {
                tell(address, opening);
            } else {
                LOG.debug("no socket for {}, which was asked", to, done.cause());
                asked.remove(address, opening);
                opening.channels().forEach(each -> each.channel().close());
                tell(address, null);
            }
        });
    }

    /** Whether there may be one address more: perhaps in place of one that nobody asks any more. */
    private boolean makeRoom() {
        if (asked.size() < UdpSocket.MAX_ASKED) {
            return true;
        }
        for (Iterator<AskedAddress> all = asked.values().iterator(); all.hasNext(); ) {
            AskedAddress each = all.next();
            if (each.flows().get() == 0) {
                all.remove();
                each.channels().forEach(channel -> channel.channel().close());
                return true;
            }
        }
        return false;
    }

    /** @param opened null: there is none */
    private void tell(InetAddress address, AskedAddress opened) {
        for (int i = 0; i < sockets.size(); i++) {
            sockets.get(i)
                    .opened(address, opened == null ? null : opened.channels().get(i));
        }
    }

    @Override
    public Future<?> open(Entrance entrance) {
        UdpFrontend next = (UdpFrontend) entrance.frontend();
        if (next != frontend) {
            frontend = next;
            PromiseCombiner all = new PromiseCombiner(control);
            sockets.forEach(socket -> all.add(socket.open(next)));
            Promise<Void> everywhere = control.newPromise();
            all.finish(everywhere);
            switched = everywhere;
        }
        return switched;
    }

    /** Flows run on: their answers go out over these sockets. */
    @Override
    public void retire(Runnable idle) {
        frontend = null;
        use.whenIdle(idle);
        sockets.forEach(UdpSocket::retire);
    }

    @Override
    public Future<?> close() {
        PromiseCombiner all = new PromiseCombiner(control);
        closed = true;
        sockets.forEach(socket -> all.add(socket.channel().close()));
        asked.values()
                .forEach(each -> each.channels()
                        .forEach(channel -> all.add(channel.channel().close())));
        Promise<Void> closed = control.newPromise();
        all.finish(closed);
        return closed;
    }
}
