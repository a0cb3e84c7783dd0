package dev.slb.forwarder.l7.head;

import io.netty.buffer.ByteBuf;

import java.util.Arrays;

/** Where in a part of a body single bytes stand that do not go on. */
final class Blanks {

    /** Indices in the buffer that is scanned, ascending; null as long as there were never any. */
    private int[] at;

    private int count;
    private int end;

    /** A part begins. */
    void begin() {
        count = 0;
    }

    void add(int index) {
        if (at == null) {
            at = new int[16];
        } else if (count == at.length) {
            at = Arrays.copyOf(at, 2 * count);
        }
        at[count++] = index;
    }

    /** @param index after the part's last byte */
    void end(int index) {
        end = index;
    }

    boolean isNone() {
        return count == 0;
    }

    /** @param part ends where that part does, whatever comes before it; handed over */
    ByteBuf without(ByteBuf part) {
        int shift = part.writerIndex() - end;
        ByteBuf out = part.alloc().ioBuffer(part.readableBytes());
        try {
            for (int i = 0; i < count; i++) {
                int blank = at[i] + shift;
                out.writeBytes(part, blank - part.readerIndex());
                part.skipBytes(1);
            }
            return out.writeBytes(part);
        } finally {
            count = 0;
            part.release();
        }
    }
}
