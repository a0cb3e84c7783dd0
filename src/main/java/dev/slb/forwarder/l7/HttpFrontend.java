package dev.slb.forwarder.l7;

import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.table.StreamFrontend;
import dev.slb.forwarder.tls.TlsSession;
import dev.slb.forwarder.transport.Loop;
import dev.slb.plan.ListenerProtocol;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ApplicationProtocolNames;

import java.util.List;

/** HTTP and HTTPS listeners. */
public final class HttpFrontend implements StreamFrontend {

    private final ListenerRuntime listener;
    private final HttpLoop[] loops;
    private volatile HttpTable table;

    public HttpFrontend(ListenerRuntime listener) {
        this.listener = listener;
        List<Loop> all = listener.transport().loops();
        loops = new HttpLoop[all.size()];
        all.forEach(loop -> loops[loop.index()] = new HttpLoop(loop, listener.transport()));
    }

    @Override
    public void install(ListenerTable next) {
        table = HttpTable.of(next);
    }

    @Override
    public ChannelHandler newHandler(SocketChannel channel, Loop loop, Endpoints endpoints) {
        HttpLoop http = loops[loop.index()];
        return listener.protocol() == ListenerProtocol.HTTPS
                ? new ClientHandshake(this, channel, http, endpoints)
                : new ClientConnection(this, channel, http, endpoints, Wire.clear(channel));
    }

    /** The handler of a connection whose handshake is done, on its loop. */
    ChannelInboundHandler newSecureHandler(
            SocketChannel channel, HttpLoop http, Endpoints endpoints, TlsSession session) {
        Wire wire = Wire.secure(channel, session);
        return ApplicationProtocolNames.HTTP_2.equals(session.applicationProtocol())
                ? Http2ClientConnection.create(this, channel, http, endpoints, wire)
                : new ClientConnection(this, channel, http, endpoints, wire);
    }

    ListenerRuntime listener() {
        return listener;
    }

    /** The version that is served now. */
    HttpTable table() {
        return table;
    }
}
