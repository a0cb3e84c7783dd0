package dev.slb.forwarder.accesslog;

import dev.slb.plan.LogField;
import dev.slb.plan.LogField.Type;

import java.nio.charset.StandardCharsets;
import java.util.EnumSet;

/** One JSON object per line, in UTF-8; what is not known is left out. */
final class JsonEncoder extends LineEncoder {

    private static final LogField[] FIELDS = LogField.values();

    private final byte[][] names = new byte[FIELDS.length][];

    JsonEncoder() {
        super(EnumSet.allOf(LogField.class));
        for (LogField field : FIELDS) {
            names[field.ordinal()] = ("\"" + field.variable() + "\":").getBytes(StandardCharsets.US_ASCII);
        }
    }

    @Override
    void encode(AccessEntry entry, Line out) {
        out.add('{');
        boolean first = true;
        for (LogField field : FIELDS) {
            if (!entry.has(field)) {
                continue;
            }
            if (!first) {
                out.add(',');
            }
            first = false;
            out.add(names[field.ordinal()]);
            if (field.type() == Type.TEXT) {
                out.add('"');
                text(entry.bytes(), entry.start(field), entry.end(field), out);
                out.add('"');
            } else {
                number(field, entry.value(field), out);
            }
        }
        out.add('}').add('\n');
    }

    private static void text(byte[] bytes, int start, int end, Line out) {
        for (int i = start; i < end; i++) {
            if (bytes[i] < 0) {
                // Rare. What is not UTF-8 becomes U+FFFD: JSON has no other way to say it.
                byte[] rest = new String(bytes, i, end - i, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
                ascii(rest, 0, rest.length, out);
                return;
            }
            character(bytes[i], out);
        }
    }

    private static void ascii(byte[] bytes, int start, int end, Line out) {
        for (int i = start; i < end; i++) {
            character(bytes[i], out);
        }
    }

    private static void character(byte b, Line out) {
        if (b == '"' || b == '\\') {
            out.add('\\').add(b);
        } else if (b >= 0 && b < 0x20 || b == 0x7f) {
            out.add('\\').add('u').add('0').add('0').add(HEX[b >> 4]).add(HEX[b & 15]);
        } else {
            out.add(b);
        }
    }
}
