package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.ResponseHead;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;

import java.util.Map;

/**
 * Writes the fields of an answer of HTTP/2 in the form of HTTP/1, so that {@link ResponseHead} can be a view of them. No
 * name or value may end a line, whatever the decoder has checked before.
 */
final class Http2ServerAnswer {

    private static final byte[] HTTP_1_1 = Ascii.bytes("HTTP/1.1 ");
    private static final byte[] LINE_END = Ascii.bytes(" \r\n");
    private static final byte[] COLON = Ascii.bytes(": ");
    private static final byte[] CRLF = Ascii.bytes("\r\n");
    private static final byte[] NO_BODY = Ascii.bytes("content-length: 0\r\n");
    private static final byte[] CHUNKED = Ascii.bytes("transfer-encoding: chunked\r\n");
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");

    private Http2ServerAnswer() {}

    /** The status as a number; -1 when it is none. */
    static int status(Http2Headers headers) {
        AsciiString status = Http2Request.ascii(headers.status());
        return status == null || status.length() != 3
                ? -1
                : (int) Ascii.decimal(status.array(), status.arrayOffset(), status.arrayOffset() + 3);
    }

    static boolean hasLength(Http2Headers headers) {
        return headers.contains(CONTENT_LENGTH);
    }

    /**
     * Writes the whole head.
     *
     * @param chunked whether the body is to be announced as chunked
     * @param empty whether it is to be said that there is none
     * @return false when a field can't stand in HTTP/1
     */
    static boolean write(Http2Headers headers, boolean chunked, boolean empty, HeadWriter out) {
        out.write(HTTP_1_1);
        Http2Request.write(Http2Request.ascii(headers.status()), out);
        out.write(LINE_END);
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            AsciiString name = Http2Request.ascii(field.getKey());
            AsciiString value = Http2Request.ascii(field.getValue());
            if (Http2Request.isPseudo(name)) {
                continue;
            }
            if (!Http2Request.isName(name) || !Http2Request.isLine(value)) {
                return false;
            }
            Http2Request.write(name, out);
            out.write(COLON);
            Http2Request.write(value, out);
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
}
