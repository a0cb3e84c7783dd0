package dev.slb.forwarder.l7.head;

import java.util.List;

/**
 * What may stand in a trailer section, whichever way it goes and whatever version it comes in: nothing that would have an effect
 * beyond the content before it (RFC 9110, section 6.5.1). Receivers merge trailers with the head, or read them as parts of it.
 */
public final class Trailers {

    /** What becomes of a field. */
    public enum Verdict {
        PASSES,
        /** It stays here. */
        DROPPED,
        /** It frames or routes the message, so that parsers may disagree on it: the message is malformed. */
        REFUSED
    }

    /** Besides all that has a {@link HeaderName}, which is of a connection, a login, a route or ours: what controls, asks or describes. */
    private static final List<byte[]> NAMES = List.of(
            Ascii.bytes("trailer"),
            Ascii.bytes("cache-control"),
            Ascii.bytes("pragma"),
            Ascii.bytes("range"),
            Ascii.bytes("age"),
            Ascii.bytes("date"),
            Ascii.bytes("expires"),
            Ascii.bytes("location"),
            Ascii.bytes("retry-after"),
            Ascii.bytes("vary"),
            Ascii.bytes("warning"),
            Ascii.bytes("content-encoding"),
            Ascii.bytes("content-type"),
            Ascii.bytes("content-range"));

    /** Of conditions. */
    private static final byte[] CONDITION = Ascii.bytes("if-");

    private Trailers() {}

    /** @param end after the name's last byte; all bytes are known to be token characters */
    public static Verdict of(byte[] bytes, int start, int end) {
        HeaderName name = HeaderName.of(bytes, start, end);
        if (name != HeaderName.OTHER) {
            return name.isFraming() ? Verdict.REFUSED : Verdict.DROPPED;
        }
        int length = end - start;
        for (byte[] each : NAMES) {
            if (length == each.length && Ascii.isName(bytes, start, each)) {
                return Verdict.DROPPED;
            }
        }
        boolean condition = length > CONDITION.length && Ascii.isName(bytes, start, CONDITION);
        return condition ? Verdict.DROPPED : Verdict.PASSES;
    }
}
