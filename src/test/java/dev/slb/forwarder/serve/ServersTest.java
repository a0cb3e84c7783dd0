package dev.slb.forwarder.serve;

import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.tls.TlsContexts;
import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Sockets;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/** When idle connections to a server may be kept. */
@Sockets
class ServersTest {

    private static final Server.Key KEY =
            new Server.Key("entry/a:80", "192.0.2.1", 80, Server.Protocol.HTTP, BackendPlan.HTTP);

    private final Transport transport = Transport.open(TransportKind.NIO, 2, "test");
    private final EventExecutor control = new DefaultEventExecutor();
    private final Servers servers = new Servers(
            transport.loops(),
            transport.time(),
            new TlsContexts(TlsProvider.AUTO, transport.loops(), control),
            control);
    private final AtomicInteger cleared = new AtomicInteger();
    private Server server;

    @BeforeEach
    void start() {
        server = servers.hold(KEY);
        servers.countUser(KEY, 1);
        for (Loop loop : transport.loops()) {
            loop.eventLoop()
                    .submit(() -> server.pool(loop, cleared::incrementAndGet))
                    .syncUninterruptibly();
        }
    }

    @AfterEach
    void close() {
        transport.close().awaitUninterruptibly();
        control.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void aServerIsTheSameForAllWhoHoldIt() {
        assertThat(servers.hold(KEY)).isSameAs(server);
        servers.release(KEY);
        assertThat(server.isPoolable()).isTrue();
    }

    @Test
    void idleConnectionsAreClosedOnEveryLoopWhenAnyCheckSaysAbnormal() {
        servers.countUser(KEY, 1);
        servers.countAbnormal(KEY, 1);

        assertThat(server.isPoolable()).isFalse();
        await(() -> cleared.get() == 2);

        servers.countAbnormal(KEY, -1);
        assertThat(server.isPoolable()).isTrue();
    }

    @Test
    void idleConnectionsAreClosedWhenNobodyChoosesFromTheServerAnyMore() {
        servers.countUser(KEY, -1);

        assertThat(server.isPoolable()).isFalse();
        await(() -> cleared.get() == 2);

        servers.release(KEY);
        assertThat(servers.hold(KEY)).isNotSameAs(server);
    }
}
