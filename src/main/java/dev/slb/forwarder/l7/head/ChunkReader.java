package dev.slb.forwarder.l7.head;

import io.netty.buffer.ByteBuf;

import java.util.Arrays;

/** Takes the data and the trailers out of a chunked body that {@link ChunkScanner} has found valid. */
public final class ChunkReader {

    private enum State {
        SIZE,
        EXTENSION,
        DATA,
        DATA_END,
        LINE_START,
        LINE,
        END
    }

    private State state = State.SIZE;
    private long remaining;
    private byte[] trailers;
    private int trailerBytes;

    /**
     * Moves the reader index to the next data.
     *
     * @return how many bytes of it are here: to be read before the next call; 0 when nothing is left
     */
    public int next(ByteBuf in) {
        while (in.isReadable() && state != State.END) {
            if (state == State.DATA) {
                int here = (int) Math.min(remaining, in.readableBytes());
                remaining -= here;
                if (remaining == 0) {
                    state = State.DATA_END;
                }
                return here;
            }
            step(in.readByte());
        }
        return 0;
    }

    private void step(byte b) {
        switch (state) {
            case SIZE -> {
                int digit = Ascii.hex(b);
                if (digit >= 0) {
                    remaining = remaining << 4 | digit;
                } else {
                    state = State.EXTENSION;
                }
            }
            case EXTENSION -> {
                if (b == Ascii.LF) {
                    state = remaining == 0 ? State.LINE_START : State.DATA;
                }
            }
            case DATA_END -> {
                if (b == Ascii.LF) {
                    state = State.SIZE;
                }
            }
            case LINE_START -> {
                state = State.LINE;
                lastLine = b == Ascii.CR;
                keep(b);
            }
            case LINE -> {
                keep(b);
                if (b == Ascii.LF) {
                    state = lastLine ? State.END : State.LINE_START;
                }
            }
            case DATA, END -> throw new IllegalStateException(state.name());
        }
    }

    private boolean lastLine;

    private void keep(byte b) {
        if (lastLine) {
            return;
        }
        if (trailers == null) {
            trailers = new byte[128];
        } else if (trailerBytes == trailers.length) {
            trailers = Arrays.copyOf(trailers, 2 * trailerBytes);
        }
        trailers[trailerBytes++] = b;
    }

    /** Whether the last chunk and the trailers were read. */
    public boolean isEnd() {
        return state == State.END;
    }

    /** Whether something follows the last chunk: only at the end. */
    public boolean hasTrailers() {
        return trailerBytes > 0;
    }

    /** Lines, each with its end. */
    public byte[] trailers() {
        return trailers;
    }

    /** How much of {@link #trailers} counts. */
    public int trailerBytes() {
        return trailerBytes;
    }
}
