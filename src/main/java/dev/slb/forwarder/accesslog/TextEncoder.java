package dev.slb.forwarder.accesslog;

import dev.slb.plan.LogField;
import dev.slb.plan.LogField.Type;
import dev.slb.plan.LogFormat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Lines of a format string. As NGINX does, what is not known is a hyphen, and in values quotes, backslashes, control
 * characters and bytes outside ASCII are written {@code \xHH}: a client can't forge a field, let alone a line.
 */
final class TextEncoder extends LineEncoder {

    /** Exactly one of the two is there. */
    private record Piece(byte[] literal, LogField field) {}

    private final Piece[] pieces;

    TextEncoder(LogFormat format) {
        super(fields(format));
        List<Piece> list = new ArrayList<>();
        for (LogFormat.Part part : format.parts()) {
            if (part instanceof LogFormat.Variable variable) {
                list.add(new Piece(null, variable.field()));
            } else if (part instanceof LogFormat.Literal literal) {
                list.add(new Piece(literal.text().getBytes(StandardCharsets.UTF_8), null));
            }
        }
        pieces = list.toArray(Piece[]::new);
    }

    private static Set<LogField> fields(LogFormat format) {
        Set<LogField> fields = EnumSet.noneOf(LogField.class);
        for (LogFormat.Part part : format.parts()) {
            if (part instanceof LogFormat.Variable variable) {
                fields.add(variable.field());
            }
        }
        return fields;
    }

    @Override
    void encode(AccessEntry entry, Line out) {
        for (Piece piece : pieces) {
            if (piece.field() == null) {
                out.add(piece.literal());
            } else {
                value(piece.field(), entry, out);
            }
        }
        out.add('\n');
    }

    private static void value(LogField field, AccessEntry entry, Line out) {
        if (!entry.has(field)) {
            out.add('-');
        } else if (field.type() == Type.TEXT) {
            text(entry.bytes(), entry.start(field), entry.end(field), out);
        } else {
            number(field, entry.value(field), out);
        }
    }

    private static void text(byte[] bytes, int start, int end, Line out) {
        for (int i = start; i < end; i++) {
            byte b = bytes[i];
            if (b < 0x20 || b == 0x7f || b == '"' || b == '\\') {
                out.add('\\').add('x').add(HEX[(b & 0xff) >> 4]).add(HEX[b & 15]);
            } else {
                out.add(b);
            }
        }
    }
}
