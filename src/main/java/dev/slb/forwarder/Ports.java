package dev.slb.forwarder;

import dev.slb.forwarder.transport.Addresses;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.EventExecutor;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The ports that are bound. A port changes hands between listeners without being closed, so that one listener can
 * replace another on it, or two can swap. Owned by the control thread.
 */
final class Ports {

    /** Who a port is for. */
    interface Owner {

        String name();

        /** Whether its latest version is for this port. */
        boolean wants(int port);

        /** Whether it could serve on this port at once. */
        boolean waitsFor(int port);

        /** The port is its own now; nothing is accepted before {@link BoundPort#open}. */
        void bound(BoundPort port);

        /** @param retry whether trying again later may help, without anybody telling */
        void refused(String message, boolean retry);

        /** Another owner has taken the port over. */
        void lost(BoundPort port);
    }

    private final Transport transport;
    private final EventExecutor control;
    private final String bindAddress;
    private final Iterable<? extends Owner> owners;
    private final Map<Integer, BoundPort> ports = new HashMap<>();

    Ports(Transport transport, EventExecutor control, String bindAddress, Iterable<? extends Owner> owners) {
        this.transport = transport;
        this.control = control;
        this.bindAddress = bindAddress;
        this.owners = owners;
    }

    /** Ends in {@link Owner#bound} or {@link Owner#refused}, maybe at once. */
    void acquire(Owner owner, int number) {
        BoundPort port = ports.get(number);
        if (port == null) {
            ports.put(number, new BoundPort(number, owner));
        } else if (port.owner == null) {
            port.owner = owner; // being closed: bound again when that is done
        } else if (port.owner != owner) {
            if (port.owner.wants(number)) {
                owner.refused("port " + number + " is in use by " + port.owner.name(), false);
            } else {
                Owner previous = port.owner;
                port.owner = owner;
                previous.lost(port);
                port.tellWhenBound();
            }
        }
    }

    /** Closes all ports; the futures tell when they are closed. */
    List<ChannelFuture> close() {
        return ports.values().stream().map(port -> port.channel.close()).toList();
    }

    private void offer(int number) {
        for (Owner owner : owners) {
            if (!ports.containsKey(number) && owner.waitsFor(number)) {
                acquire(owner, number);
            }
        }
    }

    final class BoundPort {

        private final int number;
        private final Acceptor acceptor = new Acceptor(transport.loops());
        private final ServerChannel channel = transport.newServerChannel();
        private Owner owner;
        private boolean bound;
        private boolean closing;

        private BoundPort(int number, Owner owner) {
            this.number = number;
            this.owner = owner;
            channel.config().setAutoRead(false);
            channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
            channel.pipeline().addLast(acceptor);
            Loop loop = transport.nextLoop();
            loop.eventLoop().register(channel).addListener((ChannelFuture registered) -> {
                if (registered.isSuccess()) {
                    channel.bind(address()).addListener((ChannelFuture done) -> control.execute(() -> bindDone(done)));
                } else {
                    control.execute(() -> bindDone(registered));
                }
            });
        }

        int number() {
            return number;
        }

        /** Accepts for this listener from now on. */
        void open(ListenerService listener) {
            acceptor.switchTo(listener.gate());
            channel.config().setAutoRead(true);
        }

        /** Its owner needs it no longer: it goes to whoever waits for it, else it is closed. */
        void release() {
            owner = null;
            for (Owner next : owners) {
                if (bound && next.waitsFor(number)) {
                    owner = next;
                    next.bound(this);
                    return;
                }
            }
            close();
        }

        private InetSocketAddress address() {
            return bindAddress == null ? new InetSocketAddress(number) : Addresses.parse(bindAddress, number);
        }

        private void bindDone(ChannelFuture done) {
            if (done.isSuccess()) {
                bound = true;
                if (owner == null && !closing) {
                    release();
                } else {
                    tellWhenBound();
                }
                return;
            }
            channel.close();
            ports.remove(number, this);
            if (owner != null && owner.wants(number)) {
                owner.refused(message(done.cause()), true);
            }
        }

        private void tellWhenBound() {
            if (bound && !closing) {
                owner.bound(this);
            }
        }

        private void close() {
            closing = true;
            channel.close().addListener(closed -> control.execute(this::closeDone));
        }

        private void closeDone() {
            ports.remove(number, this);
            if (owner != null) {
                acquire(owner, number);
            } else {
                offer(number);
            }
        }

        private String message(Throwable cause) {
            String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (text.contains("address already in use")) {
                return "port " + number + " is in use by another process";
            }
            if (text.contains("permission denied")) {
                return "port " + number + " can't be bound: this process may not bind it";
            }
            return "port " + number + " can't be bound: " + cause.getMessage();
        }
    }
}
