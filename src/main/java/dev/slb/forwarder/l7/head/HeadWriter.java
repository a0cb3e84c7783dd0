package dev.slb.forwarder.l7.head;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.util.Arrays;

/**
 * Puts together the head that goes out. It is built in an array, so that its size is known before it is decided where
 * it goes: as a rule into the very buffer that the message came in, in the place of the old head.
 */
public final class HeadWriter {

    private byte[] bytes = new byte[4096];
    private int length;

    /** Begins a new head. */
    public HeadWriter clear() {
        length = 0;
        return this;
    }

    /** Adds these bytes. */
    public void write(byte[] source) {
        write(source, 0, source.length);
    }

    /** Adds a part of these bytes. */
    public void write(byte[] source, int start, int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        }
        System.arraycopy(source, start, bytes, length, count);
        length += count;
    }

    /** @param value is written in decimal digits */
    public void writeDecimal(long value) {
        write(Ascii.bytes(Long.toString(value)));
    }

    /** How many bytes were written. */
    public int length() {
        return length;
    }

    /** Copies the first {@code count} bytes of what was written to the start of {@code target}. */
    public void copyTo(byte[] target, int count) {
        System.arraycopy(bytes, 0, target, 0, count);
    }

    /**
     * Replaces the head at the reader index by what was written, when there is room: in front, as the new head is not
     * longer than the old one, or behind, as nothing follows the old one.
     *
     * @param in nobody else may use the bytes of the old head
     */
    public boolean replace(ByteBuf in, int oldLength) {
        if (in.isReadOnly()) {
            return false;
        }
        int start = in.readerIndex();
        if (length <= oldLength) {
            in.readerIndex(start + oldLength - length);
            in.setBytes(in.readerIndex(), bytes, 0, length);
            return true;
        }
        // Bytes beyond the writer index are ours only if no other view of the memory exists.
        if (in.readableBytes() == oldLength && in.refCnt() == 1 && in.maxFastWritableBytes() >= length - oldLength) {
            in.writerIndex(start);
            in.writeBytes(bytes, 0, length);
            return true;
        }
        return false;
    }

    /**
     * Replaces the head of an answer by what was written, and scans it once more: for the rare answer whose head is changed
     * before anybody else sees it.
     *
     * @param in begins with the head; handed over
     * @return what then begins with the head
     */
    public ByteBuf replaceHead(ResponseHead head, ByteBuf in) {
        ByteBuf out = replaceHead(head.length(), in);
        if (head.scan(out, length) != Head.State.COMPLETE) {
            throw new IllegalStateException("a head of our own is refused: " + head.refusal());
        }
        return out;
    }

    /** The same for a head of this length, and it is not scanned. */
    ByteBuf replaceHead(int oldLength, ByteBuf in) {
        if (replace(in, oldLength)) {
            return in;
        }
        in.skipBytes(oldLength);
        ByteBuf out = copy(in.alloc(), in.readableBytes()).writeBytes(in);
        in.release();
        return out;
    }

    /** @param room for so many bytes more */
    public ByteBuf copy(ByteBufAllocator allocator, int room) {
        return allocator.ioBuffer(length + room).writeBytes(bytes, 0, length);
    }
}
