package dev.slb.distribution;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** One log that is read from its start to its end. */
final class LogSource implements Closeable {

    private static final int SAMPLE = 100;

    private final String name;
    private final BoundedLines lines;
    private final Deque<String> sample = new ArrayDeque<>();
    private final LogLines format;
    private long lineNumber;
    private long malformed;
    private long firstMalformed;
    private long time = Hit.NO_TIME;

    /**
     * @param name what the log is called; the server's name when lines don't name any
     * @param forced null: found out from the first lines
     * @throws LogException when no known format reads any of the first lines
     */
    LogSource(String name, InputStream in, LogLines forced) throws IOException, LogException {
        this.name = name;
        this.lines = new BoundedLines(in);
        this.format = forced == null ? detect() : forced;
    }

    private LogLines detect() throws IOException, LogException {
        List<String> texts = new ArrayList<>();
        String line = lines.next();
        while (line != null) {
            sample.add(line);
            if (!line.isBlank()) {
                texts.add(line);
            }
            line = texts.size() < SAMPLE ? lines.next() : null;
        }
        LogLines best = null;
        long most = 0;
        for (LogLines each : LogLines.known()) {
            long read = texts.stream().filter(text -> each.read(text) != null).count();
            if (read > most) {
                best = each;
                most = read;
            }
        }
        if (best == null && !texts.isEmpty()) {
            throw new LogException(name + ": not of a known format; name it with --format");
        }
        return best;
    }

    /** The next request, null at the end. Lines that can't be read are counted. */
    Hit next() throws IOException {
        for (String line = line(); line != null; line = line()) {
            lineNumber++;
            if (line.isBlank()) {
                continue;
            }
            Hit hit = format.read(line);
            if (hit == null) {
                malformed++;
                firstMalformed = malformed == 1 ? lineNumber : firstMalformed;
                continue;
            }
            if (hit.time() != Hit.NO_TIME) {
                time = hit.time();
            }
            return format.namesServers() ? hit : hit.withServer(name);
        }
        return null;
    }

    private String line() throws IOException {
        return sample.isEmpty() ? lines.next() : sample.poll();
    }

    /** Of the last request that has one. */
    long time() {
        return time;
    }

    boolean namesServers() {
        return format == null || format.namesServers();
    }

    LogSummary summary() {
        return new LogSummary(name, format == null ? null : format.name(), lineNumber, malformed, firstMalformed);
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
