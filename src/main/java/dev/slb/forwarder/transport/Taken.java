package dev.slb.forwarder.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.UnixChannel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the peer of a connection has taken of what was sent to it. {@link PendingOutput} alone does not show that: kernels make room in
 * steps of a third of their buffer, which may be a megabyte and more.
 */
public final class Taken {

    // Of the kernel's headers, linux/tcp.h.
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;
    private static final int BYTES_ACKED = 120;

    private static final RawUnixChannelOption INFO =
            new RawUnixChannelOption("TCP_INFO", IPPROTO_TCP, TCP_INFO, BYTES_ACKED + Long.BYTES);

    private Taken() {}

    /** Bytes that it has acknowledged, ever; 0 when that is not known: NIO does not tell. A system call. */
    public static long bytes(Channel channel) {
        if (!(channel instanceof UnixChannel) || !channel.isOpen()) {
            return 0;
        }
        try {
            ByteBuffer info = channel.config().getOption(INFO);
            return info == null ? 0 : info.order(ByteOrder.nativeOrder()).getLong(BYTES_ACKED);
        } catch (ChannelException e) {
            return 0; // broken meanwhile
        }
    }
}
