package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.ServerLegs;
import dev.slb.forwarder.l7.exchange.Wire;
import dev.slb.forwarder.l7.http1.ClientConnection;
import dev.slb.forwarder.l7.route.HttpRuntime;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.table.StreamFrontend;
import dev.slb.forwarder.transport.Loop;
import dev.slb.plan.ListenerProtocol;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.SocketChannel;

import java.util.List;

/** HTTP and HTTPS listeners. */
public final class HttpFrontend implements StreamFrontend {

    private final HttpRuntime listener;
    private final HttpLoop[] loops;

    public HttpFrontend(ListenerRuntime runtime) {
        listener = new HttpRuntime(runtime);
        ServerLegs legs = new LegsByProtocol();
        List<Loop> all = runtime.transport().loops();
        loops = new HttpLoop[all.size()];
        all.forEach(loop -> loops[loop.index()] = new HttpLoop(loop, runtime.transport(), legs));
    }

    @Override
    public void install(ListenerTable next) {
        listener.install(next);
    }

    @Override
    public ChannelHandler newHandler(SocketChannel channel, Loop loop, Endpoints endpoints) {
        HttpLoop http = loops[loop.index()];
        return listener.runtime().protocol() == ListenerProtocol.HTTPS
                ? new ClientHandshake(listener, channel, http, endpoints)
                : new ClientConnection(listener, channel, http, endpoints, Wire.clear(channel));
    }
}
