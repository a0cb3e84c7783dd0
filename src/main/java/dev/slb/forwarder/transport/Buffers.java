package dev.slb.forwarder.transport;

import dev.slb.base.CauseChain;
import io.netty.util.internal.OutOfDirectMemoryError;
import io.netty.util.internal.PlatformDependent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of all buffers of the process, which has a limit: that of the JVM for direct memory. Netty counts against it by
 * itself, so that what is too much fails at once. The JVM's own count would wait, collecting garbage and sleeping, in an event
 * loop.
 */
public final class Buffers {

    private static final Logger LOG = LoggerFactory.getLogger(Buffers.class);

    private static final long MIB = 1024 * 1024;

    private final long limit = PlatformDependent.maxDirectMemory();
    private final int loops;
    private final PacedLog said = new PacedLog(LOG, 1);

    Buffers(int loops) {
        this.loops = loops;
        if (!PlatformDependent.useDirectBufferNoCleaner()) {
            LOG.warn("buffers are counted by the JVM, which may block; see docs/operations.md, Memory");
        }
    }

    /** What is taken, in bytes, whether used or kept for use. */
    public static long used() {
        return Math.max(0, PlatformDependent.usedDirectMemory());
    }

    int loops() {
        return loops;
    }

    /** Of what one event loop's slow connections may hold, in bytes: half of all is for them. */
    long backlogBudget() {
        return limit / 2 / loops;
    }

    /** What is left before slow connections must end, in bytes: an eighth of all is kept back for the others. */
    long left() {
        return limit - limit / 8 - used();
    }

    /** Says that somebody had to be ended; at most once a second. */
    public void exhausted(String consequence) {
        said.warn("buffer memory: {} ({} of {} MiB are taken)", consequence, used() / MIB, limit / MIB);
    }

    /** Whether something failed since no buffer was to be had. */
    public static boolean isExhausted(Throwable cause) {
        return CauseChain.any(cause, each -> each instanceof OutOfDirectMemoryError || isRefusedByJvm(each));
    }

    /** By its own count, which has no type of its own for it. */
    private static boolean isRefusedByJvm(Throwable thrown) {
        return thrown instanceof OutOfMemoryError
                && thrown.getMessage() != null
                && thrown.getMessage().contains("direct buffer memory");
    }
}
