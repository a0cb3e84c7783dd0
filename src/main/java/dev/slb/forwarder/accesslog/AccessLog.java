package dev.slb.forwarder.accesslog;

import dev.slb.base.Threads;
import dev.slb.forwarder.transport.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The access log of a process: event loops put encoded lines into rings of their own, one thread writes them. Lines of
 * one connection keep their order, those of different loops mix. A slow or broken sink costs lines, which are counted,
 * never time of a loop.
 */
public final class AccessLog implements AutoCloseable {

    /** Lines for which a ring had no room, or that came after {@link #close}. */
    public static final String FULL = "AccessLogFull";
    /** Lines that could not be written, for instance to a disk without space. */
    public static final String FAILED = "AccessLogFailed";

    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    /** While lines come, the writer looks so often: one write for many lines, and no wake-up per line. */
    private static final Duration BATCH = Duration.ofMillis(10);

    /** How often it is said at most that lines were dropped. */
    private static final long SAY_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final LineSink sink;
    private final List<LoopLog> loops;
    private final int bufferBytes;
    private final Duration closeLimit;
    private final Thread writer;
    private final AtomicBoolean asleep = new AtomicBoolean();
    private final LongAdder full = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile boolean reopen;
    private volatile boolean closed;
    // Of the writer.
    private byte[] batch;
    private boolean failing;
    private long saidFull;
    private long saidAt;

    /**
     * Opens the sink and starts the writer.
     *
     * @param loops number of event loops
     * @param time when lines are written
     * @throws IOException when the file can't be opened
     */
    public static AccessLog open(AccessLogOptions options, int loops, TimeSource time) throws IOException {
        LineSink sink = options.file() == null
                ? new StandardOutput()
                : new RotatingFile(options.file(), options.maxFileBytes(), options.keptFiles());
        return new AccessLog(sink, loops, options.bufferBytes(), time, CLOSE_LIMIT);
    }

    AccessLog(LineSink sink, int loops, int bufferBytes, TimeSource time, Duration closeLimit) {
        this.sink = sink;
        this.closeLimit = closeLimit;
        this.bufferBytes = bufferBytes;
        this.loops = Stream.generate(() -> new LoopLog(this, new LineRing(bufferBytes), time))
                .limit(loops)
                .toList();
        this.writer = Threads.daemon("access-log", this::run);
        writer.start();
    }

    /** @param index of the event loop, 0 to their number - 1 */
    public LoopLog loop(int index) {
        return loops.get(index);
    }

    /** Has the file opened anew before the next line is written. */
    public void reopen() {
        reopen = true;
        LockSupport.unpark(writer);
    }

    /** Lines that are lost, by reason, since the start. */
    public SortedMap<String, Long> dropped() {
        SortedMap<String, Long> dropped = new TreeMap<>();
        dropped.put(FULL, full.sum());
        dropped.put(FAILED, failed.sum());
        return dropped;
    }

    /** Writes what the rings hold, then closes the sink. A sink that blocks is given up after five seconds. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(writer);
        boolean interrupted = false;
        try {
            writer.join(closeLimit.toMillis());
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (writer.isAlive()) {
            LOG.warn("the access log was not written to its end: its sink blocks");
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isClosed() {
        return closed;
    }

    void countFull() {
        full.increment();
    }

    void wake() {
        if (asleep.get() && asleep.compareAndSet(true, false)) {
            LockSupport.unpark(writer);
        }
    }

    private void run() {
        while (true) {
            // Read first: the last round then sees every line that was offered before close().
            boolean last = closed;
            if (reopen) {
                reopen = false;
                attempt(sink::reopen, 0);
            }
            boolean any = false;
            for (LoopLog loop : loops) {
                any |= drain(loop.ring());
            }
            sayFull(last);
            if (last) {
                attempt(sink::close, 0);
                return;
            }
            if (any) {
                LockSupport.parkNanos(this, BATCH.toNanos());
            } else {
                sleep();
            }
        }
    }

    private void sayFull(boolean last) {
        long now = full.sum();
        if (now > saidFull && (last || saidFull == 0 || System.nanoTime() - saidAt > SAY_NANOS)) {
            LOG.warn("the access log is written too slowly: {} more lines are lost", now - saidFull);
            saidFull = now;
            saidAt = System.nanoTime();
        }
    }

    private boolean drain(LineRing ring) {
        if (ring.isEmpty()) {
            return false;
        }
        if (batch == null) {
            batch = new byte[bufferBytes];
        }
        int length = ring.take(batch);
        attempt(() -> sink.write(batch, length), length);
        return true;
    }

    private void sleep() {
        asleep.set(true);
        if (!reopen && !closed && loops.stream().allMatch(loop -> loop.ring().isEmpty())) {
            LockSupport.park(this);
        }
        asleep.set(false);
    }

    private interface Action {
        void run() throws IOException;
    }

    /** Goes on after a failure, and reports a row of them once. */
    private void attempt(Action action, int length) {
        try {
            action.run();
            failing &= length == 0;
        } catch (IOException e) {
            for (int i = 0; i < length; i++) {
                if (batch[i] == '\n') {
                    failed.increment();
                }
            }
            if (!failing) {
                LOG.warn("cannot write the access log, its lines are lost: {}", e.toString());
            }
            failing = true;
        }
    }
}
