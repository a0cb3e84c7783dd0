package dev.slb.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

import static dev.slb.fuzz.Wire.check;
import static dev.slb.fuzz.Wire.checkEqual;

/** Answers of HTTP/1: heads and bodies, those to HEAD left out. */
public final class AnswerFuzz {

    private static final String SWITCHING = " 101";
    private static final String OUR_VERSION = "HTTP/1.1 ";
    private static final String NOT_MODIFIED = " 304";
    private static final String TRANSFER_ENCODING = "transfer-encoding:";
    private static final String CONTENT_LENGTH = "content-length:";

    private AnswerFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (Wire.isEmpty(input)) {
            return;
        }
        byte[] bytes = Wire.bytes(input);
        Message message = Message.answer(bytes, Wire.uncut(bytes));
        Message.checkInPieces(Message.answer(bytes, Wire.cuts(input)), message, bytes);
        if (message.head() == null) {
            return;
        }
        Wire.checkHead(message.head());
        String out = message.head() + message.body();
        byte[] outBytes = out.getBytes(StandardCharsets.ISO_8859_1);
        Message again = Message.answer(outBytes, Wire.uncut(outBytes));
        check(again.refusal() == null, "our own answer is refused: %s %s", again.refusal(), out);
        checkEqual(again.head() + again.body(), out, "written again");
        checkEqual(again.ended(), message.ended(), "its end, written again");
        OtherReader sent = OtherReader.answer(out, false);
        check(
                !sent.refused() || sent.refusesOnlyLineOfChunk(),
                "what goes out is refused by the other reader: %s",
                out);
        checkEqual(
                sent.first(),
                OUR_VERSION + message.first().substring(OUR_VERSION.length()),
                "status line that goes out");
        if (sent.refused() || message.first().endsWith(SWITCHING)) {
            return; // what follows on 101 is no HTTP, and the other reader guesses at that
        }
        checkEqual(sent.ended(), message.ended(), "the end of what goes out");
        check(!sent.more(), "more than an answer goes out: %s", out);
        // Of servers we may take more than the other reader does, but in no other way.
        String in = new String(bytes, 0, message.taken(), StandardCharsets.ISO_8859_1);
        OtherReader received = OtherReader.answer(in, false);
        if (!received.refused()) {
            // A later minor version is read as if it were ours (RFC 9110, section 2.5).
            checkEqual(received.first().replaceFirst("^HTTP/1[.][2-9] ", OUR_VERSION), message.first(), "status line");
            checkEqual(comparable(received.fields(), message), comparable(message.fields(), message), "fields");
            checkEqual(received.ended(), message.ended(), "the answer's end");
            checkEqual(sent.body(), received.body(), "the body that goes out");
            check(received.trailers().containsAll(sent.trailers()), "trailers from nowhere: %s", out);
        }
    }

    /**
     * Fields as they have to be the same to the other reader. A 304 may say how the answer would be sent (RFC 9112, section 6.1),
     * which that one takes away, for there is no content. Where a head was repaired, what it says about its framing was, too.
     */
    private static List<String> comparable(List<String> fields, Message message) {
        return fields.stream()
                .filter(field -> !isNamed(TRANSFER_ENCODING, field)
                        || !message.repaired() && !message.first().endsWith(NOT_MODIFIED))
                .filter(field -> !isNamed(CONTENT_LENGTH, field) || !message.repaired())
                .map(field -> message.repaired() ? withoutFolds(field) : field)
                .toList();
    }

    /** There are one or more blanks where a line was folded, and the other reader leaves them at the ends of a value as well. */
    private static String withoutFolds(String field) {
        return field.replaceAll("[ \t]+", " ").replaceFirst("^([^:]*:) ", "$1").replaceFirst(" $", "");
    }

    private static boolean isNamed(String name, String field) {
        return field.toLowerCase(Locale.ROOT).startsWith(name);
    }
}
