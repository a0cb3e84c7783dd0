package dev.slb.translate;

import dev.slb.api.Gzip;

import java.util.List;

import static dev.slb.translate.Fields.or;

/** Which answers are compressed. */
final class Compression {

    /** What SLB compresses (classic SLB): neither HTML nor JSON. */
    private static final List<String> USUAL_TYPES = List.of(
            "application/atom+xml",
            "application/javascript",
            "application/rss+xml",
            "application/x-javascript",
            "application/xml",
            "text/css",
            "text/plain",
            "text/xml");

    private Compression() {}

    static void check(Gzip spec, FieldProblems problems) {
        if (spec == null) {
            return;
        }
        for (String type : spec.types()) {
            problems.require(
                    Names.isMediaType(type),
                    "spec.http.gzip.types",
                    "must be media types such as text/html, has " + type);
        }
    }

    /** @return media types in lower case; null when nothing is compressed */
    static List<String> plan(Gzip spec) {
        Gzip usual = Gzip.DEFAULT;
        Gzip gzip = or(spec, usual);
        if (!or(gzip.enabled(), usual.enabled())) {
            return null;
        }
        return gzip.types().isEmpty()
                ? USUAL_TYPES
                : gzip.types().stream()
                        .map(Names::lowerCase)
                        .sorted()
                        .distinct()
                        .toList();
    }
}
