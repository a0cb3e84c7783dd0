package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.l7.head.Trailers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;

import java.util.Map;

/**
 * From HTTP/2 to HTTP/1: writes the fields of requests, answers and trailers in the form of HTTP/1, so that {@link RequestHead}
 * and {@link ResponseHead} can be views of them. What RFC 9113 calls malformed is found here or was found by the decoder; what is
 * wrong in HTTP/1 as well is left to the scan.
 *
 * <p>Nothing that comes in may end a line: whatever was checked before, each name and value is looked at again.
 */
final class ToHttp1 {

    private static final byte[] HTTP_1_1 = Ascii.bytes(" HTTP/1.1\r\n");
    private static final byte[] VERSION = Ascii.bytes("HTTP/1.1 ");
    private static final byte[] LINE_END = Ascii.bytes(" \r\n");
    private static final byte[] HOST = Ascii.bytes("host: ");
    private static final byte[] COOKIE = Ascii.bytes("cookie: ");
    private static final byte[] CRUMB = Ascii.bytes("; ");
    private static final byte[] SPACE = Ascii.bytes(" ");
    private static final byte[] COLON = Ascii.bytes(": ");
    private static final byte[] CRLF = Ascii.bytes("\r\n");
    private static final byte[] CHUNKED = Ascii.bytes("transfer-encoding: chunked\r\n");
    private static final byte[] NO_BODY = Ascii.bytes("content-length: 0\r\n");

    private static final AsciiString HOST_NAME = AsciiString.cached("host");
    private static final AsciiString COOKIE_NAME = AsciiString.cached("cookie");
    private static final AsciiString CONTENT_LENGTH_NAME = AsciiString.cached("content-length");
    private static final AsciiString HTTP = AsciiString.cached("http");
    private static final AsciiString HTTPS = AsciiString.cached("https");
    private static final AsciiString CONNECT = AsciiString.cached("CONNECT");
    private static final AsciiString PROTOCOL = AsciiString.cached(":protocol");

    private ToHttp1() {}

    /**
     * Writes the whole head of a request. Without a length a body is announced as chunked.
     *
     * @param bodyFollows whether the stream goes on after the head
     * @return false when the request is malformed (RFC 9113, section 8.1.1)
     */
    static boolean writeRequest(Http2Headers headers, boolean bodyFollows, HeadWriter out) {
        AsciiString method = ascii(headers.method());
        AsciiString authority = ascii(headers.authority());
        if (method == null || !isToken(method) || headers.contains(PROTOCOL)) {
            return false;
        }
        boolean connect = method.contentEquals(CONNECT);
        AsciiString target = connect ? authority : ascii(headers.path());
        if (target == null || target.isEmpty() || !isValue(target) || !connect && !isScheme(headers.scheme())) {
            return false;
        }
        if (!connect && target.byteAt(0) != '/' && !target.contentEquals("*")) {
            return false;
        }
        write(method, out);
        out.write(SPACE);
        write(target, out);
        out.write(HTTP_1_1);
        if (authority != null) {
            if (!isValue(authority)) {
                return false;
            }
            out.write(HOST);
            write(authority, out);
            out.write(CRLF);
        }
        boolean length = false;
        boolean cookies = false;
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            AsciiString name = ascii(field.getKey());
            AsciiString value = ascii(field.getValue());
            if (isPseudo(name)) {
                continue;
            }
            if (!isName(name) || !isValue(value)) {
                return false;
            }
            if (authority != null && name.contentEquals(HOST_NAME)) {
                if (!isSameHost(value, authority, headers.scheme())) {
                    return false; // which of them is meant, nobody can tell
                }
                continue;
            }
            if (name.contentEquals(COOKIE_NAME)) {
                if (!cookies) {
                    cookies = true;
                    writeCookies(headers, out);
                }
                continue;
            }
            length |= name.contentEquals(CONTENT_LENGTH_NAME);
            write(name, out);
            out.write(COLON);
            write(value, out);
            out.write(CRLF);
        }
        if (!length) {
            if (bodyFollows) {
                out.write(CHUNKED);
            } else if (method.byteAt(0) == 'P') { // POST, PUT, PATCH: servers ask for it (RFC 9110, section 8.6)
                out.write(NO_BODY);
            }
        }
        out.write(CRLF);
        return true;
    }

    /** Clients split cookies into one field each; HTTP/1 wants them in one (RFC 9113, section 8.2.3). */
    private static void writeCookies(Http2Headers headers, HeadWriter out) {
        out.write(COOKIE);
        boolean first = true;
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            AsciiString value = ascii(field.getValue());
            if (!COOKIE_NAME.contentEquals(field.getKey()) || !isValue(value)) {
                continue; // the second is found malformed in its turn
            }
            if (!first) {
                out.write(CRUMB);
            }
            first = false;
            write(value, out);
        }
        out.write(CRLF);
    }

    /** The status of an answer as a number; -1 when it is none. */
    static int status(Http2Headers headers) {
        AsciiString status = ascii(headers.status());
        return status == null || status.length() != 3
                ? -1
                : (int) Ascii.decimal(status.array(), status.arrayOffset(), status.arrayOffset() + 3);
    }

    static boolean hasLength(Http2Headers headers) {
        return headers.contains(CONTENT_LENGTH_NAME);
    }

    /**
     * Writes the whole head of an answer.
     *
     * @param chunked whether the body is to be announced as chunked
     * @param empty whether it is to be said that there is none
     * @return false when a field can't stand in HTTP/1
     */
    static boolean writeAnswer(Http2Headers headers, boolean chunked, boolean empty, HeadWriter out) {
        out.write(VERSION);
        write(ascii(headers.status()), out);
        out.write(LINE_END);
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            AsciiString name = ascii(field.getKey());
            AsciiString value = ascii(field.getValue());
            if (isPseudo(name)) {
                continue;
            }
            if (!isName(name) || !isValue(value)) {
                return false;
            }
            write(name, out);
            out.write(COLON);
            write(value, out);
            out.write(CRLF);
        }
        if (chunked) {
            out.write(CHUNKED);
        } else if (empty) {
            out.write(NO_BODY);
        }
        out.write(CRLF);
        return true;
    }

    /**
     * Writes the fields of a trailer section that pass, and the empty line that ends them.
     *
     * @return false when they are malformed
     */
    static boolean writeTrailers(Http2Headers trailers, HeadWriter out) {
        for (Map.Entry<CharSequence, CharSequence> field : trailers) {
            AsciiString name = ascii(field.getKey());
            AsciiString value = ascii(field.getValue());
            if (!isName(name) || !isValue(value)) {
                return false;
            }
            switch (Trailers.of(name.array(), name.arrayOffset(), name.arrayOffset() + name.length())) {
                case REFUSED -> {
                    return false;
                }
                case DROPPED -> {}
                case PASSES -> {
                    write(name, out);
                    out.write(COLON);
                    write(value, out);
                    out.write(CRLF);
                }
            }
        }
        out.write(CRLF);
        return true;
    }

    private static AsciiString ascii(CharSequence text) {
        return text == null ? null : AsciiString.of(text);
    }

    private static void write(AsciiString text, HeadWriter out) {
        out.write(text.array(), text.arrayOffset(), text.length());
    }

    private static boolean isPseudo(AsciiString name) {
        return !name.isEmpty() && name.byteAt(0) == ':';
    }

    private static boolean isScheme(CharSequence scheme) {
        return scheme != null && (HTTPS.contentEqualsIgnoreCase(scheme) || HTTP.contentEqualsIgnoreCase(scheme));
    }

    /** Whether both name the same host and port, where the scheme has a port that need not be named. */
    private static boolean isSameHost(AsciiString one, AsciiString other, CharSequence scheme) {
        if (one.contentEqualsIgnoreCase(other)) {
            return true;
        }
        int defaultPort = HTTPS.contentEqualsIgnoreCase(scheme) ? 443 : 80;
        int oneEnd = hostEnd(one);
        int otherEnd = hostEnd(other);
        long port = port(one, oneEnd, defaultPort);
        return port >= 0
                && port == port(other, otherEnd, defaultPort)
                && name(one, oneEnd).contentEqualsIgnoreCase(name(other, otherEnd));
    }

    /** Where the host ends, at the colon of a port perhaps. */
    private static int hostEnd(AsciiString authority) {
        int colon = authority.lastIndexOf(":");
        return colon > authority.lastIndexOf("]") ? colon : authority.length();
    }

    private static AsciiString name(AsciiString authority, int end) {
        int nameEnd = end > 0 && authority.byteAt(end - 1) == '.' ? end - 1 : end;
        return authority.subSequence(0, nameEnd, false);
    }

    /** Or -1. */
    private static long port(AsciiString authority, int colon, int defaultPort) {
        if (authority.length() - colon <= 1) {
            return defaultPort;
        }
        int start = authority.arrayOffset();
        return Ascii.decimal(authority.array(), start + colon + 1, start + authority.length());
    }

    private static boolean isToken(AsciiString text) {
        for (int i = 0; i < text.length(); i++) {
            if (!Ascii.isToken(text.byteAt(i))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static boolean isName(AsciiString name) {
        for (int i = 0; i < name.length(); i++) {
            byte b = name.byteAt(i);
            if (!Ascii.isToken(b) || b >= 'A' && b <= 'Z') {
                return false;
            }
        }
        return !name.isEmpty();
    }

    /** No control characters, and no blanks at either end: in HTTP/2 those are malformed (RFC 9113, section 8.2.1). */
    private static boolean isValue(AsciiString value) {
        if (value.isEmpty()) {
            return true;
        }
        int start = value.arrayOffset();
        int end = start + value.length();
        return Ascii.control(value.array(), start, end) == end
                && !Ascii.isBlank(value.byteAt(0))
                && !Ascii.isBlank(value.byteAt(value.length() - 1));
    }
}
