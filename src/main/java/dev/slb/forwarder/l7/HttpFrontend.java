package dev.slb.forwarder.l7;

import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.Frontend;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.transport.Loop;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.SocketChannel;

import java.util.List;

/** HTTP listeners. */
public final class HttpFrontend implements Frontend {

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
        return new ClientConnection(this, channel, loops[loop.index()], endpoints);
    }

    /** The handler of a connection on which HTTP/2 was agreed on. */
    ChannelHandler newHttp2Handler(SocketChannel channel, Loop loop, Endpoints endpoints) {
        return Http2ClientConnection.create(this, channel, loops[loop.index()], endpoints);
    }

    ListenerRuntime listener() {
        return listener;
    }

    /** The version that is served now. */
    HttpTable table() {
        return table;
    }
}
