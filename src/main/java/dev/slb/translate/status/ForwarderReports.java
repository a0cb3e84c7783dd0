package dev.slb.translate.status;

import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.ForwarderReport.Kept;
import dev.slb.plan.GroupBalance;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What the ready forwarders of a LoadBalancer say, indexed for the statuses of all its objects. Immutable. */
public final class ForwarderReports {

    private final int total;
    private final List<ForwarderReport> reports;
    private final Map<DocumentId, List<Reported>> health = new HashMap<>();
    private final Map<DocumentId, List<Said<GroupBalance>>> balance = new HashMap<>();

    /** Something, and the forwarder that says it. */
    record Said<T>(String forwarder, T what) {}

    /**
     * @param ready number of ready forwarders, at least as many as there are reports: one that is ready and does not
     *     answer counts as not programmed
     */
    public ForwarderReports(int ready, List<ForwarderReport> reports) {
        this.total = Math.max(ready, reports.size());
        this.reports = reports.stream()
                .sorted(Comparator.comparing(ForwarderReport::forwarder))
                .toList();
        for (ForwarderReport report : this.reports) {
            for (GroupHealth each : report.health()) {
                health.computeIfAbsent(each.group(), group -> new ArrayList<>()).add(new Reported(each));
            }
            for (GroupBalance each : report.balance()) {
                balance.computeIfAbsent(each.group(), group -> new ArrayList<>())
                        .add(new Said<>(report.forwarder(), each));
            }
        }
    }

    /** Number of ready forwarders. */
    public int total() {
        return total;
    }

    List<ForwarderReport> all() {
        return reports;
    }

    /** How many forwarders serve some version of the document. */
    int serving(DocumentId id) {
        return (int) reports.stream()
                .map(report -> report.documents().get(id))
                .filter(Objects::nonNull)
                .map(DocumentState::serving)
                .filter(Objects::nonNull)
                .count();
    }

    /** What each forwarder that serves some version of the listener goes on with as before. */
    List<List<Kept>> kept(DocumentId listener) {
        return reports.stream()
                .map(report -> report.documents().get(listener))
                .filter(state -> state != null && state.serving() != null)
                .map(DocumentState::kept)
                .toList();
    }

    /** What all forwarders say of the group, for each of its checks. */
    List<Reported> health(DocumentId group) {
        return health.getOrDefault(group, List.of());
    }

    /** What forwarders say of the group's traffic, sorted by forwarder; nothing of those that can't say yet. */
    List<Said<GroupBalance>> balance(DocumentId group) {
        return balance.getOrDefault(group, List.of());
    }
}
