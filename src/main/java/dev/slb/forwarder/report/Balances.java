package dev.slb.forwarder.report;

import dev.slb.distribution.BalanceWatch;
import dev.slb.forwarder.persistence.StickyMemory;
import dev.slb.forwarder.serve.Configuration;
import dev.slb.forwarder.serve.RuntimeControl;
import dev.slb.forwarder.serve.SelectionControl;
import dev.slb.forwarder.serve.TargetControl;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Usage;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import dev.slb.plan.ForwarderStats.GroupStats;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.SchedulerType;
import dev.slb.plan.ServerPlan;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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

    /** By group, until that has {@link #changed}. */
    private SortedMap<DocumentId, Map<Way, Use>> uses = new TreeMap<>();

    private boolean stale = true;
    /** Of which there is nothing new to say before something changes or is picked. */
    private final Map<DocumentId, GroupStats> quiet = new HashMap<>();

    /** How a listener uses a group, over all of its actions. Listeners that do it in the same way are counted together. */
    private static final class Way {
        private final Set<SelectionControl> selections = new LinkedHashSet<>();
        private final Set<SchedulerType> schedulers = EnumSet.noneOf(SchedulerType.class);
        private final Set<SchedulerType> effective = EnumSet.noneOf(SchedulerType.class);
        private boolean persistent;

        void add(TargetControl target) {
            SchedulerType scheduler = target.action().scheduler();
            selections.add(target.selection());
            schedulers.add(scheduler);
            // Who is new goes by a hash where clients are remembered, whatever the scheduler: over many of them, by
            // weight.
            effective.add(target.memory() != null && !scheduler.hashes() ? SchedulerType.WRR : scheduler);
            persistent |= target.action().persistence() != null;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Way way
                    && selections.equals(way.selections)
                    && schedulers.equals(way.schedulers)
                    && effective.equals(way.effective)
                    && persistent == way.persistent;
        }

        @Override
        public int hashCode() {
            return selections.hashCode();
        }
    }

    /** Those who use a group in one way. */
    private static final class Use {
        private final Way way;
        private final List<ListenerRuntime> listeners = new ArrayList<>();
        private final List<StickyMemory<Member>> memories = new ArrayList<>();

        Use(Way way) {
            this.way = way;
        }

        /** @param counts of those members that were picked */
        BalanceWatch.Use with(Map<Member, Counts> counts, long nanos) {
            LongUnaryOperator clients = memories.isEmpty()
                    ? null
                    : millis -> memories.stream()
                            .mapToLong(memory -> memory.clients(nanos, TimeUnit.MILLISECONDS.toNanos(millis)))
                            .sum();
            SortedMap<String, BalanceWatch.Server> servers = new TreeMap<>();
            for (SelectionControl selection : way.selections) {
                selection.observe((server, member, usable) -> servers.merge(
                        server.id(),
                        counted(server, member, counts.getOrDefault(member, Counts.NONE), usable),
                        (one, other) -> one.usable() ? one : other));
            }
            return new BalanceWatch.Use(
                    listeners, way.effective, way.persistent, clients, List.copyOf(servers.values()));
        }

        private static BalanceWatch.Server counted(ServerPlan server, Member member, Counts counts, boolean usable) {
            return new BalanceWatch.Server(
                    server.id(),
                    member.name(),
                    server.weight(),
                    usable && server.weight() > 0,
                    counts.picks,
                    counts.choices);
        }
    }

    private static final class Counts {
        static final Counts NONE = new Counts();

        private long picks;
        private long choices;

        void add(Usage usage) {
            picks += usage.picks();
            choices += usage.choices();
        }
    }

    /** @param options how traffic is compared with the weights */
    public Balances(BalanceWatch.Options options) {
        this.options = options;
    }

    /** Control thread: listeners may use groups in other ways, or groups are others. */
    public void changed(Configuration.Changes changes) {
        stale |= changes.documents().stream().anyMatch(id -> id.kind() == DocumentKind.LISTENER)
                || changes.selections().stream()
                        .anyMatch(selection -> selection.targets().isEmpty());
        changes.selections()
                .forEach(selection -> quiet.remove(selection.action().group()));
    }

    /**
     * Control thread.
     *
     * @return whether an answer turned
     */
    public boolean look(Configuration configuration, long nanos) {
        if (stale) {
            stale = false;
            uses = uses(configuration);
            watches.keySet().retainAll(uses.keySet());
            quiet.clear();
        }
        Map<Use, Map<Member, Counts>> counts = counts();
        List<GroupStats> looked = new ArrayList<>();
        uses.forEach((group, ways) -> {
            boolean isPicked = ways.values().stream().anyMatch(counts::containsKey);
            GroupStats same = isPicked ? null : quiet.get(group);
            GroupStats stats = same != null ? same : look(group, ways, counts, configuration, nanos);
            looked.add(stats);
            if (!isPicked && !isCompared(stats.balance())) {
                quiet.put(group, stats);
            }
        });
        List<GroupBalance> before = answers();
        groups = List.copyOf(looked);
        return !before.equals(answers());
    }

    private static boolean isCompared(GroupBalance balance) {
        return balance != null && balance.verdict() != GroupBalance.Verdict.NOT_COMPARED;
    }

    private GroupStats look(
            DocumentId group,
            Map<Way, Use> ways,
            Map<Use, Map<Member, Counts>> counts,
            Configuration configuration,
            long nanos) {
        List<BalanceWatch.Use> seen = ways.values().stream()
                .map(use -> use.with(counts.getOrDefault(use, Map.of()), nanos))
                .toList();
        GroupBalance balance = watches.computeIfAbsent(group, id -> new BalanceWatch(id, options))
                .look(seen, configuration.group(group).plan().slowStartMillis(), TimeUnit.NANOSECONDS.toMillis(nanos));
        TreeSet<SchedulerType> schedulers = new TreeSet<>();
        ways.keySet().forEach(way -> schedulers.addAll(way.schedulers));
        boolean persistent = ways.keySet().stream().anyMatch(way -> way.persistent);
        return new GroupStats(group, schedulers, persistent, balance);
    }

    private static SortedMap<DocumentId, Map<Way, Use>> uses(Configuration configuration) {
        SortedMap<DocumentId, Map<Way, Use>> uses = new TreeMap<>();
        for (RuntimeControl running : configuration.running()) {
            running.targetsByGroup().forEach((group, targets) -> {
                if (group.kind().hasRoles() || configuration.group(group) == null) {
                    return;
                }
                Way way = new Way();
                targets.forEach(way::add);
                Use use =
                        uses.computeIfAbsent(group, id -> new LinkedHashMap<>()).computeIfAbsent(way, Use::new);
                use.listeners.add(running.runtime());
                targets.stream()
                        .map(TargetControl::memory)
                        .filter(memory -> memory != null)
                        .forEach(use.memories::add);
            });
        }
        return uses;
    }

    /** What was picked, by use. */
    private Map<Use, Map<Member, Counts>> counts() {
        Map<ListenerRuntime, Map<DocumentId, Use>> ofListeners = new HashMap<>();
        uses.forEach((group, ways) -> ways.values()
                .forEach(use -> use.listeners.stream()
                        .filter(listener -> !listener.usages().isEmpty())
                        .forEach(listener -> ofListeners
                                .computeIfAbsent(listener, absent -> new HashMap<>())
                                .put(group, use))));
        Map<Use, Map<Member, Counts>> counts = new HashMap<>();
        ofListeners.forEach((listener, byGroup) -> {
            for (Usage usage : listener.usages()) {
                Use use = byGroup.get(usage.member().group());
                if (use != null) {
                    counts.computeIfAbsent(use, absent -> new HashMap<>())
                            .computeIfAbsent(usage.member(), absent -> new Counts())
                            .add(usage);
                }
            }
        });
        return counts;
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
