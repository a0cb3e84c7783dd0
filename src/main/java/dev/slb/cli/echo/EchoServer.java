package dev.slb.cli.echo;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.GlobalEventExecutor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * One demo backend: HTTP/1.1 (and so anything that TCP carries) on its serving ports, datagrams on its UDP ports, and a
 * control port that makes it fail and recover.
 *
 * <p>Where the control port is there, {@code POST /-/fail}, {@code POST /-/unready}, {@code POST /-/recover} and
 * {@code GET /-/stats} work on it; they are not on the serving ports, where a client of the load balancer could reach
 * them.
 */
public final class EchoServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EchoServer.class);

    private final String name;
    private final InetAddress address;
    private final EventLoopGroup loops;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final List<Integer> ports = new ArrayList<>();
    private final List<Integer> udpPorts = new ArrayList<>();
    private final List<Channel> listening = new ArrayList<>();
    private Channel control;

    private volatile EchoState state = EchoState.SERVING;
    private volatile boolean draining;

    final LongAdder accepted = new LongAdder();
    final LongAdder requests = new LongAdder();
    final LongAdder datagrams = new LongAdder();
    final LongAdder httpProbes = new LongAdder();
    final LongAdder tcpProbes = new LongAdder();
    final LongAdder kubeletProbes = new LongAdder();
    final LongAdder bodyBytes = new LongAdder();
    final LongAdder active = new LongAdder();

    private EchoServer(String name, InetAddress address, EventLoopGroup loops) {
        this.name = name;
        this.address = address;
        this.loops = loops;
    }

    /**
     * Binds all ports or none.
     *
     * @param address null: all addresses
     * @param ports 0 for one that is free
     * @param controlPort null: no control port
     * @param loops stays the caller's
     * @throws IOException when a port can't be bound; the message names it
     */
    public static EchoServer start(
            String name, InetAddress address, List<Integer> ports, Integer controlPort, EventLoopGroup loops)
            throws IOException {
        return start(name, address, ports, List.of(), controlPort, loops);
    }

    /** As above, and answers datagrams on these UDP ports. */
    public static EchoServer start(
            String name,
            InetAddress address,
            List<Integer> ports,
            List<Integer> udpPorts,
            Integer controlPort,
            EventLoopGroup loops)
            throws IOException {
        EchoServer server = new EchoServer(name, address, loops);
        try {
            for (int port : ports) {
                server.ports.add(server.listen(port));
            }
            for (int port : udpPorts) {
                server.udpPorts.add(server.listenUdp(port));
            }
            if (controlPort != null) {
                server.control = server.bind(controlPort, new ControlInitializer(server));
            }
            return server;
        } catch (IOException e) {
            server.close();
            throw e;
        }
    }

    public String name() {
        return name;
    }

    /** Null: all addresses. */
    public InetAddress address() {
        return address;
    }

    /** The serving ports, in the order given to {@link #start}. */
    public List<Integer> ports() {
        return List.copyOf(ports);
    }

    /** The UDP ports, in the order given to {@link #start}. */
    public List<Integer> udpPorts() {
        return List.copyOf(udpPorts);
    }

    /** All serving ports as people write them: {@code 8000, 5353/UDP}. */
    public List<String> allPorts() {
        List<String> all = new ArrayList<>();
        ports.forEach(port -> all.add(String.valueOf(port)));
        udpPorts.forEach(port -> all.add(port + "/UDP"));
        return all;
    }

    /** @throws IllegalStateException when there is none */
    public int controlPort() {
        if (control == null) {
            throw new IllegalStateException("no control port");
        }
        return ((InetSocketAddress) control.localAddress()).getPort();
    }

    public EchoState state() {
        return state;
    }

    /** Whether its readiness probe is answered 200. */
    public boolean isReady() {
        return !draining && state != EchoState.UNREADY && state != EchoState.ERROR;
    }

    boolean isDraining() {
        return draining;
    }

    public EchoStats stats() {
        return new EchoStats(
                name,
                draining ? "draining" : state.text(),
                accepted.sum(),
                requests.sum(),
                httpProbes.sum(),
                tcpProbes.sum(),
                kubeletProbes.sum(),
                bodyBytes.sum(),
                datagrams.sum());
    }

    /**
     * Fails or recovers.
     *
     * @throws IOException when a port can't be bound again; the state is then unchanged
     */
    public synchronized void become(EchoState next) throws IOException {
        if (state == EchoState.REFUSE && next != EchoState.REFUSE) {
            for (int port : ports) {
                listen(port);
            }
            for (int port : udpPorts) {
                listenUdp(port);
            }
        }
        state = next;
        switch (next) {
            case REFUSE -> {
                stopListening();
                for (Channel connection : connections) {
                    reset(connection);
                }
            }
            case HANG -> {} // handlers look at the state before each read
            default -> connections.forEach(connection -> connection.pipeline().fireUserEventTriggered(Resume.NOW));
        }
    }

    /** From now on not ready, and connections are closed with their next answer. */
    public void drain() {
        draining = true;
    }

    /** Requests being answered and WebSockets that are open. */
    public long active() {
        return active.sum();
    }

    @Override
    public synchronized void close() {
        stopListening();
        if (control != null) {
            control.close().awaitUninterruptibly();
        }
        connections.close().awaitUninterruptibly();
    }

    private void stopListening() {
        listening.forEach(channel -> channel.close().awaitUninterruptibly());
        listening.clear();
    }

    private static void reset(Channel connection) {
        try {
            connection.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException e) {
            LOG.debug("{} has closed by itself meanwhile", connection, e);
        }
        connection.close();
    }

    private int listen(int port) throws IOException {
        Channel channel = bind(port, new ServingInitializer(this));
        listening.add(channel);
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    private int listenUdp(int port) throws IOException {
        InetSocketAddress local = local(port);
        Channel channel = bound(
                new Bootstrap()
                        .group(loops)
                        .channel(NioDatagramChannel.class)
                        .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(64 * 1024))
                        .handler(new DatagramEcho(this))
                        .bind(local),
                local);
        listening.add(channel);
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    private InetSocketAddress local(int port) {
        return address == null ? new InetSocketAddress(port) : new InetSocketAddress(address, port);
    }

    private Channel bind(int port, ChannelHandler initializer) throws IOException {
        InetSocketAddress local = local(port);
        return bound(
                new ServerBootstrap()
                        .group(loops)
                        .channel(NioServerSocketChannel.class)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .option(ChannelOption.SO_BACKLOG, 1024)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childHandler(initializer)
                        .bind(local),
                local);
    }

    private static Channel bound(ChannelFuture binding, InetSocketAddress local) throws IOException {
        ChannelFuture bound = binding.awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "can't listen on " + local.getHostString() + ":" + local.getPort() + ": "
                            + bound.cause().getMessage(),
                    bound.cause());
        }
        return bound.channel();
    }

    /** Wakes a connection that stood still while the server hung. */
    enum Resume {
        NOW
    }

    private static final class ServingInitializer extends ChannelInitializer<SocketChannel> {
        private final EchoServer server;

        ServingInitializer(EchoServer server) {
            this.server = server;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            server.accepted.increment();
            server.connections.add(channel);
            // EchoHandler reads when it has done with what it has, so that memory stays bounded.
            channel.config().setAutoRead(false);
            channel.pipeline()
                    .addLast(new ProbeCounter(server))
                    .addLast(new HttpServerCodec())
                    .addLast(new EchoHandler(server));
        }
    }

    private static final class ControlInitializer extends ChannelInitializer<SocketChannel> {
        private final EchoServer server;

        ControlInitializer(EchoServer server) {
            this.server = server;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            channel.pipeline()
                    .addLast(new HttpServerCodec())
                    .addLast(new HttpObjectAggregator(65536))
                    .addLast(new ControlHandler(server));
        }
    }
}
