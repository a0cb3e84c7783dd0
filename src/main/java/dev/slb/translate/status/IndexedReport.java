package dev.slb.translate.status;

import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.GroupBalance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What one forwarder says, by the objects that it is about: indexed once, when it comes in. Immutable. */
public final class IndexedReport {

    private final ForwarderReport report;
    private final Map<DocumentId, List<GroupReport>> health = new HashMap<>();
    private final Map<DocumentId, List<GroupBalance>> balance = new HashMap<>();

    public IndexedReport(ForwarderReport report) {
        this.report = report;
        for (GroupHealth each : report.health()) {
            health.computeIfAbsent(each.group(), group -> new ArrayList<>()).add(new GroupReport(each));
        }
        for (GroupBalance each : report.balance()) {
            balance.computeIfAbsent(each.group(), group -> new ArrayList<>()).add(each);
        }
    }

    public ForwarderReport report() {
        return report;
    }

    /** Null when it does not know the document. */
    DocumentState document(DocumentId id) {
        return report.documents().get(id);
    }

    /** For each check of the group. */
    List<GroupReport> health(DocumentId group) {
        return health.getOrDefault(group, List.of());
    }

    /** Empty when it can't say yet. */
    List<GroupBalance> balance(DocumentId group) {
        return balance.getOrDefault(group, List.of());
    }
}
