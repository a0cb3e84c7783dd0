package dev.slb.forwarder.transport;

import dev.slb.simulation.Driver;
import dev.slb.simulation.Network;
import dev.slb.simulation.SimulatedLoop;
import dev.slb.simulation.SimulatedLoops;
import dev.slb.simulation.SimulatedSocket;
import dev.slb.simulation.UdpSocket;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelId;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.util.concurrent.Future;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Set;

/** Sockets of a {@link Network} on loops of a {@link Driver}. */
public final class SimulatedTransport extends Transport {

    private static final int SCRATCH = 256 * 1024;

    /** What it is like, and what it runs short of. */
    public interface Conditions {

        /** Whether channels are told of an end that they don't read. */
        boolean isEager();

        /** Whether the relay gets connections in place of channels. */
        boolean hasConnections();

        /** Whether no file descriptor is left this time. */
        boolean isShortOfDescriptors();

        /** Whether an attempt to connect there is never answered. */
        boolean isBlackHole(InetSocketAddress address);
    }

    /** What its UDP sockets are like, and who sees what they do. */
    public interface Datagrams {

        /** A socket to be bound or connected. */
        UdpSocket newSocket();

        /** Whether each event loop has a socket at a port. */
        boolean sharesPorts();

        /** Whether several datagrams may go by one call. */
        boolean sendsSegments();

        /** Whether the kernel refuses that this time. */
        boolean refusesSegments();

        /** Whether a socket takes nothing for now. */
        boolean isSocketFull();

        /** One of a client was read. */
        void receivedFromClient(byte[] datagram);

        /** One went to a server. */
        void sentToServer(byte[] datagram);

        /** One of a server was read. */
        void receivedFromServer(byte[] datagram);

        /** One went to a client. */
        void sentToClient(byte[] datagram);
    }

    private final Network network;
    private final Conditions conditions;
    private final Datagrams datagrams;
    private final ByteBufAllocator allocator;
    private final String address;
    private final byte[] scratch = new byte[SCRATCH];
    private final Set<Object> channels = new LinkedHashSet<>();
    private int ports = 20_000;
    private int ids;

    /** @param address of the forwarder, as servers see it */
    public SimulatedTransport(
            Network network,
            SimulatedLoops loops,
            Driver driver,
            ByteBufAllocator allocator,
            Faults faults,
            Conditions conditions,
            Datagrams datagrams,
            String address) {
        super(TransportKind.NIO, loops, faults, allocator, driver);
        this.network = network;
        this.conditions = conditions;
        this.datagrams = datagrams;
        this.allocator = allocator;
        this.address = address;
    }

    Network network() {
        return network;
    }

    ByteBufAllocator allocator() {
        return allocator;
    }

    /** For copies on the way to and from sockets, within one call. */
    byte[] scratch() {
        return scratch;
    }

    private ChannelId newId() {
        return new SimulatedId(ids++);
    }

    SocketChannel newAccepted(SimulatedSocket socket) {
        return added(new SimulatedChannel(this, newId(), conditions.isEager(), socket));
    }

    Datagrams datagrams() {
        return datagrams;
    }

    private <T> T added(T channel) {
        channels.add(channel);
        return channel;
    }

    void closed(Object channel) {
        channels.remove(channel);
    }

    /** Channels, and sockets of flows, that are not closed. */
    public Set<?> open() {
        return Set.copyOf(channels);
    }

    SimulatedSocket connect(InetSocketAddress to, Runnable connected, Runnable refused) {
        return network.connect(
                "to " + to.getAddress().getHostAddress(),
                new InetSocketAddress(address, ports++),
                to,
                conditions.isBlackHole(to),
                new Network.Attempt() {
                    @Override
                    public void connected() {
                        connected.run();
                    }

                    @Override
                    public void refused() {
                        refused.run();
                    }
                });
    }

    IOException descriptorShortage() {
        return conditions.isShortOfDescriptors() ? new IOException("Too many open files") : null;
    }

    private void descriptor() {
        IOException shortage = descriptorShortage();
        if (shortage != null) {
            throw new ChannelException("Unable to create Channel", shortage);
        }
    }

    @Override
    public ServerChannel newServerChannel(InetSocketAddress local) {
        return new SimulatedServerChannel(this);
    }

    @Override
    public SocketChannel newSocketChannel(InetSocketAddress remote) {
        descriptor();
        return added(new SimulatedChannel(this, newId(), conditions.isEager()));
    }

    @Override
    public TcpConnection newConnection(Loop loop, InetSocketAddress remote) {
        descriptor();
        return new SimulatedConnection(this, loop, null);
    }

    @Override
    public TcpConnection withoutChannel(Loop loop, SocketChannel accepted) {
        if (!conditions.hasConnections()) {
            return null;
        }
        SimulatedChannel channel = (SimulatedChannel) accepted;
        channels.remove(channel);
        return new SimulatedConnection(this, loop, channel.socket());
    }

    @Override
    public boolean sharesDatagramPorts() {
        return datagrams.sharesPorts();
    }

    @Override
    public boolean sendsSegments() {
        return datagrams.sendsSegments();
    }

    @Override
    DatagramChannel newDatagramChannel(SocketProtocolFamily family) {
        descriptor();
        return added(new SimulatedDatagramChannel(this, newId(), datagrams.newSocket()));
    }

    @Override
    public void sendEmpty(DatagramChannel channel, InetSocketAddress recipient) throws IOException {
        ((SimulatedDatagramChannel) channel).sendEmpty(recipient);
    }

    @Override
    DatagramPeer newPeer(Loop loop, InetSocketAddress to, DatagramPeer.Receiver receiver) throws IOException {
        descriptor();
        UdpSocket socket = datagrams.newSocket();
        socket.bind(new InetSocketAddress(address, ports++));
        socket.connect(to);
        return added(new SimulatedPeer(this, loop, socket, to, receiver));
    }

    /** What is open is closed when its loop has its turn. */
    @Override
    public Future<?> close() {
        loops().forEach(loop -> ((SimulatedLoop) loop.eventLoop()).closeAll());
        return null;
    }

    private record SimulatedId(int number) implements ChannelId {

        @Override
        public String asShortText() {
            return "c" + number;
        }

        @Override
        public String asLongText() {
            return asShortText();
        }

        @Override
        public int compareTo(ChannelId other) {
            return Integer.compare(number, ((SimulatedId) other).number);
        }
    }
}
