package dev.slb.forwarder.l7.head;

import io.netty.buffer.ByteBuf;

/**
 * Follows a chunked body (RFC 9112, section 7.1) through the buffers that it comes in, and refuses what parsers
 * disagree on: sizes with anything but hexadecimal digits, bare line feeds, control characters and open quotes in extensions,
 * folded or framing trailers. The bytes themselves pass on as they are, but for trailers that must not, and for blanks where there
 * should be none ({@link #pass}): those that the grammar knows (before an extension), and with answers those that servers pad
 * sizes with, and that stand before the colon of a trailer (RFC 9112, section 5.1).
 */
final class ChunkScanner {

    private static final int MAX_SIZE_DIGITS = 15;
    private static final int MAX_EXTENSION_BYTES = 4096;
    private static final int FREE_EXTENSION_BYTES = 64;
    private static final int MAX_TRAILER_BYTES = 8192;

    private enum State {
        SIZE_START,
        SIZE,
        SIZE_BLANK,
        EXTENSION,
        EXTENSION_QUOTED,
        EXTENSION_ESCAPED,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER_START,
        TRAILER_NAME,
        TRAILER_BLANK,
        TRAILER_VALUE,
        TRAILER_LF,
        LAST_LF,
        END,
        INVALID
    }

    private State state = State.SIZE_START;
    private boolean ofAnswer;
    private long remaining;
    private int digits;
    private int extensionBytes;
    private int trailerBytes;
    private final TrailerSection trailers = new TrailerSection();
    /** How much of what the last scan has gone through belongs to the trailers and the empty line that ends them. */
    private int sectionBytes;
    /** After sizes, in what the last scan has gone through. */
    private final Blanks blanks = new Blanks();

    /**
     * @param named what {@code Connection} has named in the head; null for nothing
     * @param answer whether it is the body of one, which servers write in more ways than we take from clients
     */
    void reset(byte[] named, boolean answer) {
        ofAnswer = answer;
        state = State.SIZE_START;
        remaining = 0;
        digits = 0;
        extensionBytes = 0;
        trailerBytes = 0;
        trailers.reset(named);
        sectionBytes = 0;
        blanks.begin();
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
        sectionBytes = 0;
        blanks.begin();
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
            if (state == State.SIZE_BLANK) {
                blanks.add(at);
            }
            at++;
            if (trailers.isBegun()) {
                sectionBytes++;
            }
        }
        blanks.end(at);
        return at;
    }

    /**
     * What goes on of what the last scan has gone through.
     *
     * @param part ends where that scan has; handed over
     */
    ByteBuf pass(ByteBuf part) {
        int here = sectionBytes;
        sectionBytes = 0;
        ByteBuf rest = blanks.isNone() ? part : blanks.without(part);
        return here == 0 ? rest : trailers.pass(rest, here, isEnd());
    }

    private State next(byte b) {
        return switch (state) {
            case SIZE_START -> sizeStart(b);
            case SIZE -> size(b);
            case SIZE_BLANK -> sizeBlank(b);
            case EXTENSION -> extension(b);
            case EXTENSION_QUOTED -> quoted(b);
            case EXTENSION_ESCAPED -> extensionByte(b, State.EXTENSION_QUOTED);
            case SIZE_LF -> sizeEnd(b);
            case DATA_CR -> b == Ascii.CR ? State.DATA_LF : State.INVALID;
            case DATA_LF -> b == Ascii.LF ? State.SIZE_START : State.INVALID;
            case TRAILER_START -> trailerStart(b);
            case TRAILER_NAME -> trailerName(b);
            case TRAILER_BLANK -> trailerBlank(b);
            case TRAILER_VALUE -> trailerValue(b);
            case TRAILER_LF -> trailerEnd(b);
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
        if (b == ';') {
            return State.EXTENSION;
        }
        return Ascii.isBlank(b) ? sizeBlank(b) : State.INVALID;
    }

    /** Bounded like an extension, which it is a part of. */
    private State sizeBlank(byte b) {
        if (Ascii.isBlank(b)) {
            return ++extensionBytes > MAX_EXTENSION_BYTES ? State.INVALID : State.SIZE_BLANK;
        }
        if (b == ';') {
            return State.EXTENSION;
        }
        return b == Ascii.CR && ofAnswer ? State.SIZE_LF : State.INVALID;
    }

    private State extension(byte b) {
        if (b == Ascii.CR) {
            return State.SIZE_LF;
        }
        return extensionByte(b, b == '"' ? State.EXTENSION_QUOTED : State.EXTENSION);
    }

    /** A line that ends in here goes on for some parsers, and not for others. */
    private State quoted(byte b) {
        return switch (b) {
            case '"' -> extensionByte(b, State.EXTENSION);
            case '\\' -> extensionByte(b, State.EXTENSION_ESCAPED);
            default -> extensionByte(b, State.EXTENSION_QUOTED);
        };
    }

    private State extensionByte(byte b, State next) {
        return Ascii.isControl(b) || ++extensionBytes > MAX_EXTENSION_BYTES ? State.INVALID : next;
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
        if (!Ascii.isToken(b)) {
            return State.INVALID;
        }
        trailers.beginLine();
        return trailerName(b);
    }

    private State trailerName(byte b) {
        if (++trailerBytes > MAX_TRAILER_BYTES) {
            return State.INVALID;
        }
        if (b == ':') {
            boolean valid = trailers.endName();
            trailers.add(b);
            return valid ? State.TRAILER_VALUE : State.INVALID;
        }
        if (ofAnswer && Ascii.isBlank(b)) {
            trailers.change();
            return State.TRAILER_BLANK;
        }
        if (!Ascii.isToken(b)) {
            return State.INVALID;
        }
        trailers.add(b);
        return State.TRAILER_NAME;
    }

    private State trailerBlank(byte b) {
        return b == ':' || Ascii.isBlank(b) ? trailerName(b) : State.INVALID;
    }

    private State trailerValue(byte b) {
        if (b == Ascii.CR) {
            return State.TRAILER_LF;
        }
        if (Ascii.isControl(b) || ++trailerBytes > MAX_TRAILER_BYTES) {
            return State.INVALID;
        }
        trailers.add(b);
        return State.TRAILER_VALUE;
    }

    private State trailerEnd(byte b) {
        if (b != Ascii.LF) {
            return State.INVALID;
        }
        trailers.endLine();
        return State.TRAILER_START;
    }
}
