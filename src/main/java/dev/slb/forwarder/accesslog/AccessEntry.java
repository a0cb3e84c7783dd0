package dev.slb.forwarder.accesslog;

import dev.slb.plan.LogField;
import dev.slb.plan.LogField.Type;

/**
 * What is known of one request (layer 7) or connection (layer 4): filled as it goes along, written once, used again.
 * Texts are copied in, so that the head they come from may be overwritten while the response is awaited. HTTP/1 and
 * HTTP/2 fill it alike. Not thread-safe; gotten from, written by and given back to a {@link LoopLog}.
 */
public final class AccessEntry {

    /** The rest of a longer value is cut off: no client makes long lines of the whole head limit. */
    public static final int MAX_TEXT_BYTES = 8192;

    private static final int FIELDS = LogField.values().length;
    private static final int ARENA = 1024;

    private final Line arena = new Line(ARENA);
    private final int[] starts = new int[FIELDS];
    private final int[] ends = new int[FIELDS];
    private final long[] numbers = new long[FIELDS];
    private long present;

    AccessEntry() {}

    void clear() {
        present = 0;
        arena.clear();
    }

    /** Whether keeping it for later would keep much memory. */
    boolean isLarge() {
        return arena.bytes().length > 8 * ARENA;
    }

    /** Sets a text to the bytes in {@code [start, end)}, whatever they are: formats escape them. */
    public AccessEntry text(LogField field, byte[] source, int start, int end) {
        require(field, field.type() == Type.TEXT);
        starts[field.ordinal()] = arena.length();
        arena.add(source, start, Math.min(end, start + MAX_TEXT_BYTES));
        return endText(field);
    }

    /** Sets a text that is kept as bytes, like the client's address for all requests of a connection. */
    public AccessEntry text(LogField field, byte[] value) {
        return text(field, value, 0, value.length);
    }

    /** Sets a text of Latin-1 characters. */
    public AccessEntry text(LogField field, String value) {
        require(field, field.type() == Type.TEXT);
        starts[field.ordinal()] = arena.length();
        arena.add(value.length() > MAX_TEXT_BYTES ? value.substring(0, MAX_TEXT_BYTES) : value);
        return endText(field);
    }

    /** Sets a count, port, status or number of microseconds; a negative one means that it is not known. */
    public AccessEntry number(LogField field, long value) {
        require(field, field.type() == Type.NUMBER);
        return set(field, value);
    }

    /** Sets a duration, in nanoseconds whatever unit it is written in; a negative one means that it is not known. */
    public AccessEntry nanos(LogField field, long value) {
        require(field, field.type() == Type.MILLISECONDS || field.type() == Type.SECONDS);
        return set(field, value);
    }

    /**
     * Adds a server that was tried.
     *
     * @param address {@code address:port} of it, best kept with the server
     * @param status what it answered, 0 when nothing came or on layer 4
     * @param nanos from the connection to the last byte
     */
    public AccessEntry attempt(byte[] address, int status, long nanos) {
        beginAttempt(LogField.UPSTREAM_ADDR).add(address);
        endText(LogField.UPSTREAM_ADDR);
        Line line = beginAttempt(LogField.UPSTREAM_STATUS);
        if (status > 0) {
            line.decimal(status);
        } else {
            line.add('-');
        }
        endText(LogField.UPSTREAM_STATUS);
        beginAttempt(LogField.UPSTREAM_RESPONSE_TIME).seconds(Math.max(0, nanos));
        return endText(LogField.UPSTREAM_RESPONSE_TIME);
    }

    /** Moves the earlier attempts, rare as they are, to the end, where one can be added. */
    private Line beginAttempt(LogField field) {
        int start = arena.length();
        if (has(field)) {
            arena.add(arena.bytes(), start(field), end(field)).add(',').add(' ');
        }
        starts[field.ordinal()] = start;
        return arena;
    }

    private AccessEntry endText(LogField field) {
        ends[field.ordinal()] = arena.length();
        present |= 1L << field.ordinal();
        return this;
    }

    private AccessEntry set(LogField field, long value) {
        if (value >= 0) {
            numbers[field.ordinal()] = value;
            present |= 1L << field.ordinal();
        }
        return this;
    }

    private static void require(LogField field, boolean fits) {
        if (!fits) {
            throw new IllegalArgumentException(field + " is of type " + field.type());
        }
    }

    /** Whether the field has a value. */
    public boolean isSet(LogField field) {
        return has(field);
    }

    boolean has(LogField field) {
        return (present & 1L << field.ordinal()) != 0;
    }

    byte[] bytes() {
        return arena.bytes();
    }

    int start(LogField field) {
        return starts[field.ordinal()];
    }

    int end(LogField field) {
        return ends[field.ordinal()];
    }

    long value(LogField field) {
        return numbers[field.ordinal()];
    }
}
