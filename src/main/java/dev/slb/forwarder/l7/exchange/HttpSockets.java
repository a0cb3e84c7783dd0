package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Reading;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;

/** How connections of HTTP read and write. */
public final class HttpSockets {

    /** At least so much that after most requests there is room for the headers that are added. */
    private static final int SMALLEST_READ = 2048;

    private static final int LARGEST_READ = 256 * 1024;

    /** Buffers grow with the traffic up to the largest; a burst is at most so many of them. */
    private static final int READS_PER_BURST = 4;

    private static final AdaptiveRecvByteBufAllocator RECEIVE =
            new AdaptiveRecvByteBufAllocator(SMALLEST_READ, SMALLEST_READ, LARGEST_READ);

    static {
        RECEIVE.maxMessagesPerRead(READS_PER_BURST);
    }

    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 128 * 1024);

    private HttpSockets() {}

    /** For a client's connection. */
    public static void client(SocketChannel channel, Loop loop) {
        common(channel, loop);
        channel.config().setAllowHalfClosure(true);
    }

    /** For a connection to a server. */
    public static void server(SocketChannel channel, Loop loop, int connectMillis) {
        common(channel, loop);
        SocketChannelConfig config = channel.config();
        config.setConnectTimeoutMillis(connectMillis);
        // When a server reads no more, an answer that it has sent before is still to be read.
        config.setAutoClose(false);
    }

    private static void common(SocketChannel channel, Loop loop) {
        SocketChannelConfig config = channel.config();
        config.setKeepAlive(true);
        config.setRecvByteBufAllocator(new Reading(loop, channel, RECEIVE, SMALLEST_READ));
        config.setWriteBufferWaterMark(WATER_MARK);
    }

    /** An answer begins: how much of it may wait for the client is decided by what there is room for now. */
    public static void answer(SocketChannel channel, Loop loop) {
        int room = loop.backlog().room(WATER_MARK.high(), SMALLEST_READ);
        if (room < WATER_MARK.high() || channel.config().getWriteBufferHighWaterMark() < WATER_MARK.high()) {
            channel.config()
                    .setWriteBufferWaterMark(
                            room == WATER_MARK.high() ? WATER_MARK : new WriteBufferWaterMark(room / 2, room));
        }
    }
}
