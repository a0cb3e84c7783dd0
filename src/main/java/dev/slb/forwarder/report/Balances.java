package dev.slb.forwarder.report;

import dev.slb.distribution.BalanceWatch;
import dev.slb.forwarder.persistence.StickyMemory;
import dev.slb.forwarder.serve.Configuration;
import dev.slb.forwarder.serve.RuntimeControl;
import dev.slb.forwarder.serve.TargetControl;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Usage;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderStats.GroupStats;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.SchedulerType;
import dev.slb.plan.ServerPlan;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;

/**
 * Whether the traffic of each group follows its weights. Looks at the counts every so often on the control thread; event loops
 * know nothing of it.
 */
public final class Balances {

    private final BalanceWatch.Options options;
    private final SortedMap<DocumentId, BalanceWatch> watches = new TreeMap<>();
    private volatile List<GroupStats> groups = List.of();

    /** One listener's use of one group, over all of its actions. */
    private static final class Use {
        private final Set<SchedulerType> schedulers = EnumSet.noneOf(SchedulerType.class);
        private final Set<SchedulerType> effective = EnumSet.noneOf(SchedulerType.class);
        private final SortedMap<String, BalanceWatch.Server> servers = new TreeMap<>();
        private final List<StickyMemory<Member>> memories = new ArrayList<>();
        private boolean persistent;

        void add(ListenerRuntime listener, TargetControl target) {
            SchedulerType scheduler = target.action().scheduler();
            boolean bySource = target.memory() != null;
            schedulers.add(scheduler);
            // New clients go by a hash then, whatever the scheduler: over many of them, by weight.
            effective.add(bySource && !scheduler.hashes() ? SchedulerType.WRR : scheduler);
            persistent |= target.action().persistence() != null;
            if (bySource) {
                memories.add(target.memory());
            }
            target.observe((server, member, usable) -> servers.merge(
                    server.id(),
                    counted(server, member, listener.knownUsage(member), usable),
                    (one, other) -> one.usable() ? one : other));
        }

        private static BalanceWatch.Server counted(ServerPlan server, Member member, Usage usage, boolean usable) {
            return new BalanceWatch.Server(
                    server.id(),
                    member.name(),
                    server.weight(),
                    usable && server.weight() > 0,
                    usage == null ? 0 : usage.picks(),
                    usage == null ? 0 : usage.choices());
        }

        BalanceWatch.Use of(DocumentId listener, long nanos) {
            LongUnaryOperator clients = memories.isEmpty()
                    ? null
                    : millis -> memories.stream()
                            .mapToLong(memory -> memory.clients(nanos, TimeUnit.MILLISECONDS.toNanos(millis)))
                            .sum();
            return new BalanceWatch.Use(listener, effective, persistent, clients, List.copyOf(servers.values()));
        }
    }

    /** @param options how traffic is compared with the weights */
    public Balances(BalanceWatch.Options options) {
        this.options = options;
    }

    /**
     * Control thread.
     *
     * @return whether an answer turned
     */
    public boolean look(Configuration configuration, long nanos) {
        SortedMap<DocumentId, SortedMap<DocumentId, Use>> uses = uses(configuration);
        watches.keySet().retainAll(uses.keySet());
        List<GroupStats> looked = new ArrayList<>();
        uses.forEach((group, listeners) -> {
            GroupBalance balance = watches.computeIfAbsent(group, id -> new BalanceWatch(id, options))
                    .look(
                            listeners.entrySet().stream()
                                    .map(each -> each.getValue().of(each.getKey(), nanos))
                                    .toList(),
                            configuration.group(group).plan().slowStartMillis(),
                            TimeUnit.NANOSECONDS.toMillis(nanos));
            TreeSet<SchedulerType> schedulers = new TreeSet<>();
            listeners.values().forEach(use -> schedulers.addAll(use.schedulers));
            looked.add(new GroupStats(
                    group, schedulers, listeners.values().stream().anyMatch(use -> use.persistent), balance));
        });
        List<GroupBalance> before = answers();
        groups = List.copyOf(looked);
        return !before.equals(answers());
    }

    private static SortedMap<DocumentId, SortedMap<DocumentId, Use>> uses(Configuration configuration) {
        SortedMap<DocumentId, SortedMap<DocumentId, Use>> uses = new TreeMap<>();
        for (RuntimeControl running : configuration.running()) {
            for (TargetControl target : running.targets()) {
                DocumentId group = target.group().id();
                if (!group.kind().hasRoles() && configuration.group(group) != null) {
                    uses.computeIfAbsent(group, id -> new TreeMap<>())
                            .computeIfAbsent(running.runtime().id(), id -> new Use())
                            .add(running.runtime(), target);
                }
            }
        }
        return uses;
    }

    /** What there is to say, sorted by group. */
    public List<GroupBalance> answers() {
        return groups.stream()
                .map(GroupStats::balance)
                .filter(balance -> balance != null)
                .toList();
    }

    /** Of the last look, sorted by group. */
    List<GroupStats> groups() {
        return groups;
    }
}
