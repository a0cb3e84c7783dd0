package dev.slb.forwarder.l7.rewrite;

import java.util.ArrayDeque;
import java.util.zip.Deflater;

/**
 * The compressors of one event loop. Each has some 270 KiB of native memory, so few are kept, and there are never more than a
 * number: what comes then goes uncompressed. Those that nobody gives back are freed by the garbage collector.
 */
public final class Deflaters {

    static final int MAX_ACTIVE = 128;
    private static final int MAX_IDLE = 4;
    /** Nearly as small as the best, at a third of the time. */
    private static final int LEVEL = 4;

    private final ArrayDeque<Deflater> idle = new ArrayDeque<>(MAX_IDLE);
    private int active;

    /** Null when there are too many. */
    Deflater take() {
        if (active == MAX_ACTIVE) {
            return null;
        }
        active++;
        Deflater kept = idle.pollLast();
        return kept != null ? kept : new Deflater(LEVEL, true);
    }

    void give(Deflater deflater) {
        active--;
        if (idle.size() < MAX_IDLE) {
            deflater.reset();
            idle.addLast(deflater);
        } else {
            deflater.end();
        }
    }

    int active() {
        return active;
    }
}
