package dev.slb.forwarder.l4;

import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Reading;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;

/**
 * How relayed channels read and write. Buffers grow with the traffic, so that bulk moves in few system calls; what a
 * relay holds when its reader stands still is at most the high water mark and one read, 256 KiB per direction.
 */
final class SocketOptions {

    private static final int LARGEST_READ = 128 * 1024;
    private static final int READS_PER_BURST = 4;

    private static final int SMALLEST_READ = 1024;

    private static final AdaptiveRecvByteBufAllocator RECEIVE =
            new AdaptiveRecvByteBufAllocator(SMALLEST_READ, 2 * SMALLEST_READ, LARGEST_READ);

    static {
        RECEIVE.maxMessagesPerRead(READS_PER_BURST);
    }

    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 128 * 1024);

    private SocketOptions() {}

    static void relay(SocketChannel channel, Loop loop) {
        SocketChannelConfig config = channel.config();
        config.setAllowHalfClosure(true);
        config.setRecvByteBufAllocator(new Reading(loop, channel, RECEIVE, SMALLEST_READ));
        config.setWriteBufferWaterMark(WATER_MARK);
    }
}
