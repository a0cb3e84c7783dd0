package dev.slb.forwarder.report;

import dev.slb.forwarder.limits.LoadBalancerLimits;
import dev.slb.forwarder.serve.Configuration;
import dev.slb.forwarder.serve.RuntimeControl;
import dev.slb.forwarder.serve.SelectionControl;
import dev.slb.forwarder.serve.TargetControl;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Refusals;
import dev.slb.forwarder.table.Usage;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPort;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ForwarderStats.ListenerStats;
import dev.slb.plan.ForwarderStats.ServerStats;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.ReportChanges;
import dev.slb.plan.ServerRole;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Keeps the latest report, wakes those who wait for a newer one, and adds up counts. */
public final class Reporter {

    private final ReportLog log;
    private final Refusals refusals;
    private final Balances balances;
    /** Who wait, and the revision that they have seen. */
    private final Map<CompletableFuture<Void>, Long> waiting = new ConcurrentHashMap<>();
    // What the log has, and what it was made of; the control thread's own.
    private final Map<CheckKey, CheckView> checks = new HashMap<>();
    private final SortedMap<DocumentId, Counted> running = new TreeMap<>();
    private List<Counted> draining = List.of();

    private volatile List<Counted> counted = List.of();
    private volatile Map<LoadBalancerPlan, LoadBalancerLimits> loadBalancers = Map.of();
    private volatile Map<DocumentId, ListenerPlan> keeping = Map.of();

    /** What is counted of a listener: published by the control thread, read by whoever asks. */
    private static final class Counted {
        private final ListenerRuntime listener;
        /** Of its targets; none while it drains. */
        private volatile List<TargetControl> targets = List.of();

        Counted(ListenerRuntime listener) {
            this.listener = listener;
        }
    }

    private record CheckKey(DocumentId group, BackendPort port, HealthCheckPlan check) {
        static CheckKey of(SelectionControl selection) {
            Action.Forward action = selection.action();
            return new CheckKey(action.group(), action.port(), action.healthCheck());
        }
    }

    /** What is picked from of a group with one check. */
    private static final class CheckView {
        private final long number;
        private final Set<SelectionControl> selections = new LinkedHashSet<>();

        CheckView(long number) {
            this.number = number;
        }
    }

    /** @param forwarder the name of the instance */
    public Reporter(String forwarder, TimeSource time, Refusals refusals, Balances balances) {
        this.log = new ReportLog(forwarder, time);
        this.refusals = refusals;
        this.balances = balances;
    }

    /** The latest. Any thread. */
    public ForwarderReport report() {
        return log.whole();
    }

    /** What has changed since a revision; empty when all has to be told. Any thread. */
    public Optional<ReportChanges> changesSince(long revision) {
        return log.since(revision);
    }

    /** What became of a document, null for one that there is not. Any thread. */
    public DocumentState state(DocumentId document) {
        return log.document(document);
    }

    /** Done when the report has another revision than this; a greater one is from before a restart. */
    public CompletableFuture<Void> reportAfter(long revision) {
        CompletableFuture<Void> next = new CompletableFuture<>();
        waiting.put(next, revision);
        next.whenComplete((done, error) -> waiting.remove(next));
        wake();
        return next;
    }

    private void wake() {
        long now = log.revision();
        waiting.forEach((each, seen) -> {
            if (seen != now) {
                each.complete(null);
            }
        });
    }

    /** Control thread: looks whether the report has changed. */
    public void update(Configuration configuration, Configuration.Changes changes) {
        Set<DocumentId> touched = changes.documents();
        log.atOnce(() -> tell(configuration, touched, changes.selections()));
        count(configuration, touched);
        if (touched.stream().anyMatch(id -> id.kind() == DocumentKind.LOAD_BALANCER)) {
            loadBalancers = limited(configuration);
        }
        wake();
    }

    private void tell(Configuration configuration, Set<DocumentId> touched, Set<SelectionControl> selections) {
        log.synced(configuration.isSynced());
        for (DocumentId id : touched) {
            log.document(id, configuration.state(id));
            if (id.kind() == DocumentKind.LISTENER) {
                keep(id, configuration.keeping(id));
            }
        }
        Set<CheckKey> stale = new LinkedHashSet<>();
        selections.forEach(selection -> look(selection, stale));
        stale.forEach(this::check);
    }

    /** Control thread: tells what there is to say of the traffic of groups. */
    public void balance(List<GroupBalance> answers) {
        log.balance(answers);
        wake();
    }

    private void keep(DocumentId listener, ListenerPlan plan) {
        if (!Objects.equals(plan, keeping.get(listener))) {
            Map<DocumentId, ListenerPlan> next = new HashMap<>(keeping);
            next.remove(listener);
            if (plan != null) {
                next.put(listener, plan);
            }
            keeping = Collections.unmodifiableMap(next);
        }
    }

    /** @param stale gets the checks of which something else is to be said */
    private void look(SelectionControl selection, Set<CheckKey> stale) {
        CheckKey key = CheckKey.of(selection);
        CheckView view = checks.get(key);
        boolean isUsed = running(selection).findAny().isPresent();
        if (view == null) {
            if (!isUsed) {
                return;
            }
            view = new CheckView(log.newCheck(key.group, key.port));
            checks.put(key, view);
        }
        if (isUsed) {
            view.selections.add(selection);
        } else {
            view.selections.remove(selection);
        }
        stale.add(key);
    }

    private static Stream<TargetControl> running(SelectionControl selection) {
        return selection.targets().stream().filter(target -> !target.listener().isDraining());
    }

    private void check(CheckKey key) {
        CheckView view = checks.get(key);
        if (view.selections.isEmpty()) {
            checks.remove(key);
            log.endCheck(view.number);
            return;
        }
        TreeSet<DocumentId> listeners = new TreeSet<>();
        TreeMap<String, ServerHealth> servers = new TreeMap<>();
        ServerRole active = null;
        for (SelectionControl selection : view.selections) {
            active = active == null ? selection.active() : active;
            selection.report(servers);
            running(selection).forEach(target -> listeners.add(target.listener().id()));
        }
        log.check(view.number, listeners, active, servers);
    }

    private void count(Configuration configuration, Set<DocumentId> touched) {
        boolean others = !draining.isEmpty() || !configuration.draining().isEmpty();
        for (DocumentId id : touched) {
            RuntimeControl now = id.kind() == DocumentKind.LISTENER ? configuration.running(id) : null;
            Counted before = running.get(id);
            if (now == null) {
                others |= running.remove(id) != null;
                continue;
            }
            Counted counts = before;
            if (before == null || before.listener != now.runtime()) {
                counts = new Counted(now.runtime());
                running.put(id, counts);
                others = true;
            }
            counts.targets = List.copyOf(now.targets());
        }
        if (others) {
            draining = configuration.draining().stream()
                    .map(each -> new Counted(each.runtime()))
                    .toList();
            counted =
                    Stream.concat(running.values().stream(), draining.stream()).toList();
        }
    }

    private static Map<LoadBalancerPlan, LoadBalancerLimits> limited(Configuration configuration) {
        Map<LoadBalancerPlan, LoadBalancerLimits> limited = new LinkedHashMap<>();
        for (LoadBalancerLimits limits : configuration.loadBalancers()) {
            if (limits.isPublished()) {
                limited.put(limits.plan(), limits);
            }
        }
        return limited;
    }

    /** The listeners that run, those that drain included. Any thread. */
    public List<ListenerRuntime> listeners() {
        return counted.stream().map(each -> each.listener).toList();
    }

    /** The LoadBalancers that are published. Any thread. */
    public Map<LoadBalancerPlan, LoadBalancerLimits> loadBalancers() {
        return loadBalancers;
    }

    /** What listeners serve that go on with something of before. Any thread. */
    public Map<DocumentId, ListenerPlan> keeping() {
        return keeping;
    }

    /** Adds up counts. Any thread. */
    public ForwarderStats stats() {
        SortedMap<DocumentId, ListenerStats> listeners = new TreeMap<>();
        List<ServerStats> servers = new ArrayList<>();
        for (Counted each : counted) {
            DocumentId id = each.listener.id();
            // A listener that was withdrawn and came back is there twice while it drains.
            listeners.merge(id, each.listener.stats(), Reporter::sum);
            add(each, servers);
        }
        servers.sort(Comparator.comparing(ServerStats::listener)
                .thenComparing(ServerStats::group)
                .thenComparing(ServerStats::server));
        return new ForwarderStats(listeners, servers, refusals.counts(), balances.groups());
    }

    /** Who has a weight is there also with nothing, who has none only with what it got. */
    private static void add(Counted counted, List<ServerStats> servers) {
        Map<Member, Long> weights = new HashMap<>();
        for (TargetControl target : counted.targets) {
            target.selection().servers().forEach(server -> weights.put(server.member(), server.weight()));
        }
        for (Usage usage : counted.listener.usages()) {
            Long weight = weights.remove(usage.member());
            if (usage.picks() > 0 || weight != null && weight > 0) {
                servers.add(stats(counted.listener, usage.member(), usage.active(), usage.picks(), weight));
            }
        }
        weights.forEach((member, weight) -> {
            if (weight > 0) {
                servers.add(stats(counted.listener, member, 0, 0, weight));
            }
        });
    }

    private static ServerStats stats(ListenerRuntime listener, Member member, int active, long picks, Long weight) {
        return new ServerStats(
                listener.id(), member.group(), member.server().key().id(), member.name(), active, picks, weight);
    }

    private static ListenerStats sum(ListenerStats a, ListenerStats b) {
        return new ListenerStats(
                a.activeConnections() + b.activeConnections(),
                a.connections() + b.connections(),
                a.requests() + b.requests(),
                a.bandwidthWaits() + b.bandwidthWaits(),
                a.bandwidthWaitMillis() + b.bandwidthWaitMillis(),
                a.datagrams() == null || b.datagrams() == null
                        ? null
                        : a.datagrams().plus(b.datagrams()));
    }
}
