package dev.slb.cli;

import java.util.Locale;

/**
 * Levels of the log, for {@code logback.xml}. To be set before the first logger is made, so nothing that runs before a
 * command may have one.
 */
final class Logging {

    /** How much is said. */
    enum Level {
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE
    }

    private Logging() {}

    /** Libraries are quiet until one asks for {@code DEBUG}. */
    static void configure(Level level) {
        System.setProperty("slb.log.level", level.name());
        boolean verbose = level.compareTo(Level.INFO) > 0;
        System.setProperty("slb.log.libraries", (verbose ? Level.INFO : Level.WARN).name());
        System.setProperty("slb.log.client", (verbose ? Level.INFO : Level.ERROR).name());
    }

    /** @throws IllegalArgumentException when the text is no level */
    static Level parse(String text) {
        try {
            return Level.valueOf(text.trim().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not a log level (error, warn, info, debug, trace): " + text);
        }
    }
}
