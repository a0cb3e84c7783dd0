package dev.slb.distribution;

import dev.slb.distribution.Comparison.Basis;
import dev.slb.distribution.Comparison.ServerShare;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A report for people. */
public final class ReportText {

    private static final List<String> HEADER = List.of("SERVER", "WEIGHT", "EXPECTED", "COUNT", "SHARE", "DIFFERENCE");

    private ReportText() {}

    public static String of(Report report) {
        StringBuilder out = new StringBuilder();
        for (LogSummary log : report.logs()) {
            out.append(log.log()).append(": ").append(log.lines()).append(" lines");
            if (log.format() != null) {
                out.append(", ").append(log.format());
            }
            if (log.malformed() > 0) {
                out.append("; ")
                        .append(log.malformed())
                        .append(" could not be read, the first is line ")
                        .append(log.firstMalformed());
            }
            out.append('\n');
        }
        report.groups().forEach(group -> group(group, out));
        return out.toString();
    }

    private static void group(Comparison group, StringBuilder out) {
        out.append(out.length() == 0 ? "" : "\n");
        out.append(group.group().isEmpty() ? "" : group.group() + ": ")
                .append(group.counted())
                .append(group.basis() == Basis.CLIENTS ? " clients, each counted once" : " requests");
        if (group.clients() != null && group.basis() == Basis.REQUESTS) {
            out.append(", ").append(group.clients()).append(group.clients() == 1 ? " client" : " clients");
        }
        if (group.unserved() > 0) {
            out.append("; ").append(group.unserved()).append(" more went to no server");
        }
        out.append("\n\n");
        table(group.servers(), out);
        out.append('\n').append(verdict(group)).append('\n');
        for (Cause cause : group.causes()) {
            out.append(cause.explains() ? "Likely cause: " : "Possible cause: ")
                    .append(cause.kind().title())
                    .append("\n  ")
                    .append(cause.evidence())
                    .append('\n');
        }
        group.warnings().forEach(warning -> out.append("Note: ").append(warning).append('\n'));
    }

    private static String verdict(Comparison group) {
        if (group.test() == null) {
            return "Not compared: "
                    + (group.counted() == 0
                            ? "nothing was counted."
                            : group.servers().size() == 1
                                            && group.servers().get(0).weight() != null
                                    ? "there is one server only."
                                    : "the weights name other servers.");
        }
        String numbers = String.format(
                Locale.ROOT,
                "chi-squared %.1f, %d %s of freedom, %s, significance level %s",
                group.test().statistic(),
                group.test().degrees(),
                group.test().degrees() == 1 ? "degree" : "degrees",
                Texts.pValue(group.test().pValue()),
                group.significance());
        boolean chance = group.test().pValue() >= group.significance();
        return switch (group.verdict()) {
            case FOLLOWS -> "Follows the weights: differences like these are chance (" + numbers + ").";
            default ->
                chance
                        ? "Does not follow the weights: a server of weight 0 got traffic (" + numbers
                                + " for the others)."
                        : "Does not follow the weights: differences like these are not chance (" + numbers + ").";
        };
    }

    private static void table(List<ServerShare> servers, StringBuilder out) {
        List<List<String>> rows = new ArrayList<>(List.of(HEADER));
        for (ServerShare each : servers) {
            rows.add(List.of(
                    each.name() == null ? each.server() : each.name() + " (" + each.server() + ")",
                    each.weight() == null ? "-" : Texts.number(each.weight()),
                    each.expected() == null ? "-" : Texts.percent(each.expected()),
                    Long.toString(each.count()),
                    each.weight() == null ? "-" : Texts.percent(each.share()),
                    each.expected() == null
                            ? "-"
                            : String.format(Locale.ROOT, "%+.1f", 100 * (each.share() - each.expected()))));
        }
        int[] widths = new int[HEADER.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(row.get(0))
                    .append(" ".repeat(widths[0] - row.get(0).length()));
            for (int i = 1; i < widths.length; i++) {
                line.append(" ".repeat(2 + widths[i] - row.get(i).length())).append(row.get(i));
            }
            out.append(line).append('\n');
        }
    }
}
