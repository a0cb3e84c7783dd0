package dev.slb.forwarder.admin;

import dev.slb.forwarder.Forwarder;
import dev.slb.forwarder.metrics.ForwarderMetrics;
import dev.slb.forwarder.transport.LoopGroup;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The admin port of a forwarder: HTTP, on a thread of its own, so that a large report never holds up traffic.
 *
 * <table>
 *   <caption>What can be asked, by GET</caption>
 *   <tr><td>{@code /healthz}</td><td>200: the process runs</td></tr>
 *   <tr><td>{@code /readyz}</td><td>200 once a whole set of documents was taken (a first delivery, or the last good set
 *       that was loaded) and each of its listeners is bound, refused or says what it waits for; from then on always,
 *       until the forwarder drains. Otherwise 503</td></tr>
 *   <tr><td>{@code /report}</td><td>{@link dev.slb.plan.ForwarderReport} as JSON, at once</td></tr>
 *   <tr><td>{@code /report?after=REV&timeoutMillis=N}</td><td>the same as soon as its revision is not REV, after N
 *       milliseconds (0..60,000, default 30,000) at the latest: then the report is the one that is known</td></tr>
 *   <tr><td>{@code /report?after=REV&changes=true}</td><td>the same, but only what has changed since:
 *       {@link dev.slb.plan.ReportChanges}; the whole report where REV is of another life, or too long ago</td></tr>
 *   <tr><td>{@code /metrics}</td><td>counts in the text format of Prometheus; with {@code ?servers=true} also those
 *       for each server</td></tr>
 *   <tr><td>{@code /stats}</td><td>{@link dev.slb.plan.ForwarderStats} as JSON</td></tr>
 * </table>
 */
public final class AdminServer implements AutoCloseable {

    private static final int MAX_REQUEST_BYTES = 8 * 1024;
    private static final int IDLE_SECONDS = 90;

    private final EventLoopGroup group;
    private final Channel channel;

    private AdminServer(EventLoopGroup group, Channel channel) {
        this.group = group;
        this.channel = channel;
    }

    /**
     * @param address port 0 takes a free one
     * @param loaded whether the forwarder was given a whole last good set, which makes it ready before a first delivery
     * @throws IOException when the address can't be bound
     */
    public static AdminServer start(Forwarder forwarder, InetSocketAddress address, BooleanSupplier loaded)
            throws IOException {
        EventLoopGroup group = new LoopGroup(
                1,
                new DefaultThreadFactory("admin"),
                NioIoHandler.newFactory(),
                forwarder.transport().faults());
        ForwarderMetrics metrics = new ForwarderMetrics(forwarder);
        Readiness readiness = new Readiness(forwarder, loaded);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        connection
                                .pipeline()
                                .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS))
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(MAX_REQUEST_BYTES))
                                .addLast(new AdminHandler(forwarder, readiness, metrics));
                    }
                });
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new IOException("admin port " + address + ": " + bound.cause().getMessage(), bound.cause());
        }
        return new AdminServer(group, bound.channel());
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) channel.localAddress();
    }

    @Override
    public void close() {
        channel.close().awaitUninterruptibly();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
