package dev.slb.forwarder.l7.head;

import io.netty.buffer.ByteBuf;

/**
 * Heads of answers that are not in order, but have one meaning only: what a proxy takes from servers is brought into its form and
 * scanned once more, so that whatever comes after the scan knows heads that are in order.
 *
 * <p>That is: blanks before a colon (RFC 9112, section 5.1), folded lines (5.2), one length said several times (6.3), {@code
 * Transfer-Encoding: identity} of old, and whatever framing is named where there is no body in any case (6.3).
 */
public final class AnswerRepair {

    private static final byte[] CHUNKED = Ascii.bytes("chunked");
    private static final byte[] IDENTITY = Ascii.bytes("identity");
    // Without blanks, so that a head never gets longer.
    private static final byte[] CONTENT_LENGTH = Ascii.bytes("Content-Length:");
    private static final byte[] TRANSFER_ENCODING = Ascii.bytes("Transfer-Encoding:chunked\r\n");
    private static final byte[] CRLF = Ascii.bytes("\r\n");

    private final ResponseHead head;
    private final byte[] bytes;

    /** -1 without one. */
    private long length = -1;

    private boolean invalidLength;
    private boolean encoded;
    private boolean chunked;
    private boolean invalidEncoding;

    private AnswerRepair(ResponseHead head, ByteBuf in) {
        this.head = head;
        this.bytes = new byte[Math.min(in.readableBytes(), ResponseHead.MAX_BYTES + 1)];
        in.getBytes(in.readerIndex(), bytes);
    }

    /**
     * Scans the head that begins at the reader index, and repairs it where it would be refused.
     *
     * @param in handed over when the head is complete
     * @param headOnly whether the request was one of HEAD
     * @param writer is used when something has to be repaired
     * @return begins with the head; null when it is refused, or has not ended: then {@link Head#refusal} is null, too
     */
    public static ByteBuf scan(ResponseHead head, ByteBuf in, boolean headOnly, HeadWriter writer) {
        return switch (head.scan(in, ResponseHead.MAX_BYTES)) {
            case COMPLETE -> in;
            case INCOMPLETE -> null;
            case REFUSED ->
                isRepairable(head.refusal()) ? new AnswerRepair(head, in).repaired(in, headOnly, true, writer) : null;
        };
    }

    /** Takes the chunks out of a head that was found good, for a client that knows none. */
    public static ByteBuf withoutChunks(ResponseHead head, ByteBuf in, boolean headOnly, HeadWriter writer) {
        return new AnswerRepair(head, in).repaired(in, headOnly, false, writer);
    }

    private static boolean isRepairable(Refusal why) {
        return switch (why) {
            case SPACE_BEFORE_COLON,
                    OBSOLETE_FOLDING,
                    INVALID_CONTENT_LENGTH,
                    DUPLICATE_CONTENT_LENGTH,
                    INVALID_TRANSFER_ENCODING,
                    UNKNOWN_TRANSFER_CODING,
                    LENGTH_AND_TRANSFER_ENCODING -> true;
            default -> false;
        };
    }

    private ByteBuf repaired(ByteBuf in, boolean headOnly, boolean keepsChunks, HeadWriter out) {
        int end = end();
        if (end == 0) {
            head.refuse(bytes.length > ResponseHead.MAX_BYTES ? Refusal.HEAD_TOO_LARGE : null);
            return null;
        }
        if (end < 0 || end > ResponseHead.MAX_BYTES) {
            return null;
        }
        unfold(end);
        out.clear().write(bytes, 0, head.headersStart());
        writeFields(end, out);
        if (!writeFraming(headOnly, keepsChunks, out)) {
            return null;
        }
        out.write(CRLF);
        if (head.scan(out, ResponseHead.MAX_BYTES) != Head.State.COMPLETE) {
            return null; // something else is wrong as well
        }
        head.repaired();
        return out.replaceHead(end, in);
    }

    /** After the empty line; 0 while it has not come, -1 when lines end in another way. */
    private int end() {
        for (int line = head.headersStart(); ; ) {
            int lineFeed = Ascii.indexOf(bytes, line, bytes.length, '\n');
            if (lineFeed < 0) {
                return 0;
            }
            if (lineFeed == line || bytes[lineFeed - 1] != Ascii.CR) {
                return -1;
            }
            if (lineFeed == line + 1) {
                return lineFeed + 1;
            }
            line = lineFeed + 1;
        }
    }

    /** What follows the status line is no continuation: that stays, and is refused. */
    private void unfold(int end) {
        for (int at = head.headersStart() + 2; at < end; at++) {
            if (Ascii.isBlank(bytes[at]) && bytes[at - 1] == Ascii.LF) {
                bytes[at - 1] = ' ';
                bytes[at - 2] = ' ';
            }
        }
    }

    private void writeFields(int end, HeadWriter out) {
        int line = head.headersStart();
        while (bytes[line] != Ascii.CR) {
            int next = Ascii.indexOf(bytes, line, end, '\n') + 1;
            int nameEnd = line;
            while (Ascii.isToken(bytes[nameEnd])) {
                nameEnd++;
            }
            int colon = nameEnd;
            while (Ascii.isBlank(bytes[colon])) {
                colon++;
            }
            boolean named = bytes[colon] == ':' && nameEnd > line;
            switch (named ? HeaderName.of(bytes, line, nameEnd) : HeaderName.OTHER) {
                case CONTENT_LENGTH -> readLengths(colon + 1, next - CRLF.length);
                case TRANSFER_ENCODING -> readEncoding(colon + 1, next - CRLF.length);
                default -> {
                    out.write(bytes, line, nameEnd - line);
                    int rest = named ? colon : nameEnd;
                    out.write(bytes, rest, next - rest);
                }
            }
            line = next;
        }
    }

    private void readLengths(int start, int end) {
        for (int from = start; from <= end; ) {
            int comma = Ascii.indexOf(bytes, from, end, ',');
            int to = comma < 0 ? end : comma;
            long each = length(from, to);
            invalidLength |= each < 0 || length >= 0 && each != length;
            length = each;
            from = to + 1;
        }
    }

    private long length(int from, int to) {
        int start = from;
        int end = to;
        while (start < end && Ascii.isBlank(bytes[start])) {
            start++;
        }
        while (end > start && Ascii.isBlank(bytes[end - 1])) {
            end--;
        }
        return Ascii.decimal(bytes, start, end);
    }

    private void readEncoding(int start, int end) {
        boolean once = !encoded;
        encoded = true;
        chunked = Ascii.isElement(bytes, start, end, CHUNKED);
        invalidEncoding |= !once || !chunked && !Ascii.isElement(bytes, start, end, IDENTITY);
    }

    /** @return false when nobody can tell where the body ends */
    private boolean writeFraming(boolean headOnly, boolean keepsChunks, HeadWriter out) {
        if (head.isBodiless()) {
            return true;
        }
        if (invalidLength || invalidEncoding || encoded && length >= 0 || chunked && head.minorVersion() == 0) {
            return headOnly || head.status() == 304;
        }
        if (length >= 0) {
            out.write(CONTENT_LENGTH);
            out.writeDecimal(length);
            out.write(CRLF);
        } else if (chunked && keepsChunks) {
            out.write(TRANSFER_ENCODING);
        }
        return true;
    }
}
