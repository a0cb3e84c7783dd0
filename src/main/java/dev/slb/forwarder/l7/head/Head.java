package dev.slb.forwarder.l7.head;

import io.netty.buffer.ByteBuf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A view of the head of a message: its bytes in the form of HTTP/1, and where in them what matters stands. There are
 * no header objects; one view per event loop is used again and again.
 *
 * <p>The bytes are a copy in an array, since plain array access needs no checks of bounds and reference counts per
 * byte: for 500 bytes the copy and the scan together take as long as a scan of raw memory (160 ns), a scan through
 * {@link ByteBuf} takes 220 ns.
 */
public abstract class Head {

    /** What a scan came to. */
    public enum State {
        /** The bytes so far are good, but the head has not ended. */
        INCOMPLETE,
        COMPLETE,
        /** See {@link #refusal()}. */
        REFUSED
    }

    /** Heads with more lines are refused. */
    public static final int MAX_HEADERS = 256;

    private static final int FIRST_LOOK = 2048;

    // Per header: start of the line, the colon, the carriage return.
    private static final int STRIDE = 3;

    byte[] bytes = new byte[FIRST_LOOK];
    private int length;
    private int headersStart;
    private int count;
    private int[] lines = new int[32 * STRIDE];
    private HeaderName[] names = new HeaderName[32];
    private long seen;
    private Refusal refusal;

    private int minorVersion;
    private long contentLength;
    private boolean chunked;
    private boolean connectionClose;
    private boolean connectionKeepAlive;
    private boolean connectionUpgrade;
    private boolean namedByConnection;
    private boolean upgradeField;

    /**
     * Scans the head that begins at the reader index, which stays where it is. A head in pieces is scanned again from
     * its start: call only with the whole of it, once {@link HeadEnd} has seen its end.
     *
     * @param maxBytes longer heads are refused
     */
    public final State scan(ByteBuf in, int maxBytes) {
        int readable = in.readableBytes();
        // One more than allowed, so that a head that is too large is seen to be.
        int most = Math.min(readable, maxBytes + 1);
        int some = Math.min(most, FIRST_LOOK);
        State state = scan(in, some, maxBytes);
        return state == State.INCOMPLETE && some < most ? scan(in, most, maxBytes) : state;
    }

    private State scan(ByteBuf in, int limit, int maxBytes) {
        if (bytes.length < limit) {
            bytes = new byte[Math.max(limit, Math.min(2 * bytes.length, maxBytes + 1))];
        }
        in.getBytes(in.readerIndex(), bytes, 0, limit);
        reset();
        State state = scanBytes(limit);
        if (state == State.COMPLETE && length > maxBytes || state == State.INCOMPLETE && limit > maxBytes) {
            return refuse(Refusal.HEAD_TOO_LARGE);
        }
        return state;
    }

    /** Scans a head that was put together by us, so is here as a whole. */
    public final State scan(HeadWriter written, int maxBytes) {
        int limit = Math.min(written.length(), maxBytes + 1);
        if (bytes.length < limit) {
            bytes = new byte[limit];
        }
        written.copyTo(bytes, limit);
        reset();
        State state = scanBytes(limit);
        return state == State.REFUSED || written.length() <= maxBytes ? state : refuse(Refusal.HEAD_TOO_LARGE);
    }

    /**
     * Whether a framing field is written the one way that every parser reads alike: its name, a colon, one space or none,
     * this very value. Others are written anew.
     */
    public final boolean isCanonical(int header, byte[] value) {
        int start = lines[header * STRIDE + 1] + 1;
        int end = lines[header * STRIDE + 2];
        if (bytes[start] == ' ') {
            start++;
        }
        return Arrays.equals(bytes, start, end, value, 0, value.length);
    }

    /** The same for a length: at most one space, and digits only, without a zero in front that makes it octal for some. */
    public final boolean isCanonicalLength(int header) {
        int start = lines[header * STRIDE + 1] + 1;
        int end = lines[header * STRIDE + 2];
        if (bytes[start] == ' ') {
            start++;
        }
        return Ascii.isDigit(bytes[start])
                && Ascii.isDigit(bytes[end - 1])
                && (bytes[start] != '0' || end - start == 1);
    }

    /** Scans {@code [0, limit)}. */
    abstract State scanBytes(int limit);

    void reset() {
        length = 0;
        minorVersion = -1;
        count = 0;
        seen = 0;
        refusal = null;
        contentLength = -1;
        chunked = false;
        connectionClose = false;
        connectionKeepAlive = false;
        connectionUpgrade = false;
        namedByConnection = false;
        upgradeField = false;
    }

    /** Scans the header lines up to and with the empty line. */
    final State scanHeaders(int start, int limit) {
        byte[] a = bytes;
        headersStart = start;
        int at = start;
        while (at < limit) {
            if (a[at] == Ascii.CR) {
                if (at + 1 == limit) {
                    return State.INCOMPLETE;
                }
                length = at + 2;
                return a[at + 1] == Ascii.LF ? finish() : refuse(Refusal.INVALID_LINE_END);
            }
            int colon = at;
            while (colon < limit && Ascii.isToken(a[colon])) {
                colon++;
            }
            if (colon == limit) {
                return State.INCOMPLETE;
            }
            if (a[colon] != ':' || colon == at) {
                return refuse(nameProblem(at, colon));
            }
            int end = Ascii.control(a, colon + 1, limit);
            if (end == limit) {
                return State.INCOMPLETE;
            }
            if (a[end] != Ascii.CR) {
                return refuse(a[end] == Ascii.LF ? Refusal.INVALID_LINE_END : Refusal.CONTROL_CHARACTER);
            }
            if (end + 1 == limit) {
                return State.INCOMPLETE;
            }
            if (a[end + 1] != Ascii.LF) {
                return refuse(Refusal.INVALID_LINE_END);
            }
            if (count == MAX_HEADERS) {
                return refuse(Refusal.HEAD_TOO_LARGE);
            }
            Refusal problem = add(at, colon, end);
            if (problem != null) {
                return refuse(problem);
            }
            at = end + 2;
        }
        return State.INCOMPLETE;
    }

    private Refusal nameProblem(int start, int at) {
        byte b = bytes[at];
        if (b == Ascii.LF || b == Ascii.CR) {
            return Refusal.INVALID_LINE_END;
        }
        if (!Ascii.isBlank(b)) {
            return Ascii.isControl(b) ? Refusal.CONTROL_CHARACTER : Refusal.INVALID_HEADER_NAME;
        }
        return at == start ? Refusal.OBSOLETE_FOLDING : Refusal.SPACE_BEFORE_COLON;
    }

    private Refusal add(int start, int colon, int end) {
        HeaderName name = HeaderName.of(bytes, start, colon);
        if (count == names.length) {
            names = Arrays.copyOf(names, 2 * count);
            lines = Arrays.copyOf(lines, 2 * count * STRIDE);
        }
        int line = count * STRIDE;
        lines[line] = start;
        lines[line + 1] = colon;
        lines[line + 2] = end;
        names[count++] = name;
        if (name == HeaderName.OTHER) {
            return null;
        }
        seen |= 1L << name.ordinal();
        return read(name, count - 1);
    }

    /** Reads a field that this kind of head cares for. */
    Refusal read(HeaderName name, int header) {
        int start = valueStart(header);
        int end = valueEnd(header);
        switch (name) {
            case CONTENT_LENGTH -> {
                if (contentLength >= 0) {
                    return Refusal.DUPLICATE_CONTENT_LENGTH;
                }
                contentLength = Ascii.decimal(bytes, start, end);
                return contentLength < 0 ? Refusal.INVALID_CONTENT_LENGTH : null;
            }
            case TRANSFER_ENCODING -> {
                return readTransferEncoding(start, end);
            }
            case CONNECTION -> readConnection(start, end);
            case UPGRADE -> upgradeField = true;
            default -> {}
        }
        return null;
    }

    private static final byte[] CHUNKED = Ascii.bytes("chunked");
    private static final byte[] CLOSE = Ascii.bytes("close");
    private static final byte[] KEEP_ALIVE = Ascii.bytes("keep-alive");
    private static final byte[] UPGRADE = Ascii.bytes("upgrade");

    private Refusal readTransferEncoding(int start, int end) {
        if (chunked) {
            return Refusal.INVALID_TRANSFER_ENCODING;
        }
        if (!Ascii.equalsIgnoreCase(bytes, start, end, CHUNKED)) {
            for (int i = start; i < end; i++) {
                if (!Ascii.isToken(bytes[i])) {
                    return Refusal.INVALID_TRANSFER_ENCODING;
                }
            }
            return start == end ? Refusal.INVALID_TRANSFER_ENCODING : Refusal.UNKNOWN_TRANSFER_CODING;
        }
        chunked = true;
        return null;
    }

    private void readConnection(int start, int end) {
        for (int from = start; from < end; ) {
            int comma = Ascii.indexOf(bytes, from, end, ',');
            int to = comma < 0 ? end : comma;
            int option = skipBlanks(from, to);
            readConnectionOption(option, trimBlanks(option, to));
            from = to + 1;
        }
    }

    private void readConnectionOption(int start, int end) {
        if (start == end) {
            return;
        }
        if (Ascii.equalsIgnoreCase(bytes, start, end, CLOSE)) {
            connectionClose = true;
        } else if (Ascii.equalsIgnoreCase(bytes, start, end, KEEP_ALIVE)) {
            connectionKeepAlive = true;
        } else if (Ascii.equalsIgnoreCase(bytes, start, end, UPGRADE)) {
            connectionUpgrade = true;
        } else {
            namedByConnection = true;
        }
    }

    /** Called with all lines known; to be extended by what only one kind of head demands. */
    State finish() {
        if (chunked && contentLength >= 0) {
            return refuse(Refusal.LENGTH_AND_TRANSFER_ENCODING);
        }
        if (chunked && minorVersion == 0) {
            return refuse(Refusal.INVALID_TRANSFER_ENCODING);
        }
        if (namedByConnection) {
            markNamedByConnection();
        }
        return State.COMPLETE;
    }

    /** A list of what {@code Connection} names beside its usual options, with those; null when it names nothing. A copy. */
    final byte[] namedByConnection() {
        if (!namedByConnection) {
            return null;
        }
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            if (names[i] == HeaderName.CONNECTION) {
                list.write(bytes, valueStart(i), valueEnd(i) - valueStart(i));
                list.write(',');
            }
        }
        return list.toByteArray();
    }

    /** Rare: finds the fields that {@code Connection} names, by comparing each option with each name. */
    private void markNamedByConnection() {
        for (int i = 0; i < count; i++) {
            if (names[i] != HeaderName.CONNECTION) {
                continue;
            }
            int end = valueEnd(i);
            for (int from = valueStart(i); from < end; ) {
                int comma = Ascii.indexOf(bytes, from, end, ',');
                int to = comma < 0 ? end : comma;
                int option = skipBlanks(from, to);
                markNamed(option, trimBlanks(option, to));
                from = to + 1;
            }
        }
    }

    private void markNamed(int start, int end) {
        for (int i = 0; i < count; i++) {
            boolean removable = names[i] == HeaderName.OTHER || names[i].isOnlyRead();
            if (removable && Ascii.equalsIgnoreCase(bytes, start, end, nameStart(i), nameEnd(i))) {
                names[i] = HeaderName.NAMED_BY_CONNECTION;
            }
        }
    }

    /** @param reason null: there is none any more */
    final State refuse(Refusal reason) {
        refusal = reason;
        return State.REFUSED;
    }

    final void minorVersion(int version) {
        minorVersion = version;
    }

    /** Why the last scan ended with {@link State#REFUSED}. */
    public final Refusal refusal() {
        return refusal;
    }

    /** Its bytes, from 0 to {@link #length}: to be read only, and only until the next scan, which may replace them. */
    public final byte[] bytes() {
        return bytes;
    }

    /** How many bytes the head has, its empty line included. */
    public final int length() {
        return length;
    }

    /** The minor version of HTTP/1: 0 or 1; -1 when the scan was refused before it was known. */
    public final int minorVersion() {
        return minorVersion;
    }

    /** The length of the body as {@code Content-Length} has it, or -1 without one. */
    public final long contentLength() {
        return contentLength;
    }

    /** Whether the body is in chunks. */
    public final boolean isChunked() {
        return chunked;
    }

    /** Whether the connection may carry another message after this one, as far as the sender is concerned. */
    public final boolean isKeepAlive() {
        return !connectionClose && (minorVersion == 1 || connectionKeepAlive);
    }

    /** Whether it asks for, or agrees to, another protocol on this connection. */
    final boolean isUpgrade() {
        return upgradeField && connectionUpgrade && minorVersion == 1;
    }

    /** Where the first header line begins. */
    public final int headersStart() {
        return headersStart;
    }

    /** How many header lines there are; headers are numbered in the order of their lines. */
    public final int headers() {
        return count;
    }

    /** {@link HeaderName#OTHER} for all that need no name of their own. */
    public final HeaderName name(int header) {
        return names[header];
    }

    /** Whether there is a field of this name; not for {@link HeaderName#OTHER}. */
    public final boolean has(HeaderName name) {
        return (seen & 1L << name.ordinal()) != 0;
    }

    /** Whether there is a field of one of these names, a set made of {@code 1 << ordinal}. */
    public final boolean hasAny(int names) {
        return (seen & names) != 0;
    }

    /** Where its line begins. */
    public final int nameStart(int header) {
        return lines[header * STRIDE];
    }

    /** The colon. */
    public final int nameEnd(int header) {
        return lines[header * STRIDE + 1];
    }

    /** The value without the blanks around it. */
    public final int valueStart(int header) {
        return skipBlanks(lines[header * STRIDE + 1] + 1, lines[header * STRIDE + 2]);
    }

    /** Never before {@link #valueStart}: where a value is blank, both are the end of its line. */
    public final int valueEnd(int header) {
        return trimBlanks(valueStart(header), lines[header * STRIDE + 2]);
    }

    /** After the line's line feed. */
    public final int lineEnd(int header) {
        return lines[header * STRIDE + 2] + 2;
    }

    /** The text of a part of the head, for logs and tests. */
    public final String text(int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }

    /** The values of all fields of this name as one list, for logs. */
    public final String values(HeaderName name) {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < count; i++) {
            if (names[i] == name && valueStart(i) < valueEnd(i)) {
                list.append(list.isEmpty() ? "" : ", ").append(text(valueStart(i), valueEnd(i)));
            }
        }
        return list.toString();
    }

    private int skipBlanks(int from, int to) {
        int i = from;
        while (i < to && Ascii.isBlank(bytes[i])) {
            i++;
        }
        return i;
    }

    /** @param from after the blanks in front, or what consists of blanks would end before it begins */
    private int trimBlanks(int from, int to) {
        int i = to;
        while (i > from && Ascii.isBlank(bytes[i - 1])) {
            i--;
        }
        return i;
    }
}
