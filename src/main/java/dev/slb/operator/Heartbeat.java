package dev.slb.operator;

import dev.slb.base.Threads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Knows whether this process still gets on. Every second a thread goes where every translation has to go, and looks for threads
 * that wait for each other for ever. That the API server is out of reach, or the Lease another's, is no standstill.
 */
final class Heartbeat implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);

    private static final int DEADLOCK_SEARCH_BEATS = 10;

    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(Threads.numbered("heartbeat"));
    private final Runnable way;
    private final Path file;
    private final LongSupplier nanoClock;
    private long beats;
    private boolean failing;
    private volatile long last;
    private volatile String deadlock;

    /**
     * @param way takes the locks that translation takes
     * @param file gets new content with every beat, null for none
     */
    Heartbeat(Runnable way, Path file, LongSupplier nanoClock) {
        this.way = way;
        this.file = file;
        this.nanoClock = nanoClock;
        this.last = nanoClock.getAsLong();
    }

    void start() {
        thread.scheduleWithFixedDelay(this::tryBeat, 0, 1, TimeUnit.SECONDS);
    }

    private void tryBeat() {
        try {
            beat();
            failing = false;
        } catch (IOException | RuntimeException e) {
            if (!failing) {
                log.error("no sign of life can be given, and it is tried again", e);
            }
            failing = true;
        }
    }

    /** @throws IOException when the file can't be written */
    void beat() throws IOException {
        way.run();
        if (beats % DEADLOCK_SEARCH_BEATS == 0 && isDeadlocked()) {
            return;
        }
        beats++;
        last = nanoClock.getAsLong();
        if (file != null) {
            Files.writeString(file, beats + "\n");
        }
    }

    private boolean isDeadlocked() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long[] ids = threads.findDeadlockedThreads();
        String found = ids == null
                ? null
                : Arrays.stream(threads.getThreadInfo(ids))
                        .filter(Objects::nonNull)
                        .map(ThreadInfo::getThreadName)
                        .sorted()
                        .collect(Collectors.joining(", "));
        if (found != null && !found.equals(deadlock)) {
            log.error("these threads wait for each other for ever: {}", found);
        }
        deadlock = found;
        return found != null;
    }

    /** What keeps the process from getting on, for longer than this; empty when all is well. Any thread, at once. */
    Optional<String> problem(Duration limit) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(nanoClock.getAsLong() - last);
        if (seconds <= limit.toSeconds()) {
            return Optional.empty();
        }
        String threads = deadlock;
        return Optional.of("no progress for " + seconds + " s"
                + (threads == null ? "" : ": these threads wait for each other: " + threads));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
