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
 *
 * @param bytes that it has acknowledged, ever; 0 when that is not known: NIO does not tell
 * @param all whether the kernel has nothing that is to be acknowledged; true when that is not known
 */
public record Taken(long bytes, boolean all) {

    private static final Taken UNKNOWN = new Taken(0, true);

    // Of the kernel's headers, linux/tcp.h.
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;
    private static final int SEGMENTS_ON_THE_WAY = 24;
    private static final int BYTES_ACKED = 120;
    private static final int BYTES_NOT_SENT = 144;

    private static final RawUnixChannelOption INFO =
            new RawUnixChannelOption("TCP_INFO", IPPROTO_TCP, TCP_INFO, BYTES_NOT_SENT + Integer.BYTES);

    /** Until now. A system call. */
    public static Taken of(Channel channel) {
        if (!(channel instanceof UnixChannel) || !channel.isOpen()) {
            return UNKNOWN;
        }
        try {
            ByteBuffer info = channel.config().getOption(INFO);
            return info == null ? UNKNOWN : of(info.order(ByteOrder.nativeOrder()));
        } catch (ChannelException e) {
            return UNKNOWN; // broken meanwhile
        }
    }

    private static Taken of(ByteBuffer info) {
        return new Taken(
                info.getLong(BYTES_ACKED), info.getInt(SEGMENTS_ON_THE_WAY) == 0 && info.getInt(BYTES_NOT_SENT) == 0);
    }
}
