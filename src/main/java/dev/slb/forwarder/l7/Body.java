package dev.slb.forwarder.l7;

import io.netty.buffer.ByteBuf;

/** Where the body of a message ends, followed as its bytes pass. One per leg of a connection, used again and again. */
final class Body {

    private enum Framing {
        NONE,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE
    }

    private Framing framing = Framing.NONE;
    private long remaining;
    private ChunkScanner chunks;

    void none() {
        framing = Framing.NONE;
    }

    void length(long bytes) {
        framing = bytes == 0 ? Framing.NONE : Framing.LENGTH;
        remaining = bytes;
    }

    void chunked() {
        framing = Framing.CHUNKED;
        if (chunks == null) {
            chunks = new ChunkScanner();
        } else {
            chunks.reset();
        }
    }

    void untilClose() {
        framing = Framing.UNTIL_CLOSE;
    }

    /**
     * Follows what came in from an index to the writer index.
     *
     * @return the index after the last byte that belongs to the body
     */
    int scan(ByteBuf in, int from) {
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

    boolean isEnd() {
        return framing == Framing.NONE;
    }

    boolean isInvalid() {
        return framing == Framing.CHUNKED && chunks.isInvalid();
    }

    boolean isUntilClose() {
        return framing == Framing.UNTIL_CLOSE;
    }
}
