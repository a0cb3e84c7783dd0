package dev.slb.distribution;

import dev.slb.distribution.Comparison.Verdict;

import java.util.List;

/**
 * The answer of {@code slb distribution}.
 *
 * @param logs that were read; none for a live forwarder
 */
public record Report(List<LogSummary> logs, List<Comparison> groups) {

    /** Compares each group with its weights. */
    public static Report of(
            Tally tally,
            List<LogSummary> logs,
            Expectations expectations,
            boolean distinctClients,
            double significance) {
        boolean alone = tally.groups().size() == 1;
        List<Comparison> groups = tally.groups().stream()
                .map(each -> Comparison.of(each, expectations.of(each), distinctClients, significance, alone))
                .toList();
        return new Report(List.copyOf(logs), groups);
    }

    /** Whether one group's traffic does not follow its weights. */
    public boolean differs() {
        return groups.stream().anyMatch(group -> group.verdict() == Verdict.DIFFERS);
    }

    /** Whether any group could be compared. */
    public boolean isCompared() {
        return groups.stream().anyMatch(group -> group.verdict() != Verdict.NOT_COMPARED);
    }
}
