package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.Wire;
import dev.slb.forwarder.l7.route.HttpRuntime;
import dev.slb.forwarder.limits.ListenerLimits;
import dev.slb.forwarder.limits.LoadBalancerLimits;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.table.Refusals;
import dev.slb.forwarder.table.TableAction;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.ListenerPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Sockets;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.SocketChannel;
import org.junit.jupiter.api.Test;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** What happens after 180 seconds, sooner, and in clear text. */
@Sockets
class Http2IdleTest {

    @Test
    void anIdleConnectionIsLeftInTwoStepsAndClosed() throws Exception {
        Transport transport = Transport.open(TransportKind.NIO, 1, "idle");
        try {
            int port = Loopback.freePort();
            serve(transport, port, TimeUnit.MILLISECONDS.toNanos(700));
            try (Http2Socket client = Http2Socket.connectInClear(port)) {
                assertThat(client.answer(client.get("/")).status()).isEqualTo(503);
                long answered = System.nanoTime();
                assertThat(client.awaitClose()).isZero();
                assertThat(client.goAways()).containsExactly(Integer.MAX_VALUE, 1);
                assertThat(System.nanoTime() - answered).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(600));
            }
        } finally {
            transport.close().awaitUninterruptibly();
        }
    }

    private static void serve(Transport transport, int port, long idleNanos) throws Exception {
        ListenerPlan plan = ListenerPlanBuilder.http("idle", port).build();
        ListenerRuntime runtime = new ListenerRuntime(
                plan.id(),
                plan.protocol(),
                transport,
                new Refusals(),
                null,
                new ListenerLimits(new LoadBalancerLimits(TimeSource.SYSTEM)));
        runtime.limits().install(plan);
        ListenerTable table = new ListenerTable(plan, "1", null, new TableAction.Unavailable("Test"), List.of());
        HttpRuntime listener = new HttpRuntime(runtime);
        listener.install(table);
        runtime.install(table);
        Loop loop = transport.nextLoop();
        HttpLoop http = new HttpLoop(loop, transport, null);
        ServerChannel server = transport.newServerChannel(new InetSocketAddress(Loopback.ADDRESS, 0));
        server.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object accepted) {
                SocketChannel channel = (SocketChannel) accepted;
                channel.pipeline()
                        .addLast(Http2ClientConnection.create(
                                listener, channel, http, Endpoints.of(channel), Wire.clear(channel), idleNanos));
                loop.eventLoop().register(channel);
            }
        });
        loop.eventLoop().register(server).sync();
        server.bind(new InetSocketAddress(Loopback.ADDRESS, port)).sync();
    }
}
