package dev.slb.delivery;

import dev.slb.control.Backoff;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.LoopGroup;
import dev.slb.forwarder.transport.PacedLog;
import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanSink;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * The forwarder's end of the plan stream: hands what arrives to a {@link PlanSink}, on one thread, and connects again for
 * ever. While there is no connection, the sink hears nothing and keeps what it has.
 */
public final class PlanStreamClient implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PlanStreamClient.class);

    private static final int MOST_LINES_AT_ONCE = 20;

    private final PacedLog log = new PacedLog(LOG, MOST_LINES_AT_ONCE);
    private final Faults faults = new Faults(Faults.HALT);
    private final EventLoopGroup loops =
            new LoopGroup(1, new DefaultThreadFactory("plan-client", true), NioIoHandler.newFactory(), faults);
    private final EventLoop loop = loops.next();
    private final SocketAddress address;
    private final Bootstrap bootstrap;
    private final Backoff backoff;
    private boolean closed;

    /**
     * @param name of this forwarder, for the operator's logs
     * @param loadBalancer asks for its documents only; null for all
     */
    public PlanStreamClient(
            SocketAddress address, String name, DocumentId loadBalancer, PlanSink sink, PlanStreamOptions options) {
        this.address = address;
        this.backoff = new Backoff(options.backoff(), options.maxBackoff());
        PlanMessage.Hello hello = new PlanMessage.Hello(PlanMessage.PROTOCOL, name, loadBalancer, true);
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channel(
                        address instanceof UnixDomainSocketAddress
                                ? NioDomainSocketChannel.class
                                : NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        options.deadAfter().toMillis())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        PlanLines.addTo(channel.pipeline(), options, log);
                        channel.pipeline().addLast(new PlanClientHandler(hello, sink, backoff::reset, log, faults));
                    }
                });
    }

    public PlanStreamClient start() {
        loop.execute(this::connect);
        return this;
    }

    private void connect() {
        if (closed) {
            return;
        }
        ChannelFuture connecting = bootstrap.connect(address);
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                connecting.channel().closeFuture().addListener(gone -> connectLater("the connection ended"));
            } else {
                connectLater(done.cause().getMessage());
            }
        });
    }

    private void connectLater(String why) {
        if (closed) {
            return;
        }
        if (backoff.failures() == 0) {
            log.warn("no plan from {}: {}; serving what is known, and connecting again", address, why);
        }
        loop.schedule(this::connect, backoff.nextMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        if (!loops.isShuttingDown()) {
            loop.execute(() -> closed = true);
        }
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
