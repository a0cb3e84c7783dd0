package dev.slb.forwarder.l7.head;

import io.netty.buffer.ByteBuf;

/**
 * Looks for the empty line that ends a head which arrives in pieces, at each byte once however small the pieces are.
 * Bare line feeds end a line here too: it is the scan that refuses them, and it must get to see them.
 */
public final class HeadEnd {

    private int searched;
    private boolean firstLine;

    /** Another head begins. */
    public void reset() {
        searched = 0;
        firstLine = true;
    }

    /** Whether not even the first line has ended. */
    public boolean isFirstLine() {
        return firstLine;
    }

    /** Whether the head that begins at the reader index has ended, as far as its line ends tell. */
    public boolean isIn(ByteBuf in) {
        int start = in.readerIndex();
        int end = in.writerIndex();
        for (int from = start + searched; ; ) {
            int lineFeed = in.indexOf(from, end, Ascii.LF);
            if (lineFeed < 0) {
                searched = end - start;
                return false;
            }
            firstLine = false;
            int next = lineFeed + 1;
            if (next < end && in.getByte(next) == Ascii.CR) {
                next++;
            }
            if (next == end) {
                searched = lineFeed - start;
                return false;
            }
            if (in.getByte(next) == Ascii.LF) {
                searched = lineFeed - start;
                return true;
            }
            from = lineFeed + 1;
        }
    }
}
