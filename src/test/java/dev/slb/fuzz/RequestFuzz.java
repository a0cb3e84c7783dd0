package dev.slb.fuzz;

import java.nio.charset.StandardCharsets;

import static dev.slb.fuzz.Wire.check;
import static dev.slb.fuzz.Wire.checkEqual;

/** Requests of HTTP/1: heads and bodies. */
public final class RequestFuzz {

    private RequestFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (Wire.isEmpty(input)) {
            return;
        }
        byte[] bytes = Wire.bytes(input);
        Message message = Message.request(bytes, Wire.uncut(bytes));
        Message.checkInPieces(Message.request(bytes, Wire.cuts(input)), message, bytes);
        if (message.head() == null) {
            return;
        }
        Wire.checkHead(message.head());
        String out = message.head() + message.body();
        byte[] outBytes = out.getBytes(StandardCharsets.ISO_8859_1);
        // What goes out may be longer than what may come in.
        if (message.head().length() <= Message.MAX_HEAD) {
            Message again = Message.request(outBytes, Wire.uncut(outBytes));
            check(again.refusal() == null, "our own request is refused: %s %s", again.refusal(), out);
            checkEqual(again.head() + again.body(), out, "written again");
            checkEqual(again.ended(), message.ended(), "its end, written again");
        }
        String in = new String(bytes, 0, message.taken(), StandardCharsets.ISO_8859_1);
        OtherReader asked = OtherReader.request(in);
        check(!asked.refused() || asked.refusesOnlyLineOfChunk(), "refused by the other reader: %s", in);
        checkEqual(asked.first(), message.first(), "request line");
        checkEqual(asked.fields(), message.fields(), "fields");
        OtherReader sent = OtherReader.request(out);
        checkEqual(sent.refused(), asked.refused(), "whether the other reader refuses what goes out");
        checkEqual(sent.body(), asked.body(), "the body that goes out");
        check(!sent.more(), "more than a request goes out: %s", out);
        check(asked.trailers().containsAll(sent.trailers()), "trailers from nowhere: %s", out);
        if (asked.refused()) {
            return;
        }
        checkEqual(asked.ended(), message.ended(), "the request's end");
        checkEqual(sent.ended(), message.ended(), "the end of what goes out");
        if (message.ended() && message.taken() > 0) {
            OtherReader early = OtherReader.request(in.substring(0, in.length() - 1));
            check(!early.ended(), "it had ended before: %s", in);
        }
    }
}
