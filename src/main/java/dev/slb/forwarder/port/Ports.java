package dev.slb.forwarder.port;

import dev.slb.forwarder.l4.udp.FlowLimit;
import dev.slb.forwarder.transport.Addresses;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The ports that are bound. A port changes hands between listeners without being closed, so that one listener can
 * replace another on it, or two can swap. Owned by the control thread.
 */
public final class Ports {

    /** TCP and UDP have ports of their own, which share nothing but numbers. */
    public record Port(boolean udp, int number) {

        /** The one that a version of a listener is for. */
        public static Port of(ListenerPlan plan) {
            return new Port(
                    plan.protocol() == ListenerProtocol.UDP, plan.frontend().bindPort());
        }

        @Override
        public String toString() {
            return (udp ? "UDP port " : "port ") + number;
        }
    }

    /** Who a port is for. */
    public interface Owner {

        /** For messages to others who want the port. */
        String name();

        /** Whether its latest version is for this port. */
        boolean wants(Port port);

        /** Whether it could serve on this port at once. */
        boolean waitsFor(Port port);

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
    private final FlowLimit flowLimit;
    private final Iterable<? extends Owner> owners;
    private final Map<Port, BoundPort> ports = new HashMap<>();

    /**
     * @param control the control thread
     * @param bindAddress IP literal, null for all addresses
     * @param flowLimit of all UDP ports together
     * @param owners all who may wait for a port, as they are whenever one becomes free
     */
    public Ports(
            Transport transport,
            EventExecutor control,
            String bindAddress,
            FlowLimit flowLimit,
            Iterable<? extends Owner> owners) {
        this.transport = transport;
        this.control = control;
        this.bindAddress = bindAddress;
        this.flowLimit = flowLimit;
        this.owners = owners;
    }

    /** Ends in {@link Owner#bound} or {@link Owner#refused}, maybe at once. */
    public void acquire(Owner owner, Port which) {
        BoundPort port = ports.get(which);
        if (port == null) {
            open(owner, which);
        } else if (port.owner == null) {
            port.owner = owner; // when it is being closed, it is bound again when that is done
            port.tellWhenBound();
        } else if (port.owner != owner) {
            if (port.owner.wants(which)) {
                owner.refused(which + " is in use by " + port.owner.name(), false);
            } else {
                Owner previous = port.owner;
                port.owner = owner;
                previous.lost(port);
                port.tellWhenBound();
            }
        }
    }

    private void open(Owner owner, Port which) {
        BoundPort opened;
        try {
            opened = new BoundPort(which, owner);
        } catch (RuntimeException e) { // no file descriptor is left, most likely
            owner.refused(which + " can't be bound: " + e.getMessage(), true);
            return;
        }
        ports.put(which, opened);
    }

    /** Closes all ports; the futures tell when they are closed. */
    public List<Future<?>> close() {
        return ports.values().stream()
                .<Future<?>>map(port -> port.sockets.close())
                .toList();
    }

    private void offer(Port which) {
        for (Owner owner : owners) {
            if (!ports.containsKey(which) && owner.waitsFor(which)) {
                acquire(owner, which);
            }
        }
    }

    private InetSocketAddress address(Port which) {
        return bindAddress == null ? new InetSocketAddress(which.number) : Addresses.parse(bindAddress, which.number);
    }

    private PortSockets newSockets(Port which) {
        return which.udp
                ? new DatagramSockets(transport, control, address(which), flowLimit)
                : new StreamSockets(transport, address(which));
    }

    /** A port that is bound, or being bound or closed. Its owner is told when it may be used. */
    public final class BoundPort {

        private final Port which;
        private final PortSockets sockets;
        private Owner owner;
        private boolean bound;
        private boolean closing;

        private BoundPort(Port which, Owner owner) {
            this.which = which;
            this.owner = owner;
            this.sockets = newSockets(which);
            sockets.bind(address(which)).addListener(done -> control.execute(() -> bindDone(done)));
        }

        /** Whether it is this port. */
        public boolean is(Port port) {
            return which.equals(port);
        }

        /** Which port it is. */
        public Port which() {
            return which;
        }

        /**
         * What comes is let in here from now on.
         *
         * @return done when nobody is let in any more where they were before
         */
        public Future<?> open(Entrance entrance) {
            return sockets.open(entrance);
        }

        /** Its owner needs it no longer: it goes to whoever waits for it, else it is closed. */
        public void release() {
            owner = null;
            for (Owner next : owners) {
                if (bound && next.waitsFor(which)) {
                    owner = next;
                    next.bound(this);
                    return;
                }
            }
            sockets.retire(() -> control.execute(this::closeUnlessOwned));
        }

        private void bindDone(Future<?> done) {
            if (done.isSuccess()) {
                bound = true;
                if (owner == null && !closing) {
                    release();
                } else {
                    tellWhenBound();
                }
                return;
            }
            sockets.close();
            ports.remove(which, this);
            if (owner != null && owner.wants(which)) {
                owner.refused(message(done.cause()), true);
            }
        }

        private void tellWhenBound() {
            if (bound && !closing) {
                owner.bound(this);
            }
        }

        private void closeUnlessOwned() {
            if (owner == null && !closing) {
                closing = true;
                sockets.close().addListener(closed -> control.execute(this::closeDone));
            }
        }

        private void closeDone() {
            ports.remove(which, this);
            if (owner != null) {
                acquire(owner, which);
            } else {
                offer(which);
            }
        }

        private String message(Throwable cause) {
            String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (text.contains("address already in use")) {
                return which + " is in use by another process";
            }
            if (text.contains("permission denied")) {
                return which + " can't be bound: this process may not bind it";
            }
            return which + " can't be bound: " + cause.getMessage();
        }
    }
}
