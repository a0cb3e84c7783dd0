package dev.slb.forwarder.transport;

import dev.slb.base.CauseChain;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelException;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUring;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The event loops of a forwarder, and the sockets that run on them: how they are made differs from transport to transport, and
 * is nobody else's concern.
 */
public abstract class Transport {

    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

    private static final int MOST_AT_ONCE = 10;
    private static final long CLOSING_MILLIS = 20;

    /** No datagram is larger, whatever the protocols below. */
    public static final int MAX_DATAGRAM = 64 * 1024;

    private final TransportKind kind;
    private final EventLoopGroup group;
    private final Faults faults;
    private final TimeSource time;
    private final List<Loop> loops;
    private final AtomicInteger turn = new AtomicInteger();
    private final PacedLog shortages = new PacedLog(LOG, MOST_AT_ONCE);

    /**
     * @param group its event loops, of which there is at least one
     * @param allocator of buffers that no channel asks for
     */
    Transport(TransportKind kind, EventLoopGroup group, Faults faults, ByteBufAllocator allocator, TimeSource time) {
        this.kind = kind;
        this.group = group;
        this.faults = faults;
        this.time = time;
        List<EventLoop> eventLoops = new ArrayList<>();
        group.forEach(each -> eventLoops.add((EventLoop) each));
        Buffers buffers = new Buffers(eventLoops.size());
        List<Loop> list = new ArrayList<>();
        for (EventLoop each : eventLoops) {
            list.add(new Loop(list.size(), each, faults, buffers, allocator, time));
        }
        this.loops = List.copyOf(list);
    }

    /** Starts the event loops of a process that ends when one of them has met a fatal Error. */
    public static Transport open(TransportKind wanted, int loops, String name) {
        return open(wanted, loops, name, new Faults(Faults.HALT));
    }

    /**
     * Starts the event loops, and logs which transport it chose and why.
     *
     * @param loops number of event loops, at least 1
     * @throws IllegalStateException when the transport that was asked for does not work here
     */
    public static Transport open(TransportKind wanted, int loops, String name, Faults faults) {
        Transport transport = start(choose(wanted), loops, name, faults);
        LOG.info("transport {} with {} event loop(s)", transport.kind, loops);
        return transport;
    }

    private static Transport start(TransportKind kind, int loops, String name, Faults faults) {
        ThreadFactory threads = new DefaultThreadFactory(name + "-loop");
        return switch (kind) {
            case IO_URING -> new RingTransport(loops, threads, faults);
            case EPOLL -> new EpollTransport(loops, threads, faults);
            case NIO -> new NioTransport(loops, threads, faults);
            case AUTO -> throw new IllegalArgumentException("not a transport: " + kind);
        };
    }

    private static TransportKind choose(TransportKind wanted) {
        switch (wanted) {
            case IO_URING -> require(IoUring.isAvailable(), wanted, unavailability(wanted));
            case EPOLL -> require(Epoll.isAvailable(), wanted, unavailability(wanted));
            case NIO -> {}
            case AUTO -> {
                if (IoUring.isAvailable()) {
                    return TransportKind.IO_URING;
                }
                LOG.info(
                        "no io_uring: {}; the default seccomp profile of containers blocks it",
                        unavailability(TransportKind.IO_URING));
                if (Epoll.isAvailable()) {
                    return TransportKind.EPOLL;
                }
                LOG.info("no epoll: {}", unavailability(TransportKind.EPOLL));
                return TransportKind.NIO;
            }
        }
        return wanted;
    }

    /** For what fails since the system lacks something, such as file descriptors, which clients can bring about. */
    public final PacedLog shortages() {
        return shortages;
    }

    /** Whether this transport works on this machine. */
    public static boolean isAvailable(TransportKind kind) {
        return switch (kind) {
            case IO_URING -> IoUring.isAvailable();
            case EPOLL -> Epoll.isAvailable();
            case NIO, AUTO -> true;
        };
    }

    private static void require(boolean available, TransportKind kind, String cause) {
        if (!available) {
            throw new IllegalStateException("transport " + kind + " does not work here: " + cause);
        }
    }

    private static String unavailability(TransportKind kind) {
        Throwable cause = kind == TransportKind.IO_URING ? IoUring.unavailabilityCause() : Epoll.unavailabilityCause();
        return String.valueOf(CauseChain.root(cause));
    }

    /** The transport in use, never {@link TransportKind#AUTO}. */
    public final TransportKind kind() {
        return kind;
    }

    /** What time it is. */
    public final TimeSource time() {
        return time;
    }

    /** Where exceptions are told that nobody has foreseen. */
    public final Faults faults() {
        return faults;
    }

    public final List<Loop> loops() {
        return loops;
    }

    /** The loops in turn. */
    public final Loop nextLoop() {
        return loops.get((turn.getAndIncrement() & Integer.MAX_VALUE) % loops.size());
    }

    /** A channel to listen at this address, not registered yet; its connections have sockets of the same kind. */
    public abstract ServerChannel newServerChannel(InetSocketAddress local);

    /**
     * A channel to connect to this address, not registered yet. An IPv4 address gets an IPv4 socket where the transport
     * lets us choose: it is a little cheaper than one that speaks both.
     */
    public abstract SocketChannel newSocketChannel(InetSocketAddress remote);

    static SocketProtocolFamily family(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
    }

    /**
     * One to connect to this address, without a channel, where there are {@link TcpConnection}s. On the loop.
     *
     * @throws ChannelException when no file descriptor is left
     */
    public abstract TcpConnection newConnection(Loop loop, InetSocketAddress remote);

    /** Whether connections are accepted by the ring, and not by the channel: then by a {@link RingAcceptor}. */
    public boolean acceptsByRing() {
        return false;
    }

    /**
     * Accepts on the socket of a channel that is bound, while that does not read. On its loop.
     *
     * @throws IOException when the socket is broken
     */
    public RingAcceptor newRingAcceptor(Loop loop, ServerChannel channel) throws IOException {
        throw new UnsupportedOperationException("no ring");
    }

    /**
     * The connection of a channel that was accepted and is not registered, in place of the channel. Any thread.
     *
     * @return null where this transport has none
     */
    public TcpConnection withoutChannel(Loop loop, SocketChannel accepted) {
        return null;
    }

    /** Whether several sockets may share a UDP port, the kernel giving each client to always the same one. */
    public abstract boolean sharesDatagramPorts();

    /** Whether datagrams to the wildcard address say which address of ours was asked; those of IPv4 then do. */
    public boolean namesAskedAddresses() {
        return false;
    }

    /** Whether a datagram channel takes {@link io.netty.channel.unix.SegmentedDatagramPacket}. */
    public boolean sendsSegments() {
        return false;
    }

    /** A channel to take datagrams from anybody at this address, not registered yet. */
    public final DatagramChannel newDatagramChannel(InetSocketAddress local) {
        // At the wildcard address both families are taken, where the machine has both.
        DatagramChannel channel = newDatagramChannel(local.getAddress().isAnyLocalAddress() ? null : family(local));
        channel.config().setRecvByteBufAllocator(new DatagramReading(datagramsPerRead() * MAX_DATAGRAM));
        return channel;
    }

    /** @param family null: both */
    abstract DatagramChannel newDatagramChannel(SocketProtocolFamily family);

    /** How many are taken at once at most, one after the other into one buffer. */
    int datagramsPerRead() {
        return 1;
    }

    /**
     * Sends a datagram without a byte at once, which Netty's channels do not: they take it to be nothing. It is lost when the
     * socket's buffer is full, as datagrams may be. On the channel's loop.
     *
     * @param channel from {@link #newDatagramChannel}, bound
     * @throws IOException when it can't be sent: there is no way to the recipient, for example
     */
    public abstract void sendEmpty(DatagramChannel channel, InetSocketAddress recipient) throws IOException;

    /**
     * A socket that exchanges datagrams with this address only. Called on the loop.
     *
     * @throws IOException when there is none: no file descriptor or no port is left
     */
    public final DatagramPeer openPeer(Loop loop, InetSocketAddress address, DatagramPeer.Receiver receiver)
            throws IOException {
        try {
            return newPeer(loop, address, receiver);
        } catch (ChannelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    abstract DatagramPeer newPeer(Loop loop, InetSocketAddress address, DatagramPeer.Receiver receiver)
            throws IOException;

    static IoRegistration register(Loop loop, IoHandle handle) throws IOException {
        Future<IoRegistration> registration = ((IoEventLoop) loop.eventLoop()).register(handle);
        if (!registration.isSuccess()) {
            throw new IOException("the event loop does not take a socket", registration.cause());
        }
        return registration.getNow();
    }

    /**
     * Ends the output, everything before having been written; closes the channel when that fails. Netty's own
     * {@link SocketChannel#shutdownOutput} makes an exception each time, for what might still be waiting to be written:
     * filling in its stack trace takes 3 % of the time of a short connection.
     */
    public static void shutdownOutput(SocketChannel channel) {
        if (!(channel instanceof UnixChannel unix) || !(unix.fd() instanceof Socket socket)) {
            channel.shutdownOutput();
            return;
        }
        try {
            socket.shutdown(false, true);
        } catch (IOException | NotYetConnectedException e) {
            channel.close(); // the other end has closed meanwhile
        }
    }

    /** Whenever the channel is closed from now on, that is an RST. Any thread; nothing happens to one that is closed. */
    public static void resetOnClose(SocketChannel channel) {
        try {
            channel.config().setSoLinger(0);
        } catch (ChannelException e) {
            LOG.debug("{} has closed meanwhile", channel, e);
        }
    }

    /** Ends the event loops; all channels on them are closed. */
    public Future<?> close() {
        // With io_uring a socket is closed some turns of the loop after it was asked for, when its operations have
        // ended.
        List<Future<?>> turns = new ArrayList<>();
        loops.forEach(loop -> turns.add(loop.eventLoop().schedule(() -> {}, CLOSING_MILLIS, TimeUnit.MILLISECONDS)));
        turns.forEach(Future::awaitUninterruptibly);
        return group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
}
