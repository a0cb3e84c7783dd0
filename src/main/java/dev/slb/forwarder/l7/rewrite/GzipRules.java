package dev.slb.forwarder.l7.rewrite;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;

import java.util.List;

/** Which answers a version of a listener compresses (RFC 9110, sections 8.4 and 12.5.3). Immutable. */
public final class GzipRules {

    /** What is smaller hardly gets smaller still. */
    private static final int MIN_BYTES = 256;

    private static final int ONE = 1000;
    /** As in {@code 0.125}. */
    private static final int MOST_WEIGHT = 5;

    private static final byte[] ACCEPT_ENCODING = Ascii.bytes("accept-encoding");
    private static final byte[] GZIP = Ascii.bytes("gzip");
    private static final byte[] X_GZIP = Ascii.bytes("x-gzip");
    private static final byte[] IDENTITY = Ascii.bytes("identity");
    private static final byte[] ANY = Ascii.bytes("*");
    private static final byte[] CONTENT_TYPE = Ascii.bytes("content-type");
    private static final byte[] CONTENT_ENCODING = Ascii.bytes("content-encoding");
    private static final byte[] RANGE = Ascii.bytes("range");
    private static final byte[] CACHE_CONTROL = Ascii.bytes("cache-control");
    private static final byte[] NO_TRANSFORM = Ascii.bytes("no-transform");
    /** What would no longer be true of a compressed body. */
    private static final List<byte[]> ABOUT_THE_BYTES = List.of(
            Ascii.bytes("content-range"),
            Ascii.bytes("content-md5"),
            Ascii.bytes("digest"),
            Ascii.bytes("content-digest"),
            Ascii.bytes("repr-digest"));

    private final List<byte[]> types;

    private GzipRules(List<byte[]> types) {
        this.types = types;
    }

    /** @param types media types in lower case; null: nothing is compressed, and nothing is returned */
    public static GzipRules of(List<String> types) {
        return types == null
                ? null
                : new GzipRules(types.stream().map(Ascii::bytes).toList());
    }

    /**
     * Whether an answer to this request may be compressed: the client takes gzip, and not rather what is not compressed, and it
     * asks neither for some of the bytes nor for what the server sends.
     */
    boolean accepts(RequestHead head) {
        if (head.minorVersion() == 0) {
            return false; // it knows no chunks
        }
        for (int i = 0; i < head.headers(); i++) {
            if (is(head, i, RANGE) || is(head, i, CACHE_CONTROL) && has(head, i, NO_TRANSFORM)) {
                return false;
            }
        }
        return takesGzip(head);
    }

    private static boolean takesGzip(RequestHead head) {
        int gzip = -1;
        int identity = -1;
        int any = -1;
        for (int i = 0; i < head.headers(); i++) {
            if (!is(head, i, ACCEPT_ENCODING)) {
                continue;
            }
            int end = head.valueEnd(i);
            for (int from = head.valueStart(i); from < end; ) {
                int comma = Ascii.indexOf(head.bytes(), from, end, ',');
                int to = comma < 0 ? end : comma;
                int quality = quality(head, from, to);
                if (isCoding(head, from, to, GZIP) || isCoding(head, from, to, X_GZIP)) {
                    gzip = gzip < 0 ? quality : Math.min(gzip, quality);
                } else if (isCoding(head, from, to, IDENTITY)) {
                    identity = quality;
                } else if (isCoding(head, from, to, ANY)) {
                    any = quality;
                }
                from = to + 1;
            }
        }
        int wanted = gzip >= 0 ? gzip : any;
        return wanted > 0 && wanted >= identity;
    }

    private static boolean isCoding(Head head, int from, int to, byte[] coding) {
        int semicolon = Ascii.indexOf(head.bytes(), from, to, ';');
        return Ascii.isElement(head.bytes(), from, semicolon < 0 ? to : semicolon, coding);
    }

    /** The q of an element of a list, in thousandths; what is no such number is 0, to be on the safe side. */
    private static int quality(Head head, int from, int to) {
        int semicolon = Ascii.indexOf(head.bytes(), from, to, ';');
        if (semicolon < 0) {
            return ONE;
        }
        int at = semicolon + 1;
        while (at < to && Ascii.isBlank(head.bytes()[at])) {
            at++;
        }
        int end = to;
        while (end > at && Ascii.isBlank(head.bytes()[end - 1])) {
            end--;
        }
        if (end - at < 3 || Ascii.lower(head.bytes()[at]) != 'q' || head.bytes()[at + 1] != '=') {
            return 0;
        }
        return weight(head.bytes(), at + 2, end);
    }

    /** {@code 0}, {@code 1}, or one of them with a dot and up to three decimals, which make no more than 1. */
    private static int weight(byte[] bytes, int from, int end) {
        if (end - from > MOST_WEIGHT || end - from > 1 && bytes[from + 1] != '.') {
            return 0;
        }
        int weight = 0;
        int scale = ONE;
        for (int i = from; i < end; i++) {
            if (i == from + 1) {
                continue; // the dot
            }
            if (!Ascii.isDigit(bytes[i])) {
                return 0;
            }
            weight += (bytes[i] - '0') * scale;
            scale /= 10;
        }
        return weight <= ONE ? weight : 0;
    }

    /**
     * Whether the answer is about a resource of which some answers are compressed, so that caches must know what they depend on:
     * by its type, which those that say that nothing has changed need not tell.
     */
    boolean concerns(ResponseHead head) {
        boolean unchanged = head.status() == 304;
        if (head.status() < 200 || head.status() > 206 && !unchanged) {
            return false;
        }
        boolean ofType = unchanged;
        for (int i = 0; i < head.headers(); i++) {
            if (is(head, i, CONTENT_TYPE)) {
                ofType = isListed(head, i);
            }
        }
        return ofType;
    }

    /**
     * Whether an answer that is {@link #concerns concerned} may be compressed.
     *
     * @param bodyBytes of the body where its length is known, else -1
     */
    boolean isCompressible(ResponseHead head, long bodyBytes) {
        if (head.status() > 203
                || bodyBytes >= 0 && bodyBytes < MIN_BYTES
                || head.headers() > Head.MAX_HEADERS - AnswerGzip.MAX_MORE) {
            return false;
        }
        for (int i = 0; i < head.headers(); i++) {
            if (is(head, i, CONTENT_ENCODING)
                    || is(head, i, CACHE_CONTROL) && has(head, i, NO_TRANSFORM)
                    || isAboutTheBytes(head, i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isAboutTheBytes(Head head, int header) {
        for (byte[] name : ABOUT_THE_BYTES) {
            if (is(head, header, name)) {
                return true;
            }
        }
        return false;
    }

    private boolean isListed(Head head, int header) {
        int start = head.valueStart(header);
        int end = head.valueEnd(header);
        int semicolon = Ascii.indexOf(head.bytes(), start, end, ';');
        for (byte[] type : types) {
            if (Ascii.isElement(head.bytes(), start, semicolon < 0 ? end : semicolon, type)) {
                return true;
            }
        }
        return false;
    }

    static boolean is(Head head, int header, byte[] lowerCaseName) {
        return Ascii.equalsIgnoreCase(head.bytes(), head.nameStart(header), head.nameEnd(header), lowerCaseName);
    }

    /** Whether a field is a list that has this element. */
    static boolean has(Head head, int header, byte[] lowerCase) {
        return Ascii.isListed(head.bytes(), head.valueStart(header), head.valueEnd(header), lowerCase);
    }
}
