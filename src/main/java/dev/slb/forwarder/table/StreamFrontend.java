package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.Loop;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.SocketChannel;

/** A frontend whose clients come as connections. */
public interface StreamFrontend extends Frontend {

    /**
     * The handler of a connection that was accepted, not registered yet. Called on the accepting loop, which may be
     * another than the connection's; options may be set here. The handler takes part in the listener's life: it is
     * added to {@link ListenerRuntime#connections} of its loop, or to a member's.
     *
     * @param endpoints whose connection it is; not to be asked before the channel is active
     */
    ChannelHandler newHandler(SocketChannel channel, Loop loop, Endpoints endpoints);
}
