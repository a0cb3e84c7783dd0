package dev.slb.forwarder.l7.head;

import io.netty.buffer.ByteBuf;

import java.util.Arrays;

/**
 * The trailer section of a chunked body of HTTP/1, as it comes byte by byte. One that is here as a whole, and of which all may
 * pass ({@link Trailers}), goes on as it came; of any other, what passes waits here for the end.
 */
final class TrailerSection {

    private static final byte[] CRLF = Ascii.bytes("\r\n");

    /** Each trailer is compared with all that {@code Connection} names: where those are more bytes, no trailer passes. */
    private static final int MOST_NAMED = 256;

    private byte[] named;
    /** The lines that pass; null before the first line. */
    private byte[] bytes;

    private int length;
    private int lineStart;
    private boolean dropping;
    /** What goes on is not what came, or not when it came. */
    private boolean changed;

    /** @param named what {@code Connection} has named in the head; null for nothing */
    void reset(byte[] named) {
        this.named = named;
        bytes = null;
        length = 0;
        changed = false;
    }

    boolean isBegun() {
        return bytes != null;
    }

    void beginLine() {
        if (bytes == null) {
            bytes = new byte[128];
        }
        lineStart = length;
    }

    /** Something of what came is not {@link #add}ed. */
    void change() {
        changed = true;
    }

    /** A byte of the line: of its name, which ends with {@link #endName}, the colon, or its value. */
    void add(byte b) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * length);
        }
        bytes[length++] = b;
    }

    /** @return false when there may be no field of this name */
    boolean endName() {
        Trailers.Verdict verdict = Trailers.of(bytes, lineStart, length);
        dropping = verdict == Trailers.Verdict.DROPPED || named != null && isNamed();
        return verdict != Trailers.Verdict.REFUSED;
    }

    private boolean isNamed() {
        if (named.length > MOST_NAMED) {
            return true;
        }
        byte[] name = Arrays.copyOfRange(bytes, lineStart, length);
        Ascii.lowerCase(name, 0, name.length);
        return Ascii.isListed(named, 0, named.length, name);
    }

    void endLine() {
        if (dropping) {
            length = lineStart;
            changed = true;
        } else {
            add(Ascii.CR);
            add(Ascii.LF);
        }
    }

    /**
     * What goes on of a part of the body.
     *
     * @param part handed over
     * @param here how many bytes at its end belong to the section
     * @param end whether they are the last ones
     */
    ByteBuf pass(ByteBuf part, int here, boolean end) {
        changed |= !end;
        if (!changed) {
            return part;
        }
        part.writerIndex(part.writerIndex() - here);
        return end ? withSection(part) : part;
    }

    private ByteBuf withSection(ByteBuf part) {
        try {
            return part.alloc()
                    .ioBuffer(part.readableBytes() + length + CRLF.length)
                    .writeBytes(part)
                    .writeBytes(bytes, 0, length)
                    .writeBytes(CRLF);
        } finally {
            part.release();
        }
    }
}
