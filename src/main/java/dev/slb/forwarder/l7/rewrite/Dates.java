package dev.slb.forwarder.l7.rewrite;

import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.HeaderName;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.transport.TimeSource;

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
     */
    public void answer(ResponseHead head) {
        if (!head.has(HeaderName.DATE) && head.status() != 101) {
            line();
            head.add(bytes);
        }
    }
}
