package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.HeaderName;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.table.Server;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * From HTTP/1 to HTTP/2: heads of requests and answers, and trailers, as fields: names in lower case, nothing that is meant for
 * one connection.
 */
final class ToHttp2 {

    private static final AsciiString HTTP = AsciiString.cached("http");
    private static final AsciiString HTTPS = AsciiString.cached("https");

    private ToHttp2() {}

    static Http2Headers answer(ResponseHead head) {
        int start = head.headersStart();
        // A copy, since the fields may wait for their turn behind data, when the view is used for another head.
        byte[] bytes = Arrays.copyOfRange(head.bytes(), start, head.length());
        AsciiString[] fields =
                new AsciiString[2 * (head.headers() + head.added().size())];
        int count = 0;
        for (int i = 0; i < head.headers(); i++) {
            if (!passes(head, head.name(i))) {
                continue;
            }
            Ascii.lowerCase(bytes, head.nameStart(i) - start, head.nameEnd(i) - start);
            fields[count++] =
                    new AsciiString(bytes, head.nameStart(i) - start, head.nameEnd(i) - head.nameStart(i), false);
            fields[count++] =
                    new AsciiString(bytes, head.valueStart(i) - start, head.valueEnd(i) - head.valueStart(i), false);
        }
        for (int i = 0; i < head.added().size(); i++) {
            byte[] line = head.added().get(i);
            int colon = Ascii.indexOf(line, 0, line.length, ':');
            fields[count++] = new AsciiString(line, 0, colon, false).toLowerCase();
            fields[count++] = new AsciiString(line, colon + 1, line.length - colon - 1, false).trim();
        }
        return ReadOnlyHttp2Headers.serverHeaders(
                false,
                HttpResponseStatus.valueOf(head.status()).codeAsText(),
                count == fields.length ? fields : Arrays.copyOf(fields, count));
    }

    static Http2Headers request(RequestHead head, Server server) {
        // A copy, since the fields may wait for their turn when the view is used for another head.
        byte[] bytes = Arrays.copyOf(head.bytes(), head.length());
        AsciiString[] fields = new AsciiString[2 * head.headers()];
        AsciiString authority = null;
        int count = 0;
        for (int i = 0; i < head.headers(); i++) {
            HeaderName name = head.name(i);
            AsciiString value =
                    new AsciiString(bytes, head.valueStart(i), head.valueEnd(i) - head.valueStart(i), false);
            if (name == HeaderName.HOST) {
                authority = value;
            } else if (passes(head, name)) {
                Ascii.lowerCase(bytes, head.nameStart(i), head.nameEnd(i));
                fields[count++] = new AsciiString(bytes, head.nameStart(i), head.nameEnd(i) - head.nameStart(i), false);
                fields[count++] = value;
            }
        }
        return ReadOnlyHttp2Headers.clientHeaders(
                false,
                new AsciiString(bytes, 0, head.methodEnd(), false),
                new AsciiString(bytes, head.targetStart(), head.targetEnd() - head.targetStart(), false),
                server.tls() == null ? HTTP : HTTPS,
                authority,
                count == fields.length ? fields : Arrays.copyOf(fields, count));
    }

    private static boolean passes(RequestHead head, HeaderName name) {
        return !isHopByHop(name) || name == HeaderName.TE && head.isTeTrailers();
    }

    private static boolean passes(ResponseHead head, HeaderName name) {
        return !isHopByHop(name) && (name != HeaderName.CONTENT_LENGTH || !head.isBodiless());
    }

    /** What is meant for one connection of HTTP/1 stays here (RFC 9113, section 8.2.2); HTTP/2 has no upgrades. */
    private static boolean isHopByHop(HeaderName name) {
        return switch (name) {
            case CONNECTION,
                    KEEP_ALIVE,
                    PROXY_CONNECTION,
                    TE,
                    TRANSFER_ENCODING,
                    UPGRADE,
                    HTTP2_SETTINGS,
                    NAMED_BY_CONNECTION -> true;
            default -> false;
        };
    }

    /** @param lines of a trailer section that was found valid, with or without the empty line at its end */
    static Http2Headers trailers(byte[] lines, int length) {
        List<AsciiString> fields = new ArrayList<>();
        for (int at = 0; at < length; ) {
            int end = Ascii.indexOf(lines, at, length, '\r');
            int colon = Ascii.indexOf(lines, at, length, ':');
            if (end <= at || colon < 0 || colon > end) {
                break;
            }
            Ascii.lowerCase(lines, at, colon);
            fields.add(new AsciiString(lines, at, colon - at, true));
            fields.add(new AsciiString(lines, colon + 1, end - colon - 1, true).trim());
            at = end + 2;
        }
        return ReadOnlyHttp2Headers.trailers(false, fields.toArray(AsciiString[]::new));
    }
}
