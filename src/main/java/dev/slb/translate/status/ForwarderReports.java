package dev.slb.translate.status;

import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.Kept;
import dev.slb.plan.GroupBalance;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What the ready forwarders of a LoadBalancer say, for the statuses of all its objects. Immutable. */
public final class ForwarderReports {

    private final int total;
    private final List<IndexedReport> reports;

    /** Something, and the forwarder that says it. */
    record Said<T>(String forwarder, T what) {}

    private ForwarderReports(Collection<IndexedReport> reports, int ready) {
        this.total = Math.max(ready, reports.size());
        this.reports = reports.stream()
                .sorted(Comparator.comparing(IndexedReport::forwarder))
                .toList();
    }

    /**
     * @param ready number of ready forwarders, at least as many as there are reports: one that is ready and does not
     *     answer counts as not programmed
     */
    public ForwarderReports(int ready, List<ForwarderReport> reports) {
        this(reports.stream().map(IndexedReport::new).toList(), ready);
    }

    /** The same of reports that were indexed as they came in. */
    public static ForwarderReports of(int ready, Collection<IndexedReport> reports) {
        return new ForwarderReports(reports, ready);
    }

    /** Number of ready forwarders. */
    public int total() {
        return total;
    }

    List<IndexedReport> all() {
        return reports;
    }

    /** How many forwarders serve some version of the document. */
    int serving(DocumentId id) {
        return (int) reports.stream()
                .map(report -> report.document(id))
                .filter(state -> state != null && state.serving() != null)
                .count();
    }

    /** What each forwarder that serves some version of the listener goes on with as before. */
    List<List<Kept>> kept(DocumentId listener) {
        return reports.stream()
                .map(report -> report.document(listener))
                .filter(state -> state != null && state.serving() != null)
                .map(DocumentState::kept)
                .toList();
    }

    /** What all forwarders say of the group, for each of its checks. */
    List<GroupReport> health(DocumentId group) {
        return reports.stream().flatMap(report -> report.health(group).stream()).toList();
    }

    /** What forwarders say of the group's traffic, sorted by forwarder; nothing of those that can't say yet. */
    List<Said<GroupBalance>> balance(DocumentId group) {
        return reports.stream()
                .flatMap(report -> Stream.ofNullable(report.balance(group))
                        .map(balance -> new Said<>(report.forwarder(), balance)))
                .toList();
    }
}
