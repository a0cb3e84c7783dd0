package dev.slb.operator;

import dev.slb.kind.ObjectId;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.GroupBalance;

import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/** Whose statuses two reports of one forwarder make different. */
final class ReportChanges {

    private ReportChanges() {}

    /**
     * @param before null when nothing was known
     * @param after null when nothing is known any more
     * @param makerOf the object that a document is of; empty for one of an object that is gone
     * @return ids of objects; those that count others, such as LoadBalancers their servers, are not among them
     */
    static SortedSet<ObjectId> between(
            ForwarderReport before, ForwarderReport after, Function<DocumentId, Optional<ObjectId>> makerOf) {
        SortedSet<ObjectId> changed = new TreeSet<>();
        documents(before, after).forEach(document -> makerOf.apply(document).ifPresent(changed::add));
        return changed;
    }

    private static Set<DocumentId> documents(ForwarderReport before, ForwarderReport after) {
        Set<DocumentId> changed = new HashSet<>();
        for (ForwarderReport one : new ForwarderReport[] {before, after}) {
            ForwarderReport other = one == before ? after : before;
            if (one == null) {
                continue;
            }
            one.documents().forEach((id, state) -> {
                if (other == null || !Objects.equals(state, other.documents().get(id))) {
                    changed.add(id);
                }
            });
            Set<GroupHealth> known = other == null ? Set.of() : new HashSet<>(other.health());
            Set<GroupBalance> balances = other == null ? Set.of() : new HashSet<>(other.balance());
            for (GroupBalance balance : one.balance()) {
                if (!balances.contains(balance)) {
                    changed.add(balance.group());
                }
            }
            for (GroupHealth health : one.health()) {
                if (!known.contains(health)) {
                    changed.add(health.group());
                    changed.addAll(health.listeners());
                }
            }
        }
        return changed;
    }
}
