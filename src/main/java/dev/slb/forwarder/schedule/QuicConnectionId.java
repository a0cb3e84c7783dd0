package dev.slb.forwarder.schedule;

import io.netty.buffer.ByteBuf;

/**
 * The destination connection id of a QUIC packet, read from what all versions have in common (RFC 8999; QUIC 1 and 2 and
 * the drafts since 22).
 *
 * <p>Only the long headers of a handshake say how long the id is. Later packets have it right after their first byte,
 * without a length, so its first eight bytes are taken, of long headers too: both headers of one id hash alike. Servers that
 * want their clients found again after these change their address must use ids of at least eight bytes, as nearly all
 * do; of a shorter one, what follows it differs from packet to packet.
 *
 * <p>The id in a client's first packets is one of its own making; the one that it uses later is its server's, which the
 * server tells in its long headers: {@link #hashOfSource}.
 */
public final class QuicConnectionId {

    /** How many bytes of an id count. */
    static final int BYTES = 8;

    private static final int LONG_HEADER = 0x80;
    private static final int LENGTH_AT = 5;

    private QuicConnectionId() {}

    /**
     * @param datagram from its reader index, which stays
     * @param otherwise what counts when there is no id: too short, or an empty one
     */
    public static long hash(ByteBuf datagram, long otherwise) {
        int start = datagram.readerIndex();
        int readable = datagram.readableBytes();
        if (readable == 0) {
            return otherwise;
        }
        if ((datagram.getByte(start) & LONG_HEADER) == 0) {
            return readable > BYTES ? hash(datagram, start + 1, BYTES) : otherwise;
        }
        if (readable <= LENGTH_AT) {
            return otherwise;
        }
        int length = datagram.getUnsignedByte(start + LENGTH_AT);
        if (length == 0 || readable <= LENGTH_AT + length) {
            return otherwise;
        }
        return hash(datagram, start + LENGTH_AT + 1, Math.min(length, BYTES));
    }

    /** The same of the id by which the sender wants to be called, which only long headers tell; 0 without one. */
    public static long hashOfSource(ByteBuf datagram) {
        int start = datagram.readerIndex();
        int readable = datagram.readableBytes();
        if (readable <= LENGTH_AT || (datagram.getByte(start) & LONG_HEADER) == 0) {
            return 0;
        }
        int lengthAt = LENGTH_AT + 1 + datagram.getUnsignedByte(start + LENGTH_AT);
        int length = readable <= lengthAt ? 0 : datagram.getUnsignedByte(start + lengthAt);
        return length == 0 || readable <= lengthAt + length
                ? 0
                : hash(datagram, start + lengthAt + 1, Math.min(length, BYTES));
    }

    private static long hash(ByteBuf datagram, int start, int length) {
        long id = length;
        for (int i = 0; i < length; i++) {
            id = Long.rotateLeft(id, Byte.SIZE) ^ datagram.getUnsignedByte(start + i);
        }
        return Hashes.mix(id);
    }
}
