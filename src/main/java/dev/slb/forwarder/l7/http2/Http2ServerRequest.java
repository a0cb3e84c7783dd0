package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.HeaderName;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.table.Server;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;

import java.util.Arrays;

/** The head of a request, in the form in which it would go to a server of HTTP/1, as fields of HTTP/2. */
final class Http2ServerRequest {

    private static final AsciiString HTTP = AsciiString.cached("http");
    private static final AsciiString HTTPS = AsciiString.cached("https");

    private Http2ServerRequest() {}

    /** A request without a host, which HTTP/1.0 allows, names the server's address. */
    static Http2Headers of(RequestHead head, Server server) {
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
                authority == null ? new AsciiString(server.addressText(), false) : authority,
                count == fields.length ? fields : Arrays.copyOf(fields, count));
    }

    /** What is meant for one connection stays here; HTTP/2 has no upgrades. */
    private static boolean passes(RequestHead head, HeaderName name) {
        return switch (name) {
            case CONNECTION,
                    KEEP_ALIVE,
                    PROXY_CONNECTION,
                    TRANSFER_ENCODING,
                    UPGRADE,
                    HTTP2_SETTINGS,
                    NAMED_BY_CONNECTION -> false;
            case TE -> head.isTeTrailers();
            default -> true;
        };
    }
}
