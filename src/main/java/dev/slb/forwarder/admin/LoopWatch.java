package dev.slb.forwarder.admin;

import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.forwarder.transport.Transport;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;

/**
 * Knows which event loop does not turn any more. Each is given a task that does nothing, and a next one only when that is done: nothing
 * piles up at a loop that hangs, and no request pays for it.
 */
final class LoopWatch {

    private static final class Watched {
        private final Loop loop;
        private volatile long askedNanos;
        private volatile boolean turned = true;

        Watched(Loop loop) {
            this.loop = loop;
        }
    }

    private final TimeSource time;
    private final List<Watched> loops;

    LoopWatch(Transport transport) {
        this(transport.loops(), transport.time());
    }

    LoopWatch(List<Loop> loops, TimeSource time) {
        this.time = time;
        this.loops = loops.stream().map(Watched::new).toList();
    }

    /** Called every second or so, by one thread. */
    void ask() {
        for (Watched each : loops) {
            if (each.turned) {
                each.askedNanos = time.nanoTime();
                each.turned = false;
                try {
                    each.loop.eventLoop().execute(() -> each.turned = true);
                } catch (RejectedExecutionException e) {
                    // It has ended, and never turns again.
                }
            }
        }
    }

    /** Which loop has not turned for longer than this; empty when each has. Any thread. */
    Optional<String> problem(Duration limit) {
        for (Watched each : loops) {
            long asked = each.askedNanos; // before the other: once it has turned, it may be asked anew
            if (!each.turned) {
                Duration since = Duration.ofNanos(time.nanoTime() - asked);
                if (since.compareTo(limit) > 0) {
                    return Optional.of(
                            "event loop " + each.loop.index() + " has not turned for " + since.toSeconds() + " s");
                }
            }
        }
        return Optional.empty();
    }
}
