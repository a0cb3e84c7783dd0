package dev.slb.forwarder.l7.head;

import io.netty.buffer.ByteBuf;

/** Where the body of a message ends, followed as its bytes pass. One per leg of a connection, used again and again. */
public final class Body {

    private enum Framing {
        NONE,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE
    }

    private Framing framing = Framing.NONE;
    private long remaining;
    private ChunkScanner chunks;

    /** The next message has no body. */
    public void none() {
        framing = Framing.NONE;
    }

    /** The next body has this length. */
    public void length(long bytes) {
        framing = bytes == 0 ? Framing.NONE : Framing.LENGTH;
        remaining = bytes;
    }

    /** @param head with which it begins */
    public void chunked(RequestHead head) {
        chunked(head, false);
    }

    /** The same of an answer. */
    public void chunked(ResponseHead head) {
        chunked(head, true);
    }

    private void chunked(Head head, boolean answer) {
        framing = Framing.CHUNKED;
        if (chunks == null) {
            chunks = new ChunkScanner();
        }
        chunks.reset(head.namedByConnection(), answer);
    }

    /** The next body goes on until the connection's end. */
    public void untilClose() {
        framing = Framing.UNTIL_CLOSE;
    }

    /**
     * Follows what came in from an index to the writer index.
     *
     * @return the index after the last byte that belongs to the body
     */
    public int scan(ByteBuf in, int from) {
        int to = in.writerIndex();
        switch (framing) {
            case NONE -> {
                return from;
            }
            case LENGTH -> {
                int taken = (int) Math.min(remaining, to - from);
                remaining -= taken;
                if (remaining == 0) {
                    framing = Framing.NONE;
                }
                return from + taken;
            }
            case CHUNKED -> {
                int end = chunks.scan(in, from, to);
                if (chunks.isEnd()) {
                    framing = Framing.NONE;
                }
                return end;
            }
            default -> {
                return to;
            }
        }
    }

    /**
     * What goes on of what the last scan has found to belong to the body: all but trailers and blanks that stay here.
     *
     * @param part ends where that scan has said; handed over
     */
    public ByteBuf pass(ByteBuf part) {
        return chunks == null ? part : chunks.pass(part);
    }

    /** Whether all of it was seen. */
    public boolean isEnd() {
        return framing == Framing.NONE;
    }

    /** Whether its framing is broken. */
    public boolean isInvalid() {
        return framing == Framing.CHUNKED && chunks.isInvalid();
    }

    /** Whether only the connection's end ends it. */
    public boolean isUntilClose() {
        return framing == Framing.UNTIL_CLOSE;
    }
}
