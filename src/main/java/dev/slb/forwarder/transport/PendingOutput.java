package dev.slb.forwarder.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/** What was written to a channel and has not gone to the kernel yet. To be asked on the channel's event loop. */
public final class PendingOutput {

    private PendingOutput() {}

    /**
     * Bytes, with some more for each message. As long as nothing is written, it is another number exactly when the peer has
     * taken something.
     */
    public static long of(Channel channel) {
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
        return pending == null ? 0 : pending.totalPendingWriteBytes() - pending.currentProgress();
    }
}
