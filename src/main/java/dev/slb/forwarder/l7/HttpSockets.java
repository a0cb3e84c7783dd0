package dev.slb.forwarder.l7;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannelConfig;

/** How connections of HTTP read and write. */
final class HttpSockets {

    /** At least so much that after most requests there is room for the headers that are added. */
    private static final int SMALLEST_READ = 2048;

    private static final int LARGEST_READ = 256 * 1024;

    /** Buffers grow with the traffic up to the largest; a burst is at most so many of them. */
    private static final int READS_PER_BURST = 4;

    private static final RecvByteBufAllocator RECEIVE = new AdaptiveRecvByteBufAllocator(
                    SMALLEST_READ, SMALLEST_READ, LARGEST_READ)
            .maxMessagesPerRead(READS_PER_BURST);

    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 128 * 1024);

    private HttpSockets() {}

    static void client(SocketChannelConfig config) {
        common(config);
        config.setAllowHalfClosure(true);
    }

    static void server(SocketChannelConfig config, int connectMillis) {
        common(config);
        config.setConnectTimeoutMillis(connectMillis);
        // When a server reads no more, an answer that it has sent before is still to be read.
        config.setAutoClose(false);
    }

    private static void common(SocketChannelConfig config) {
        config.setKeepAlive(true);
        config.setRecvByteBufAllocator(RECEIVE);
        config.setWriteBufferWaterMark(WATER_MARK);
    }
}
