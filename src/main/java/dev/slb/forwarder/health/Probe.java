package dev.slb.forwarder.health;

import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.SocketChannel;

/** What one kind of check does on its connection. */
interface Probe {

    /** Takes the result of one check, once. Called on the loop. */
    interface Result {

        void success();

        /** @param cause for people, such as {@code connection refused} */
        void failure(String cause);
    }

    /**
     * The handler of one check's connection: reports a result, and closes the connection when it needs it no longer. Only the
     * first result counts; a connection that is closed before there was one is a failure.
     */
    ChannelHandler newHandler(SocketChannel channel, Result result);
}
