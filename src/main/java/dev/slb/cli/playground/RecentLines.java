package dev.slb.cli.playground;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Keeps the last lines of a log, to show them where there is room. */
final class RecentLines extends OutputStream {

    private static final int KEPT = 5;

    private final Deque<String> lines = new ArrayDeque<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    PrintStream asStream() {
        return new PrintStream(this, true, StandardCharsets.UTF_8);
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public synchronized void write(int b) {
        if (b != '\n') {
            line.write(b);
            return;
        }
        lines.addLast(line.toString(StandardCharsets.UTF_8).stripTrailing());
        line.reset();
        if (lines.size() > KEPT) {
            lines.removeFirst();
        }
    }
}
