package dev.slb.forwarder.accesslog;

import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.LogField;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;

/**
 * One event loop's end of the access log, to be used on that loop alone. Writing never blocks: the line goes to the
 * loop's ring, or is dropped and counted.
 */
public final class LoopLog {

    private static final int KEPT_ENTRIES = 256;
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.").withZone(ZoneOffset.UTC);

    private final AccessLog log;
    private final LineRing ring;
    private final TimeSource clock;
    private final ArrayDeque<AccessEntry> free = new ArrayDeque<>();
    private final Line line = new Line(2048);
    private final Line time = new Line(32);
    private long second = Long.MIN_VALUE;
    private String secondText;

    LoopLog(AccessLog log, LineRing ring, TimeSource clock) {
        this.log = log;
        this.ring = ring;
        this.clock = clock;
    }

    /** An empty entry, to be given back by {@link #write} or {@link #discard}. */
    public AccessEntry entry() {
        AccessEntry entry = free.pollLast();
        return entry == null ? new AccessEntry() : entry;
    }

    /** Writes the entry as it is now, with the time of now, and takes it back. */
    public void write(AccessEntry entry, LineEncoder encoder) {
        if (encoder.uses(LogField.TIME)) {
            Line now = time();
            entry.text(LogField.TIME, now.bytes(), 0, now.length());
        }
        line.clear();
        encoder.encode(entry, line);
        discard(entry);
        if (log.isClosed() || !ring.offer(line.bytes(), line.length())) {
            log.countFull();
        } else {
            log.wake();
        }
    }

    /** Takes back an entry that shall not be written. */
    public void discard(AccessEntry entry) {
        if (free.size() < KEPT_ENTRIES && !entry.isLarge()) {
            entry.clear();
            free.addLast(entry);
        }
    }

    LineRing ring() {
        return ring;
    }

    private Line time() {
        long millis = clock.currentTimeMillis();
        long now = Math.floorDiv(millis, 1000);
        if (now != second) {
            second = now;
            secondText = SECONDS.format(Instant.ofEpochSecond(now));
        }
        time.clear();
        return time.add(secondText).padded(Math.floorMod(millis, 1000), 3).add('Z');
    }
}
