package dev.slb.delivery;

import dev.slb.control.PlanStore;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.LoopGroup;
import dev.slb.forwarder.transport.PacedLog;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.TimeUnit;

/** Serves a {@link PlanStore} to forwarders, over a Unix domain socket or TCP. */
public final class PlanStreamServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PlanStreamServer.class);

    private static final int MOST_LINES_AT_ONCE = 10;

    private final Faults faults = new Faults(Faults.HALT);
    private final EventLoopGroup loops =
            new LoopGroup(1, new DefaultThreadFactory("plan-server", true), NioIoHandler.newFactory(), faults);
    private final PacedLog log = new PacedLog(LOG, MOST_LINES_AT_ONCE);
    private final Channel channel;
    private final UnixSocketFile file;

    /**
     * @param name of this process, for the forwarders' logs
     * @throws IOException when the address can't be bound, also when another process serves there
     */
    public PlanStreamServer(PlanStore store, SocketAddress address, String name, PlanStreamOptions options)
            throws IOException {
        ServerBootstrap bootstrap = new ServerBootstrap().group(loops).childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel accepted) {
                PlanLines.addTo(accepted.pipeline(), options, log);
                accepted.pipeline().addLast(new PlanServerHandler(store, name, log, faults));
            }
        });
        try {
            if (address instanceof UnixDomainSocketAddress unix) {
                bootstrap.channel(NioServerDomainSocketChannel.class);
                file = new UnixSocketFile(unix.getPath());
                file.prepare();
                channel = bind(bootstrap, file.temporaryAddress());
                file.publish();
            } else {
                bootstrap.channel(NioServerSocketChannel.class);
                file = null;
                channel = bind(bootstrap, address);
            }
        } catch (IOException | RuntimeException e) {
            shutDown();
            throw e;
        }
    }

    private static Channel bind(ServerBootstrap bootstrap, SocketAddress address) throws IOException {
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IOException(
                    "can't serve the plan at " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        return bound.channel();
    }

    /** Where it listens, with the port that was chosen. */
    public SocketAddress address() {
        return file != null ? file.address() : channel.localAddress();
    }

    @Override
    public void close() {
        if (file != null) {
            file.remove();
        }
        shutDown();
    }

    /** Closes the connections too. */
    private void shutDown() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
