package dev.slb.distribution;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts per server over a period of any length in a memory of fixed size: up to 64 spans of equally many requests.
 * When all are used, neighbours are joined and spans become twice as long.
 */
final class Timeline {

    static final int SPANS = 64;

    /** A part of the period. */
    static final class Span {
        private long[] counts = new long[4];
        private long total;
        private long start = Hit.NO_TIME;
        private long end = Hit.NO_TIME;

        private void add(int server, long count, long from, long to) {
            if (server >= counts.length) {
                counts = Arrays.copyOf(counts, Math.max(2 * counts.length, server + 1));
            }
            counts[server] += count;
            total += count;
            if (from != Hit.NO_TIME) {
                start = start == Hit.NO_TIME ? from : Math.min(start, from);
                end = Math.max(end, to);
            }
        }

        private void join(Span next) {
            for (int i = 0; i < next.counts.length; i++) {
                add(i, next.counts[i], next.start, next.end);
            }
        }

        long count(int server) {
            return server < counts.length ? counts[server] : 0;
        }

        long total() {
            return total;
        }

        long start() {
            return start;
        }

        long end() {
            return end;
        }
    }

    private final List<Span> spans = new ArrayList<>();
    private long spanLength = 1;

    void add(int server, long time) {
        if (spans.isEmpty() || spans.get(spans.size() - 1).total >= spanLength) {
            addSpan();
        }
        spans.get(spans.size() - 1).add(server, 1, time, time);
    }

    /** Adds a span of its own. */
    void add(long[] counts, long start, long end) {
        addSpan();
        for (int i = 0; i < counts.length; i++) {
            spans.get(spans.size() - 1).add(i, counts[i], start, end);
        }
    }

    private void addSpan() {
        if (spans.size() == SPANS) {
            for (int i = 0; i < SPANS / 2; i++) {
                spans.get(i).join(spans.remove(i + 1));
            }
            spanLength *= 2;
        }
        spans.add(new Span());
    }

    List<Span> spans() {
        return spans;
    }
}
