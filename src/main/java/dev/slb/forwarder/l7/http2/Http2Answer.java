package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.HeaderName;
import dev.slb.forwarder.l7.head.ResponseHead;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The head of an answer, and its trailers, as fields of HTTP/2: names in lower case, nothing that is meant for one connection. */
final class Http2Answer {

    private Http2Answer() {}

    static Http2Headers of(ResponseHead head) {
        int start = head.headersStart();
        // A copy, since the fields may wait for their turn behind data, when the view is used for another head.
        byte[] bytes = Arrays.copyOfRange(head.bytes(), start, head.length());
        AsciiString[] fields = new AsciiString[2 * head.headers()];
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
        return ReadOnlyHttp2Headers.serverHeaders(
                false,
                HttpResponseStatus.valueOf(head.status()).codeAsText(),
                count == fields.length ? fields : Arrays.copyOf(fields, count));
    }

    private static boolean passes(ResponseHead head, HeaderName name) {
        return switch (name) {
            case CONNECTION,
                    KEEP_ALIVE,
                    PROXY_CONNECTION,
                    TRANSFER_ENCODING,
                    UPGRADE,
                    TE,
                    HTTP2_SETTINGS,
                    NAMED_BY_CONNECTION -> false;
            case CONTENT_LENGTH -> !head.isBodiless();
            default -> true;
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
