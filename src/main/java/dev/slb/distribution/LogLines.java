package dev.slb.distribution;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Reads the lines of one format of logs. */
abstract class LogLines {

    private static final DateTimeFormatter COMMON_LOG =
            DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH);
    private static final DateTimeFormatter HAPROXY = DateTimeFormatter.ofPattern(
                    "dd/MMM/yyyy:HH:mm:ss.SSS", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final String name;

    LogLines(String name) {
        this.name = name;
    }

    /** The known formats; of two that read a log equally well the first is taken. */
    static List<LogLines> known() {
        return List.of(
                new JsonLines(),
                TemplateLines.ofAccessLog(),
                new HaproxyLines(true),
                new HaproxyLines(false),
                new NginxLines(true),
                new NginxLines(false));
    }

    /** @throws IllegalArgumentException when it is neither a known name nor a format string that can be read back */
    static LogLines named(String format) {
        for (LogLines each : known()) {
            if (each.name.equals(format)) {
                return each;
            }
        }
        if (format.indexOf('$') >= 0) {
            return new TemplateLines("format string", format);
        }
        throw new IllegalArgumentException("unknown format '" + format + "', known are "
                + String.join(", ", known().stream().map(LogLines::name).toList())
                + " and format strings with $variables");
    }

    final String name() {
        return name;
    }

    /** Whether lines say who served; otherwise the log is one server's own. */
    abstract boolean namesServers();

    /** Null when the line is not of this format. */
    abstract Hit read(String line);

    /** The last of the servers that were tried, null when none was. */
    static String lastServer(String list) {
        if (list == null) {
            return null;
        }
        int comma = list.lastIndexOf(", ");
        int colon = list.lastIndexOf(" : ");
        String last = list.substring(Math.max(comma < 0 ? 0 : comma + 2, colon < 0 ? 0 : colon + 3));
        return last.isEmpty() || last.equals("-") ? null : last;
    }

    static String orNull(String text) {
        return text == null || text.isEmpty() || text.equals("-") ? null : text;
    }

    static int port(String text) {
        if (text == null || text.isEmpty() || text.length() > 5) {
            return -1;
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return -1;
            }
        }
        return Integer.parseInt(text);
    }

    /** Reads the notations of ISO 8601, of the common log format, of HAProxy, and seconds since 1970. */
    static long time(String text) {
        if (text == null || text.length() < 10) {
            return Hit.NO_TIME;
        }
        try {
            if (text.charAt(2) == '/') {
                DateTimeFormatter format = text.indexOf(' ') > 0 ? COMMON_LOG : HAPROXY;
                return format.parse(text, Instant::from).toEpochMilli();
            }
            if (text.charAt(4) == '-') {
                return DateTimeFormatter.ISO_OFFSET_DATE_TIME
                        .parse(text, Instant::from)
                        .toEpochMilli();
            }
            return Math.round(Double.parseDouble(text) * 1000);
        } catch (DateTimeException | NumberFormatException e) {
            return Hit.NO_TIME;
        }
    }
}
