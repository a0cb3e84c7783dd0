package dev.slb.operator;

import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.GroupBalance;

import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Whose statuses two reports of one forwarder make different. */
final class ReportChanges {

    private ReportChanges() {}

    /**
     * @param before null when nothing was known
     * @param after null when nothing is known any more
     * @return ids of objects; those that count others, such as LoadBalancers their servers, are not among them
     */
    static SortedSet<DocumentId> between(ForwarderReport before, ForwarderReport after) {
        SortedSet<DocumentId> changed = new TreeSet<>();
        for (ForwarderReport one : new ForwarderReport[] {before, after}) {
            ForwarderReport other = one == before ? after : before;
            if (one == null) {
                continue;
            }
            one.documents().forEach((id, state) -> {
                if (other == null || !Objects.equals(state, other.documents().get(id))) {
                    changed.add(object(id));
                }
            });
            Set<GroupHealth> known = other == null ? Set.of() : new HashSet<>(other.health());
            Set<GroupBalance> balances = other == null ? Set.of() : new HashSet<>(other.balance());
            for (GroupBalance balance : one.balance()) {
                if (!balances.contains(balance)) {
                    changed.add(object(balance.group()));
                }
            }
            for (GroupHealth health : one.health()) {
                if (!known.contains(health)) {
                    changed.add(object(health.group()));
                    changed.addAll(health.listeners());
                }
            }
        }
        return changed;
    }

    private static DocumentId object(DocumentId document) {
        return document.kind() == DocumentKind.POOL
                ? DocumentId.loadBalancer(document.namespace(), document.name())
                : document;
    }
}
