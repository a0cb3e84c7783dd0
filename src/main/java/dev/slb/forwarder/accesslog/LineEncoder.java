package dev.slb.forwarder.accesslog;

import dev.slb.plan.LogField;
import dev.slb.plan.LogFormat;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;

/** Turns entries into lines of one format. Immutable: made once per version of a listener, shared by its event loops. */
public abstract sealed class LineEncoder permits JsonEncoder, TextEncoder {

    static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final Set<LogField> fields;

    LineEncoder(Set<LogField> fields) {
        this.fields = EnumSet.copyOf(fields);
    }

    public static LineEncoder of(LogFormat format) {
        return format.isJson() ? new JsonEncoder() : new TextEncoder(format);
    }

    /** Whether lines have this field: what they don't have need not be looked for. */
    public boolean uses(LogField field) {
        return fields.contains(field);
    }

    /** Adds a line with its line feed. */
    abstract void encode(AccessEntry entry, Line out);

    static void number(LogField field, long value, Line out) {
        switch (field.type()) {
            case MILLISECONDS -> out.decimal(value / 1_000_000);
            case SECONDS -> out.seconds(value);
            default -> out.decimal(value);
        }
    }
}
