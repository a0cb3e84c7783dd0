package dev.slb.distribution;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/** Several logs read as one, by time, so that what came one after the other is seen one after the other. */
public final class Logs implements Closeable {

    private record Next(LogSource source, Hit hit, long time, long turn) implements Comparable<Next> {
        @Override
        public int compareTo(Next other) {
            // Seconds are all that some logs have: within one the logs take turns.
            int byTime = Long.compare(time, other.time);
            return byTime != 0 ? byTime : Long.compare(turn, other.turn);
        }
    }

    private final LogLines forced;
    private final List<LogSource> sources = new ArrayList<>();

    /**
     * @param format null: found out for each log
     * @throws IllegalArgumentException when there is no such format
     */
    public Logs(String format) {
        forced = format == null ? null : LogLines.named(format);
    }

    /**
     * Adds a log that is a stream.
     *
     * @param name null when the log must name its servers itself
     */
    public void add(String name, InputStream in) throws IOException, LogException {
        LogSource source = new LogSource(name == null ? "standard input" : name, in, forced);
        sources.add(source);
        if (name == null && !source.namesServers()) {
            throw new LogException("standard input: its lines do not name servers, so it is one server's own log;"
                    + " give one file per server");
        }
    }

    /** Adds a file. */
    public void add(String name, Path file) throws IOException, LogException {
        add(name, Files.newInputStream(file));
    }

    /** Counts all lines. */
    public Tally count() throws IOException {
        Tally tally = new Tally();
        PriorityQueue<Next> queue = new PriorityQueue<>();
        long turn = 0;
        for (LogSource source : sources) {
            offer(queue, source, turn++);
        }
        for (Next next = queue.poll(); next != null; next = queue.poll()) {
            tally.add(next.hit());
            offer(queue, next.source(), turn++);
        }
        return tally;
    }

    private static void offer(PriorityQueue<Next> queue, LogSource source, long turn) throws IOException {
        Hit hit = source.next();
        if (hit != null) {
            queue.add(new Next(source, hit, source.time(), turn));
        }
    }

    /** What was read of each. */
    public List<LogSummary> summaries() {
        return sources.stream().map(LogSource::summary).toList();
    }

    @Override
    public void close() throws IOException {
        for (LogSource source : sources) {
            source.close();
        }
    }
}
