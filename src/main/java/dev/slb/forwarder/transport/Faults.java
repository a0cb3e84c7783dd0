package dev.slb.forwarder.transport;

import dev.slb.base.CauseChain;
import io.netty.handler.codec.DecoderException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import javax.net.ssl.SSLException;
import java.io.IOException;

/**
 * Exceptions that nobody has foreseen, so faults of ours: whoever catches one ends what it was about, and tells it here. One
 * line in a second says so, with how many went unsaid, as it may be the input that makes them. An Error after which nothing
 * in the process can be trusted ends the process. Any thread.
 */
public class Faults {

    /** Of a process that has ended by {@link #HALT}: EX_SOFTWARE of sysexits.h. */
    public static final int EXIT_CODE = 70;

    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);

    private static final int MOST_TEXT = 300;
    private static final int MOST_FRAMES = 8;

    /** What a fatal Error comes to. */
    @FunctionalInterface
    public interface Ending {
        void end(Throwable error);
    }

    /** Says why, and ends the process at once: hooks and drains would run in what can't be trusted. */
    public static final Ending HALT = error -> {
        try {
            LOG.error("the process ends with exit code {}: {}", EXIT_CODE, summary(error));
        } finally {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    };

    private final Ending ending;
    private final PacedLog told = new PacedLog(LOG, 1);

    public Faults(Ending ending) {
        this.ending = ending;
    }

    /**
     * Whether the process must not go on: no memory on the heap, a class that can't be loaded, an error of the virtual machine.
     * Not a stack that has overflowed, which one input may do again and again, and not {@link Buffers#isExhausted}: both are
     * the trouble of what asked for too much, which ends.
     */
    public static boolean isFatal(Throwable thrown) {
        if (Buffers.isExhausted(thrown)) {
            return false;
        }
        return CauseChain.any(
                thrown,
                each -> each instanceof LinkageError
                        || each instanceof VirtualMachineError && !(each instanceof StackOverflowError));
    }

    /** Whether it is an error of a connection or of what its peer sends, so nobody's fault here. */
    public static boolean isOfConnection(Throwable thrown) {
        return thrown instanceof IOException
                || thrown instanceof DecoderException && thrown.getCause() instanceof SSLException;
    }

    /**
     * For those who expect failures, and deal with them: an Error may be among them.
     *
     * @return whether the process ends
     */
    public boolean endsBy(Throwable thrown) {
        boolean fatal = isFatal(thrown);
        if (fatal) {
            ending.end(thrown);
        }
        return fatal;
    }

    /** @param where whose fault, or what it was about; its text is bounded, and free of what others say */
    public void tell(Object where, Throwable thrown) {
        if (endsBy(thrown)) {
            return;
        }
        told.error("a fault in {}, which ends: {}", where, summary(thrown));
        LOG.debug("a fault in {}", where, thrown);
    }

    /** A task that tells what it throws. */
    public Runnable guard(Object where, Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (Throwable e) {
                tell(where, e);
            }
        };
    }

    /** One line: what, and where. */
    public static String summary(Throwable thrown) {
        StringBuilder text = new StringBuilder(PacedLog.oneLine(String.valueOf(thrown), MOST_TEXT));
        StackTraceElement[] frames = thrown.getStackTrace();
        for (int i = 0; i < Math.min(frames.length, MOST_FRAMES); i++) {
            text.append(i == 0 ? " at " : " < ")
                    .append(frames[i].getClassName().replaceFirst(".*\\.", ""))
                    .append('.')
                    .append(frames[i].getMethodName())
                    .append(':')
                    .append(frames[i].getLineNumber());
        }
        return text.toString();
    }
}
