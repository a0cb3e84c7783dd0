package dev.slb.testing;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Sees what a process would log at its default levels: INFO of our own, WARN of libraries. */
public final class LogWatch implements AutoCloseable {

    private final Logger root;
    private final Logger own;
    private final Level before;
    private final long begun = System.nanoTime();
    private final List<ILoggingEvent> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent line) {
            lines.add(line);
        }
    };

    private LogWatch() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        own = context.getLogger("dev.slb");
        before = own.getLevel();
        appender.setContext(context);
        appender.start();
        root.addAppender(appender);
        own.setLevel(Level.INFO);
    }

    public static LogWatch start() {
        return new LogWatch();
    }

    public List<String> lines() {
        return lines.stream().map(LogWatch::text).toList();
    }

    /**
     * Whatever was done to the process since the start of this, no line has a stack trace or more than some text of others,
     * and there are no more of them than so many, and so many per second.
     */
    public void assertBounded(int atOnce, int perSecond) {
        assertThat(lines)
                .filteredOn(line -> line.getThrowableProxy() != null)
                .map(LogWatch::text)
                .isEmpty();
        assertThat(lines()).allMatch(line -> line.length() <= 2000 && line.matches("[ -~]*"), "is one line, and short");
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
        assertThat(lines()).hasSizeLessThanOrEqualTo((int) (atOnce + perSecond * seconds));
    }

    private static String text(ILoggingEvent line) {
        return line.getLevel() + " " + line.getLoggerName() + ": " + line.getFormattedMessage()
                + (line.getThrowableProxy() == null
                        ? ""
                        : " + " + line.getThrowableProxy().getClassName());
    }

    @Override
    public void close() {
        own.setLevel(before);
        root.detachAppender(appender);
        appender.stop();
    }
}
