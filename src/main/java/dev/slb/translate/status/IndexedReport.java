package dev.slb.translate.status;

import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.ReportChanges;
import dev.slb.plan.ReportChanges.HealthChange;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What one forwarder says, by the objects that it is about: indexed when it comes in, and kept up with what changes: by one thread at a time, while
 * others read.
 */
public final class IndexedReport {

    private final String forwarder;
    private final Map<DocumentId, DocumentState> documents;
    private final Map<DocumentId, List<GroupReport>> health = new HashMap<>();
    private final Map<DocumentId, GroupBalance> balance = new HashMap<>();

    public IndexedReport(ForwarderReport report) {
        this.forwarder = report.forwarder();
        this.documents = new HashMap<>(report.documents());
        report.health()
                .forEach(each -> health.computeIfAbsent(each.group(), group -> new ArrayList<>())
                        .add(GroupReport.of(each)));
        health.replaceAll((group, checks) -> List.copyOf(checks));
        report.balance().forEach(each -> balance.put(each.group(), each));
    }

    /** @return the documents of which something else is said now */
    public synchronized Set<DocumentId> apply(ReportChanges changes) {
        Set<DocumentId> touched = new HashSet<>();
        documents.putAll(changes.documents());
        touched.addAll(changes.documents().keySet());
        documents.keySet().removeAll(changes.withdrawn());
        touched.addAll(changes.withdrawn());
        changes.health().forEach(change -> apply(change, touched));
        for (GroupBalance each : changes.balance()) {
            balance.put(each.group(), each);
            touched.add(each.group());
        }
        balance.keySet().removeAll(changes.silent());
        touched.addAll(changes.silent());
        return touched;
    }

    private void apply(HealthChange change, Set<DocumentId> touched) {
        List<GroupReport> checks = new ArrayList<>();
        GroupReport before = null;
        for (GroupReport each : health(change.group())) {
            if (Objects.equals(each.check(), change.check())) {
                before = each;
            } else {
                checks.add(each);
            }
        }
        GroupReport after = GroupReport.after(before, change);
        touched.add(change.group());
        if (before != null) {
            touched.addAll(before.listeners());
        }
        if (after != null) {
            touched.addAll(after.listeners());
            checks.add(after);
        }
        if (checks.isEmpty()) {
            health.remove(change.group());
        } else {
            health.put(change.group(), List.copyOf(checks));
        }
    }

    /**
     * @param before null when nothing was known
     * @param after null when nothing is known any more
     * @return the documents of which the two say something else
     */
    public static Set<DocumentId> differences(IndexedReport before, IndexedReport after) {
        Set<DocumentId> touched = new HashSet<>();
        for (IndexedReport one : new IndexedReport[] {before, after}) {
            if (one != null) {
                one.addDifferences(one == before ? after : before, touched);
            }
        }
        return touched;
    }

    private void addDifferences(IndexedReport other, Set<DocumentId> touched) {
        documents.forEach((id, state) -> {
            if (other == null || !state.equals(other.documents.get(id))) {
                touched.add(id);
            }
        });
        balance.forEach((group, answer) -> {
            if (other == null || !answer.equals(other.balance.get(group))) {
                touched.add(group);
            }
        });
        health.forEach((group, checks) -> {
            Set<GroupReport> known = other == null ? Set.of() : new HashSet<>(other.health(group));
            for (GroupReport check : checks) {
                if (!known.contains(check)) {
                    touched.add(group);
                    touched.addAll(check.listeners());
                }
            }
        });
    }

    /** Its name. */
    public String forwarder() {
        return forwarder;
    }

    /** Null when it does not know the document. */
    public synchronized DocumentState document(DocumentId id) {
        return documents.get(id);
    }

    /** For each check of the group. */
    synchronized List<GroupReport> health(DocumentId group) {
        return health.getOrDefault(group, List.of());
    }

    /** Null when it can't say yet. */
    synchronized GroupBalance balance(DocumentId group) {
        return balance.get(group);
    }
}
