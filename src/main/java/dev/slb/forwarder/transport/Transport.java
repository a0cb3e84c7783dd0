package dev.slb.forwarder.transport;

import dev.slb.base.CauseChain;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelException;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The event loops of a forwarder, and the kinds of channel that run on them. */
public final class Transport {

    private static final Logger LOG = LoggerFactory.getLogger(Transport.class);

    private static final int MOST_AT_ONCE = 10;
    private static final long CLOSING_MILLIS = 20;

    /** No datagram is larger, whatever the protocols below. */
    public static final int MAX_DATAGRAM = 64 * 1024;

    private static final int DATAGRAMS_PER_READ = 8;

    private final TransportKind kind;
    private final LoopGroup group;
    private final Faults faults;
    private final List<Loop> loops;
    private final AtomicInteger turn = new AtomicInteger();
    private final PacedLog shortages = new PacedLog(LOG, MOST_AT_ONCE);

    private Transport(TransportKind kind, int loops, String name, Faults faults) {
        this.kind = kind;
        this.faults = faults;
        this.group = new LoopGroup(loops, new DefaultThreadFactory(name + "-loop"), ioHandlers(kind), faults);
        Buffers buffers = new Buffers(loops);
        List<Loop> list = new ArrayList<>();
        for (EventExecutor each : group) {
            list.add(new Loop(list.size(), (io.netty.channel.EventLoop) each, faults, buffers));
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
        Transport transport = new Transport(choose(wanted), loops, name, faults);
        LOG.info("transport {} with {} event loop(s)", transport.kind, loops);
        return transport;
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
    public PacedLog shortages() {
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

    private static IoHandlerFactory ioHandlers(TransportKind kind) {
        return switch (kind) {
            case IO_URING -> RingHandlers.newFactory();
            case EPOLL -> EpollHandlers.newFactory();
            case NIO -> NioIoHandler.newFactory();
            case AUTO -> throw new IllegalArgumentException("not a transport: " + kind);
        };
    }

    /** The transport in use, never {@link TransportKind#AUTO}. */
    public TransportKind kind() {
        return kind;
    }

    /** Where exceptions are told that nobody has foreseen. */
    public Faults faults() {
        return faults;
    }

    public List<Loop> loops() {
        return loops;
    }

    /** The loops in turn. */
    public Loop nextLoop() {
        return loops.get((turn.getAndIncrement() & Integer.MAX_VALUE) % loops.size());
    }

    /** A channel to listen at this address, not registered yet; its connections have sockets of the same kind. */
    public ServerChannel newServerChannel(InetSocketAddress local) {
        // The wildcard address takes both families, where the machine has both.
        boolean ipv4 = local.getAddress() instanceof Inet4Address
                && !local.getAddress().isAnyLocalAddress();
        return switch (kind) {
            case IO_URING -> new IoUringServerSocketChannel();
            case EPOLL ->
                ipv4 ? new EpollServerSocketChannel(SocketProtocolFamily.INET) : new EpollServerSocketChannel();
            default -> new NioServerSocketChannel();
        };
    }

    /**
     * A channel to connect to this address, not registered yet. An IPv4 address gets an IPv4 socket where the transport
     * lets us choose: it is a little cheaper than one that speaks both.
     */
    public SocketChannel newSocketChannel(InetSocketAddress remote) {
        SocketProtocolFamily family =
                remote.getAddress() instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
        return switch (kind) {
            case IO_URING -> new IoUringSocketChannel();
            case EPOLL -> new EpollSocketChannel(family);
            default -> new NioSocketChannel(SelectorProvider.provider(), family);
        };
    }

    /**
     * One to connect to this address, without a channel, where there are {@link TcpConnection}s. On the loop.
     *
     * @throws ChannelException when no file descriptor is left
     */
    public TcpConnection newConnection(Loop loop, InetSocketAddress remote) {
        return kind == TransportKind.IO_URING ? RingConnection.open(loop, remote) : EpollConnection.open(loop, remote);
    }

    /** Whether connections are accepted by the ring, and not by the channel: then by a {@link RingAcceptor}. */
    public boolean acceptsByRing() {
        // Since Linux 5.19, as the other requests that RingConnection needs.
        return kind == TransportKind.IO_URING && IoUring.isAcceptMultishotEnabled();
    }

    /**
     * Accepts on the socket of a channel that is bound, while that does not read. On its loop.
     *
     * @throws IOException when the socket is broken
     */
    public RingAcceptor newRingAcceptor(Loop loop, ServerChannel channel) throws IOException {
        Socket socket = (Socket) ((UnixChannel) channel).fd();
        socket.setTcpNoDelay(true); // which the connections inherit
        return new RingAcceptor(loop, socket.intValue());
    }

    /**
     * The connection of a channel that was accepted and is not registered, in place of the channel. Any thread.
     *
     * @return null where this transport has none
     */
    public TcpConnection withoutChannel(Loop loop, SocketChannel accepted) {
        return kind == TransportKind.EPOLL
                ? EpollConnection.accepted(loop, (Socket) ((UnixChannel) accepted).fd())
                : null;
    }

    /** Whether several sockets may share a UDP port, the kernel giving each client to always the same one. */
    public boolean sharesDatagramPorts() {
        return kind != TransportKind.NIO;
    }

    /** Whether datagrams to the wildcard address say which address of ours was asked; those of IPv4 then do. */
    public boolean namesAskedAddresses() {
        return kind == TransportKind.EPOLL;
    }

    /** Whether a datagram channel takes {@link io.netty.channel.unix.SegmentedDatagramPacket}. */
    public boolean sendsSegments() {
        return switch (kind) {
            case IO_URING -> IoUringDatagramChannel.isSegmentedDatagramPacketSupported();
            case EPOLL -> EpollDatagramChannel.isSegmentedDatagramPacketSupported();
            default -> false;
        };
    }

    /** A channel to take datagrams from anybody at this address, not registered yet. */
    public DatagramChannel newDatagramChannel(InetSocketAddress local) {
        // At the wildcard address both families are taken, where the machine has both.
        SocketProtocolFamily family = local.getAddress().isAnyLocalAddress()
                ? null
                : local.getAddress() instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
        DatagramChannel channel = switch (kind) {
            case IO_URING -> new IoUringDatagramChannel(family);
            case EPOLL -> new EpollDatagramChannel(family);
            default -> family == null ? new NioDatagramChannel() : new NioDatagramChannel(family);
        };
        // One buffer takes several datagrams of any size in one call of recvmmsg (or several requests to the ring).
        int batch = kind == TransportKind.NIO ? 1 : DATAGRAMS_PER_READ;
        if (namesAskedAddresses()) {
            channel.config().setOption(EpollChannelOption.IP_RECVORIGDSTADDR, family == null);
        }
        if (kind == TransportKind.EPOLL) {
            channel.config().setOption(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, MAX_DATAGRAM);
        } else if (kind == TransportKind.IO_URING) {
            channel.config().setOption(IoUringChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, MAX_DATAGRAM);
        }
        channel.config().setRecvByteBufAllocator(new DatagramReading(batch * MAX_DATAGRAM));
        return channel;
    }

    /**
     * Sends a datagram without a byte at once, which Netty's channels do not: they take it to be nothing. It is lost when the
     * socket's buffer is full, as datagrams may be. On the channel's loop.
     *
     * @param channel from {@link #newDatagramChannel}, bound
     * @throws IOException when it can't be sent: there is no way to the recipient, for example
     */
    public void sendEmpty(DatagramChannel channel, InetSocketAddress recipient) throws IOException {
        ByteBuffer nothing = Unpooled.EMPTY_BUFFER.nioBuffer();
        if (channel instanceof NioDatagramChannel nio) {
            ((java.nio.channels.DatagramChannel) nio.unsafe().ch()).send(nothing, recipient);
        } else {
            Socket socket = (Socket) ((UnixChannel) channel).fd();
            socket.sendTo(nothing, 0, 0, recipient.getAddress(), recipient.getPort());
        }
    }

    /**
     * A socket that exchanges datagrams with this address only. Called on the loop.
     *
     * @throws IOException when there is none: no file descriptor or no port is left
     */
    public DatagramPeer openPeer(Loop loop, InetSocketAddress address, DatagramPeer.Receiver receiver)
            throws IOException {
        try {
            return switch (kind) {
                case IO_URING -> new UringPeer(loop, address, receiver);
                case EPOLL -> new EpollPeer(loop, address, receiver);
                default -> new NioPeer(loop, address, receiver);
            };
        } catch (ChannelException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

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
