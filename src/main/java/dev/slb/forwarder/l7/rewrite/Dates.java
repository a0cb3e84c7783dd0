package dev.slb.forwarder.l7.rewrite;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.HeaderName;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.transport.TimeSource;
import io.netty.buffer.ByteBuf;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * When an answer was made (RFC 9110, section 6.6.1): who forwards one whose server does not say so has to, and so has whoever answers
 * by himself. One per event loop; the text is made once a second.
 */
public final class Dates {

    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "'Date: 'EEE, dd MMM yyyy HH:mm:ss 'GMT\r\n'", Locale.US)
            .withZone(ZoneOffset.UTC);
    private static final byte[] CRLF = Ascii.bytes("\r\n");

    private final TimeSource time;
    private long second = Long.MIN_VALUE;
    private String line;
    private byte[] bytes;

    public Dates(TimeSource time) {
        this.time = time;
    }

    /** The field of an answer that is made now, with the end of its line. */
    public String line() {
        long now = time.currentTimeMillis() / 1000;
        if (now != second) {
            second = now;
            line = FORMAT.format(Instant.ofEpochSecond(now));
            bytes = Ascii.bytes(line);
        }
        return line;
    }

    /**
     * Adds the field to an answer that has none.
     *
     * @param head not that of an interim answer
     * @param in begins with the head; handed over
     * @return what then begins with the head, which is scanned
     */
    public ByteBuf answer(ResponseHead head, ByteBuf in, HeadWriter writer) {
        if (head.has(HeaderName.DATE) || head.status() == 101 || head.headers() == Head.MAX_HEADERS) {
            return in;
        }
        line();
        writer.clear().write(head.bytes(), 0, head.length() - CRLF.length);
        writer.write(bytes);
        writer.write(CRLF);
        return writer.replaceHead(head, in);
    }
}
