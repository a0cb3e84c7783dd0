package dev.slb.forwarder.l4;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannelConfig;

/**
 * How relayed channels read and write. Buffers grow with the traffic, so that bulk moves in few system calls; what a
 * relay holds when its reader stands still is at most the high water mark and one read, 256 KiB per direction.
 */
final class SocketOptions {

    private static final int LARGEST_READ = 128 * 1024;
    private static final int READS_PER_BURST = 4;

    private static final RecvByteBufAllocator RECEIVE =
            new AdaptiveRecvByteBufAllocator(1024, 2048, LARGEST_READ).maxMessagesPerRead(READS_PER_BURST);

    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 128 * 1024);

    private SocketOptions() {}

    static void relay(SocketChannelConfig config) {
        config.setAllowHalfClosure(true);
        config.setRecvByteBufAllocator(RECEIVE);
        config.setWriteBufferWaterMark(WATER_MARK);
    }
}
