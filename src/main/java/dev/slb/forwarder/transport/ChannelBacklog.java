package dev.slb.forwarder.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/** What a channel holds that its other end does not take. To be looked at after a flush. */
public abstract class ChannelBacklog extends Backlog.Entry {

    private final Channel channel;

    protected ChannelBacklog(Channel channel) {
        this.channel = channel;
    }

    @Override
    protected long held() {
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
        return pending == null ? 0 : pending.totalPendingWriteBytes();
    }
}
