package dev.slb.simulation;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A UDP socket, as the kernel shows it. One that is connected has datagrams from there only, and is told, by the next call, that
 * nobody listens there.
 */
public final class UdpSocket {

    /** What IPv4 takes. */
    public static final int LONGEST = 65_507;

    /** One that has come. */
    public record Datagram(InetSocketAddress from, byte[] bytes) {}

    private final UdpNetwork network;
    private final SplittableRandom chance;
    private final ArrayDeque<Datagram> received = new ArrayDeque<>();
    private final Map<InetSocketAddress, Long> lastArrivals = new HashMap<>();
    private InetSocketAddress local;
    private InetSocketAddress remote;
    private boolean shares;
    private boolean unreachable;
    private boolean closed;
    private Runnable owner = () -> {};

    UdpSocket(UdpNetwork network, SplittableRandom chance) {
        this.network = network;
        this.chance = chance;
    }

    /** Who is told that there is something to receive. Outside of event loops, and maybe for nothing. */
    public void owner(Runnable next) {
        owner = next;
        if (hasSomething()) {
            network.driver().after(0, () -> owner.run());
        }
    }

    /** Whether others may be bound where it is. */
    public void share() {
        shares = true;
    }

    boolean shares() {
        return shares;
    }

    public void bind(InetSocketAddress address) throws BindException {
        if (!network.bind(address, this)) {
            throw new BindException("Address already in use");
        }
        local = address;
    }

    /** From now on it has datagrams from there only. */
    public void connect(InetSocketAddress address) {
        remote = address;
    }

    public InetSocketAddress local() {
        return local;
    }

    /** Whether {@link #receive} gives something, or throws. */
    public boolean hasSomething() {
        return !closed && (unreachable || !received.isEmpty());
    }

    /**
     * Sends one datagram.
     *
     * @throws PortUnreachableException nobody listens where the last ones went; this one was not sent
     * @throws IOException it is too long
     */
    public void send(byte[] bytes, InetSocketAddress to) throws IOException {
        if (closed) {
            throw new IOException("Bad file descriptor");
        }
        tellUnreachable();
        if (bytes.length > LONGEST) {
            throw new IOException("Message too long");
        }
        if (chance.nextInt(1000) < network.weather().lostOfThousand()) {
            network.lose();
            return;
        }
        network.driver().at(arrival(to), () -> arrive(bytes, to));
    }

    private long arrival(InetSocketAddress to) {
        long arrival =
                network.driver().nanoTime() + chance.nextLong(network.weather().mostDelayNanos() + 1);
        if (network.weather().inOrder()) {
            arrival = Math.max(arrival, lastArrivals.getOrDefault(to, 0L));
            lastArrivals.put(to, arrival);
        }
        return arrival;
    }

    private void arrive(byte[] bytes, InetSocketAddress to) {
        UdpSocket there = network.at(to, local);
        if (there == null) {
            network.lose();
            if (!network.isSilent(to)) {
                network.driver().at(arrival(local), () -> refusedBy(to));
            }
        } else if (there.received.size() >= network.weather().room()
                || there.remote != null && !there.remote.equals(local)) {
            network.lose();
        } else {
            there.received.add(new Datagram(local, bytes));
            there.owner.run();
        }
    }

    private void refusedBy(InetSocketAddress to) {
        if (!closed && to.equals(remote)) {
            unreachable = true;
            owner.run();
        }
    }

    private void tellUnreachable() throws PortUnreachableException {
        if (unreachable) {
            unreachable = false;
            throw new PortUnreachableException("Connection refused");
        }
    }

    /** Null: there is none. @throws PortUnreachableException nobody listens where the last ones went */
    public Datagram receive() throws PortUnreachableException {
        tellUnreachable();
        return received.poll();
    }

    /** What has come and was not received is lost. */
    public void close() {
        if (!closed) {
            closed = true;
            owner = () -> {};
            if (local != null) {
                network.unbind(local, this);
            }
            received.forEach(each -> network.lose());
            received.clear();
        }
    }

    public boolean isClosed() {
        return closed;
    }
}
