package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.Loop;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.SocketChannel;

/** How a listener speaks to its clients: one implementation per protocol, one instance per listener. */
public interface Frontend {

    /**
     * A new version of the listener. Called on the control thread, before {@link ListenerRuntime#table} shows it and
     * before the first connection; whatever must be compiled from it (a router) is made here.
     */
    void install(ListenerTable table);

    /**
     * The handler of a connection that was accepted, not registered yet. Called on the accepting loop, which may be
     * another than the connection's; options may be set here. The handler takes part in the listener's life: it is
     * added to {@link ListenerRuntime#connections} of its loop, or to a member's.
     *
     * @param endpoints whose connection it is; not to be asked before the channel is active
     */
    ChannelHandler newHandler(SocketChannel channel, Loop loop, Endpoints endpoints);
}
