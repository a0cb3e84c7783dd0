package dev.slb.forwarder.l4;

import dev.slb.forwarder.table.ConnectionFrontend;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.TcpConnection;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.SocketChannel;

/** TCP listeners. */
public final class TcpFrontend implements ConnectionFrontend {

    private final ListenerRuntime listener;

    public TcpFrontend(ListenerRuntime listener) {
        this.listener = listener;
    }

    @Override
    public void install(ListenerTable table) {
        // Connections read the table from the listener; there is nothing to compile.
    }

    @Override
    public ChannelHandler newHandler(SocketChannel channel, Loop loop, Endpoints endpoints) {
        return Relay.accept(listener, loop, channel, endpoints).handler();
    }

    @Override
    public TcpConnection.Owner newOwner(TcpConnection connection, Endpoints endpoints) {
        return Relay.accept(listener, connection, endpoints);
    }
}
