package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.fuzz.OtherReader;
import dev.slb.fuzz.Wire;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;

import java.util.Locale;
import java.util.Map;

import static dev.slb.fuzz.Wire.check;
import static dev.slb.fuzz.Wire.checkEqual;

/**
 * Fields of HTTP/2 on their way to HTTP/1 and back. The first byte says what the rest is: even, a block in the form of HPACK, as
 * {@link Http2Codec} has it read; odd, lines of "name: value" that no decoder has looked at, a literal {@code \r}, {@code \n} or
 * {@code \0} standing for what it means. With 2 added a body follows.
 */
public final class FieldsFuzz {

    private static final int MAX_HEAD = 8192;

    private FieldsFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (Wire.isEmpty(input)) {
            return;
        }
        byte[] bytes = Wire.bytes(input);
        Http2Headers headers = (input[0] & 1) == 0 ? decoded(bytes) : lines(bytes);
        if (headers != null) {
            boolean bodyFollows = (input[0] & 2) != 0;
            request(headers, bodyFollows);
            answer(headers, bodyFollows);
            trailers(headers);
        }
    }

    private static Http2Headers decoded(byte[] block) {
        try {
            return new DefaultHttp2HeadersDecoder(true, true, MAX_HEAD).decodeHeaders(3, Unpooled.wrappedBuffer(block));
        } catch (Http2Exception e) {
            return null;
        }
    }

    private static Http2Headers lines(byte[] bytes) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        for (String line : Wire.text(Unpooled.wrappedBuffer(bytes)).split("\n")) {
            int colon = line.indexOf(':', 1);
            if (colon > 0) {
                headers.add(literal(line.substring(0, colon)), literal(line.substring(colon + 1)));
            }
        }
        return headers;
    }

    private static AsciiString literal(String text) {
        String meant = text.replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0");
        return new AsciiString(Ascii.bytes(meant), false);
    }

    private static void request(Http2Headers headers, boolean bodyFollows) {
        HeadWriter out = new HeadWriter();
        if (!ToHttp1.writeRequest(headers, bodyFollows, out)) {
            return;
        }
        String text = Wire.text(out);
        Wire.checkHead(text);
        RequestHead head = new RequestHead().maxTargetBytes(MAX_HEAD);
        Head.State state = head.scan(out, MAX_HEAD);
        check(state != Head.State.INCOMPLETE, "not a whole head: %s", text);
        if (state == Head.State.REFUSED) {
            return;
        }
        checkEqual(head.length(), text.length(), "length");
        check(!bodyFollows || head.isChunked() || head.contentLength() >= 0, "a body without an end: %s", text);
        OtherReader other = OtherReader.request(text);
        check(!other.refused(), "refused by the other reader: %s", text);
        CharSequence target = headers.path() == null ? headers.authority() : headers.path();
        checkEqual(other.first(), headers.method() + " " + target + " HTTP/1.1", "request line");
        checkEqual(other.fields().size(), head.headers(), "number of fields");
        checkEqual(other.ended(), !head.isChunked() && head.contentLength() <= 0, "the request's end");
    }

    private static void answer(Http2Headers headers, boolean bodyFollows) {
        int status = ToHttp1.status(headers);
        if (status < 100) {
            return;
        }
        boolean bodiless = status < 200 || status == 204 || status == 304;
        boolean length = ToHttp1.hasLength(headers);
        HeadWriter out = new HeadWriter();
        if (!ToHttp1.writeAnswer(
                headers, bodyFollows && !bodiless && !length, !bodyFollows && !bodiless && !length, out)) {
            return;
        }
        String text = Wire.text(out);
        Wire.checkHead(text);
        ResponseHead head = new ResponseHead();
        Head.State state = head.scan(out, MAX_HEAD);
        check(state != Head.State.INCOMPLETE, "not a whole head: %s", text);
        if (state == Head.State.REFUSED) {
            return;
        }
        checkEqual(head.status(), status, "status");
        if (status != 101) {
            check(!OtherReader.answer(text, false).refused(), "refused by the other reader: %s", text);
        }
        Http2Headers back = ToHttp2.answer(head);
        checkFields(back);
        HeadWriter again = new HeadWriter();
        check(ToHttp1.writeAnswer(back, false, false, again), "our own fields are refused: %s", back);
        ResponseHead second = new ResponseHead();
        if (second.scan(again, MAX_HEAD) == Head.State.COMPLETE) {
            checkEqual(ToHttp2.answer(second).toString(), back.toString(), "there and back again");
        }
    }

    private static void trailers(Http2Headers headers) {
        HeadWriter out = new HeadWriter();
        if (!ToHttp1.writeTrailers(headers, out)) {
            return;
        }
        String text = Wire.text(out);
        if (!text.equals("\r\n")) {
            Wire.checkHead(text);
        }
        byte[] bytes = Ascii.bytes(text);
        Http2Headers back = ToHttp2.trailers(bytes, bytes.length);
        checkFields(back);
        HeadWriter again = new HeadWriter();
        check(ToHttp1.writeTrailers(back, again), "our own trailers are refused: %s", back);
        Http2Headers second = ToHttp2.trailers(Ascii.bytes(Wire.text(again)), again.length());
        checkEqual(second.toString(), back.toString(), "there and back again");
    }

    /** What RFC 9113 says of fields, section 8.2. */
    private static void checkFields(Http2Headers headers) {
        for (Map.Entry<CharSequence, CharSequence> field : headers) {
            String name = field.getKey().toString();
            String value = field.getValue().toString();
            check(!name.isEmpty() && name.equals(name.toLowerCase(Locale.ROOT)), "a name: %s", name);
            check(value.chars().allMatch(c -> c >= ' ' && c != 0x7F || c == '\t'), "a value: %s", value);
            check(value.equals(strip(value)), "blanks at an end: '%s'", value);
        }
    }

    private static String strip(String value) {
        int start = 0;
        int end = value.length();
        while (start < end && isBlank(value.charAt(start))) {
            start++;
        }
        while (start < end && isBlank(value.charAt(end - 1))) {
            end--;
        }
        return value.substring(start, end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
