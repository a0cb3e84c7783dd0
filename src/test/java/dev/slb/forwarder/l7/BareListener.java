package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.Wire;
import dev.slb.forwarder.l7.http1.ClientConnection;
import dev.slb.forwarder.l7.http2.Http2ClientConnection;
import dev.slb.forwarder.l7.route.HttpRuntime;
import dev.slb.forwarder.limits.ListenerLimits;
import dev.slb.forwarder.limits.LoadBalancerLimits;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.Failures;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Refusals;
import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.table.TableAction;
import dev.slb.forwarder.table.TargetRuntime;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.RulePlan;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.SocketChannel;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An HTTP listener on one event loop, put together by hand: its targets choose as a test wants, which no plan says. Timeouts are
 * longer than tests wait.
 */
final class BareListener implements AutoCloseable {

    private final List<Throwable> fatal = new CopyOnWriteArrayList<>();
    private final Transport transport = Transport.open(TransportKind.AUTO, 1, "bare", new Faults(fatal::add));
    private final Loop loop = transport.loops().get(0);
    private final Refusals refusals = new Refusals();
    private final int port = Loopback.freePort();
    private final ListenerPlan plan =
            ListenerPlanBuilder.http("web", port).requestMillis(600_000).build();

    private Action.Forward action() {
        return (Action.Forward) plan.routing().action();
    }

    /** One that has nobody to choose yet. */
    TargetRuntime target() {
        return new TargetRuntime(action());
    }

    Member member(int serverPort, BackendPlan backend) {
        Server.Key key = new Server.Key("s" + serverPort, Loopback.ADDRESS, serverPort, Server.Protocol.HTTP, backend);
        return new Member(
                action().group(),
                new Server(key, transport.loops(), null, new Failures(TimeSource.SYSTEM, () -> {})),
                "s" + serverPort);
    }

    /**
     * Listens.
     *
     * @param http2 whether clients speak HTTP/2, with prior knowledge
     * @param path below which requests go to the target {@code below}; all others go to {@code others}
     */
    void listen(boolean http2, String path, TargetRuntime below, TargetRuntime others) throws InterruptedException {
        ListenerRuntime runtime = new ListenerRuntime(
                plan.id(),
                plan.protocol(),
                transport,
                refusals,
                null,
                new ListenerLimits(new LoadBalancerLimits(TimeSource.SYSTEM)));
        ListenerTable table = new ListenerTable(
                plan,
                "1",
                null,
                new TableAction.Forward(others),
                List.of(
                        new ListenerTable.Rule(
                                new RulePlan("below", null, path, action()), new TableAction.Forward(below)),
                        new ListenerTable.Rule(
                                new RulePlan("others", null, "/", action()), new TableAction.Forward(others))));
        runtime.install(table);
        HttpRuntime listener = new HttpRuntime(runtime);
        listener.install(table);
        HttpLoop http = new HttpLoop(loop, transport, new LegsByProtocol());
        InetSocketAddress address = new InetSocketAddress(Loopback.ADDRESS, port);
        ServerChannel listening = transport.newServerChannel(address);
        listening.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object accepted) {
                SocketChannel channel = (SocketChannel) accepted;
                Endpoints endpoints = Endpoints.of(channel);
                ChannelHandler handler = http2
                        ? Http2ClientConnection.create(listener, channel, http, endpoints, Wire.clear(channel))
                        : new ClientConnection(listener, channel, http, endpoints, Wire.clear(channel));
                channel.pipeline().addLast(handler);
                loop.eventLoop().register(channel);
            }
        });
        loop.eventLoop().register(listening).sync();
        listening.bind(address).sync();
    }

    int port() {
        return port;
    }

    long refused(String reason) {
        return refusals.counts().getOrDefault(reason, 0L);
    }

    /** What would have ended a process. */
    List<Throwable> fatal() {
        return fatal;
    }

    @Override
    public void close() {
        transport.close().awaitUninterruptibly();
    }
}
