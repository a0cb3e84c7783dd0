package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.head.Ascii;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/** A part of a body as a chunk of HTTP/1: one buffer, so that whoever takes it has it as a whole, and nothing comes in between. */
final class Chunk {

    /** Data of at most this size are copied together with what frames them. */
    private static final int SMALL = 1024;

    private static final byte[] CRLF = Ascii.bytes("\r\n");
    private static final byte[] LAST = Ascii.bytes("0\r\n\r\n");

    private Chunk() {}

    /** The end of a body without trailers. */
    static ByteBuf last() {
        return Unpooled.wrappedBuffer(LAST);
    }

    /**
     * @param data handed over; not empty, which would be the last chunk
     * @param end what follows the chunk where it is the body's last one, handed over; else null
     */
    static ByteBuf of(ByteBufAllocator allocator, ByteBuf data, ByteBuf end) {
        byte[] size = Ascii.bytes(Integer.toHexString(data.readableBytes()));
        int frameBytes = size.length + 2 * CRLF.length + (end == null ? 0 : end.readableBytes());
        boolean small = data.readableBytes() <= SMALL;
        ByteBuf frame;
        try {
            frame = allocator.ioBuffer(small ? frameBytes + data.readableBytes() : frameBytes);
        } catch (RuntimeException | Error e) {
            data.release();
            if (end != null) {
                end.release();
            }
            throw e;
        }
        int before = frame.writeBytes(size).writeBytes(CRLF).readableBytes();
        if (small) {
            move(data, frame);
        }
        frame.writeBytes(CRLF);
        if (end != null) {
            move(end, frame);
        }
        return small
                ? frame
                : allocator.compositeBuffer(3).addComponents(true, frame.readRetainedSlice(before), data, frame);
    }

    private static void move(ByteBuf from, ByteBuf to) {
        to.writeBytes(from);
        from.release();
    }
}
