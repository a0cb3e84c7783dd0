package dev.slb.forwarder.l7;

import io.netty.buffer.ByteBuf;

/**
 * Follows a chunked body (RFC 9112, section 7.1) through the buffers that it comes in, and refuses what parsers
 * disagree on: sizes with anything but hexadecimal digits, bare line feeds, control characters in extensions, folded
 * or framing trailers. The bytes themselves pass on as they are.
 */
final class ChunkScanner {

    private static final int MAX_SIZE_DIGITS = 15;
    private static final int MAX_EXTENSION_BYTES = 4096;
    private static final int FREE_EXTENSION_BYTES = 64;
    private static final int MAX_TRAILER_BYTES = 8192;

    private enum State {
        SIZE_START,
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER_START,
        TRAILER_NAME,
        TRAILER_VALUE,
        TRAILER_LF,
        LAST_LF,
        END,
        INVALID
    }

    private State state = State.SIZE_START;
    private long remaining;
    private int digits;
    private int extensionBytes;
    private int trailerBytes;
    private int nameLength;
    private byte[] name;

    void reset() {
        state = State.SIZE_START;
        remaining = 0;
        digits = 0;
        extensionBytes = 0;
        trailerBytes = 0;
        nameLength = 0;
    }

    boolean isEnd() {
        return state == State.END;
    }

    boolean isInvalid() {
        return state == State.INVALID;
    }

    /**
     * Goes through {@code [from, to)} until the body ends or is invalid.
     *
     * @return the index after the last byte that belongs to the body and is valid
     */
    int scan(ByteBuf in, int from, int to) {
        int at = from;
        while (at < to && state != State.END) {
            if (state == State.DATA) {
                long data = Math.min(remaining, to - at);
                remaining -= data;
                at += (int) data;
                if (remaining == 0) {
                    state = State.DATA_CR;
                }
                continue;
            }
            state = next(in.getByte(at));
            if (state == State.INVALID) {
                return at;
            }
            at++;
        }
        return at;
    }

    private State next(byte b) {
        return switch (state) {
            case SIZE_START -> sizeStart(b);
            case SIZE -> size(b);
            case EXTENSION -> extension(b);
            case SIZE_LF -> sizeEnd(b);
            case DATA_CR -> b == Ascii.CR ? State.DATA_LF : State.INVALID;
            case DATA_LF -> b == Ascii.LF ? State.SIZE_START : State.INVALID;
            case TRAILER_START -> trailerStart(b);
            case TRAILER_NAME -> trailerName(b);
            case TRAILER_VALUE -> trailerValue(b);
            case TRAILER_LF -> b == Ascii.LF ? State.TRAILER_START : State.INVALID;
            case LAST_LF -> b == Ascii.LF ? State.END : State.INVALID;
            case DATA, END, INVALID -> throw new IllegalStateException(state.name());
        };
    }

    private State sizeStart(byte b) {
        remaining = Ascii.hex(b);
        digits = 1;
        return remaining < 0 ? State.INVALID : State.SIZE;
    }

    private State size(byte b) {
        int digit = Ascii.hex(b);
        if (digit >= 0) {
            remaining = remaining << 4 | digit;
            return ++digits > MAX_SIZE_DIGITS ? State.INVALID : State.SIZE;
        }
        if (b == Ascii.CR) {
            return State.SIZE_LF;
        }
        return b == ';' ? State.EXTENSION : State.INVALID;
    }

    private State extension(byte b) {
        if (b == Ascii.CR) {
            return State.SIZE_LF;
        }
        return Ascii.isControl(b) || ++extensionBytes > MAX_EXTENSION_BYTES ? State.INVALID : State.EXTENSION;
    }

    private State sizeEnd(byte b) {
        if (b != Ascii.LF) {
            return State.INVALID;
        }
        // What extensions exceed the data is bounded over the whole body, or bytes of data could carry kilobytes each.
        extensionBytes = (int) Math.max(0, extensionBytes - FREE_EXTENSION_BYTES - remaining);
        return remaining == 0 ? State.TRAILER_START : State.DATA;
    }

    private State trailerStart(byte b) {
        if (b == Ascii.CR) {
            return State.LAST_LF;
        }
        nameLength = 0;
        return Ascii.isToken(b) ? trailerName(b) : State.INVALID;
    }

    private State trailerName(byte b) {
        if (++trailerBytes > MAX_TRAILER_BYTES) {
            return State.INVALID;
        }
        if (b == ':') {
            return isFramingName() ? State.INVALID : State.TRAILER_VALUE;
        }
        if (!Ascii.isToken(b)) {
            return State.INVALID;
        }
        if (name == null) {
            name = new byte[32];
        }
        if (nameLength < name.length) {
            name[nameLength] = b;
        }
        nameLength++;
        return State.TRAILER_NAME;
    }

    private boolean isFramingName() {
        return nameLength <= name.length && HeaderName.of(name, 0, nameLength).isFraming();
    }

    private State trailerValue(byte b) {
        if (b == Ascii.CR) {
            return State.TRAILER_LF;
        }
        return Ascii.isControl(b) || ++trailerBytes > MAX_TRAILER_BYTES ? State.INVALID : State.TRAILER_VALUE;
    }
}
