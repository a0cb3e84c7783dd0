package dev.slb.forwarder.transport;

import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.helpers.MessageFormatter;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Lines of a log that others can bring about, by what they send or since they break off: so many at once, and one a second
 * after that, which says how many went unsaid. Each is one line of printable ASCII and of bounded length, whatever the
 * arguments are, and none has a stack trace. Any thread; what shares a pace shares one of these.
 */
public final class PacedLog {

    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int MOST_ARGUMENT = 1000;
    private static final int MOST_TEXT = 1500;

    private final Logger log;
    private final long headStartNanos;
    private final LongSupplier clock;
    /** Before which nothing would have been said, had each line taken its second. */
    private final AtomicLong due;

    private final AtomicLong unsaid = new AtomicLong();

    /** @param atOnce how many lines in a row, after as many quiet seconds; at least 1 */
    public PacedLog(Logger log, int atOnce) {
        this(log, atOnce, System::nanoTime);
    }

    PacedLog(Logger log, int atOnce, LongSupplier clock) {
        this.log = log;
        this.headStartNanos = (atOnce - 1) * PERIOD_NANOS;
        this.clock = clock;
        this.due = new AtomicLong(clock.getAsLong());
    }

    /** @param format with a pair of braces for each argument */
    public void info(String format, Object... arguments) {
        say(Level.INFO, format, arguments);
    }

    /** The same as a warning. */
    public void warn(String format, Object... arguments) {
        say(Level.WARN, format, arguments);
    }

    /** The same as an error. */
    public void error(String format, Object... arguments) {
        say(Level.ERROR, format, arguments);
    }

    private void say(Level level, String format, Object[] arguments) {
        if (!log.isEnabledForLevel(level)) {
            return;
        }
        if (!isDue()) {
            unsaid.incrementAndGet();
            return;
        }
        Object[] shown = new Object[arguments.length];
        for (int i = 0; i < shown.length; i++) {
            shown[i] = oneLine(String.valueOf(arguments[i]), MOST_ARGUMENT);
        }
        String text = oneLine(MessageFormatter.basicArrayFormat(format, shown), MOST_TEXT);
        long before = unsaid.getAndSet(0);
        log.atLevel(level).log(before == 0 ? text : text + " (" + before + " more went unsaid)");
    }

    private boolean isDue() {
        long now = clock.getAsLong();
        long at = due.get();
        long from = at - now > 0 ? at : now;
        return from - now <= headStartNanos && due.compareAndSet(at, from + PERIOD_NANOS);
    }

    /** Without anything that ends or colours a line. */
    static String oneLine(String text, int most) {
        int length = Math.min(text.length(), most);
        StringBuilder line = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            line.append(c < ' ' || c > '~' ? '?' : c);
        }
        return line.toString();
    }
}
