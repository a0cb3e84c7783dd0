package dev.slb.distribution;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Numbers and times for people, in every locale alike. */
final class Texts {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Texts() {}

    static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : String.format(Locale.ROOT, "%.1f", value);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    static String pValue(double value) {
        return value < 1e-300
                ? "p < 1e-300"
                : String.format(Locale.ROOT, value < 0.001 ? "p = %.1e" : "p = %.3f", value);
    }

    static String span(long start, long end) {
        return start == Hit.NO_TIME
                ? ""
                : " from " + TIME.format(Instant.ofEpochMilli(start)) + " to "
                        + TIME.format(Instant.ofEpochMilli(end)) + " UTC ("
                        + Math.max(1, Duration.ofMillis(end - start).toSeconds()) + " s)";
    }
}
