package dev.slb.forwarder.report;

import dev.slb.forwarder.limits.LoadBalancerLimits;
import dev.slb.forwarder.serve.Configuration;
import dev.slb.forwarder.serve.RuntimeControl;
import dev.slb.forwarder.serve.TargetControl;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Refusals;
import dev.slb.plan.BackendPort;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ForwarderStats.ListenerStats;
import dev.slb.plan.ForwarderStats.ServerStats;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.ServerRole;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps the latest report, wakes those who wait for a newer one, and adds up counts. */
public final class Reporter {

    private final String forwarder;
    private final Refusals refusals;
    private final Balances balances;
    private final Set<CompletableFuture<ForwarderReport>> waiting = ConcurrentHashMap.newKeySet();
    private volatile ForwarderReport report;
    private volatile List<Counted> counted = List.of();
    private volatile Map<LoadBalancerPlan, LoadBalancerLimits> loadBalancers = Map.of();
    private volatile Map<DocumentId, ListenerPlan> keeping = Map.of();

    /** What is counted, by listener: published by the control thread, read by whoever asks. */
    private record Counted(ListenerRuntime listener, List<Member> members, Map<Weighted, Long> weights) {}

    private record Weighted(DocumentId group, String server) {}

    private record CheckKey(DocumentId group, BackendPort port, HealthCheckPlan check) {}

    private static final class CheckView {
        private final Set<DocumentId> listeners = new TreeSet<>();
        private final TreeMap<String, ServerHealth> servers = new TreeMap<>();
        private ServerRole active;
    }

    /** @param forwarder the name of the instance */
    public Reporter(String forwarder, Refusals refusals, Balances balances) {
        this.forwarder = forwarder;
        this.refusals = refusals;
        this.balances = balances;
        this.report = new ForwarderReport(forwarder, 1, false, new TreeMap<>(), List.of());
    }

    /** The latest. Any thread. */
    public ForwarderReport report() {
        return report;
    }

    /** The first report whose revision differs from this one; a greater one is from before a restart. */
    public CompletableFuture<ForwarderReport> reportAfter(long revision) {
        CompletableFuture<ForwarderReport> next = new CompletableFuture<>();
        waiting.add(next);
        next.whenComplete((done, error) -> waiting.remove(next));
        ForwarderReport now = report;
        if (now.revision() != revision) {
            next.complete(now);
        }
        return next;
    }

    /** Control thread: looks whether the report has changed. */
    public void update(Configuration configuration) {
        counted = count(configuration);
        loadBalancers = limited(configuration);
        keeping = configuration.keeping();
        ForwarderReport before = report;
        ForwarderReport same = new ForwarderReport(
                forwarder,
                before.revision(),
                configuration.isSynced(),
                configuration.documentStates(),
                health(configuration),
                balances.answers());
        if (same.equals(before)) {
            return;
        }
        ForwarderReport next = new ForwarderReport(
                forwarder, before.revision() + 1, same.synced(), same.documents(), same.health(), same.balance());
        report = next;
        waiting.forEach(each -> each.complete(next));
    }

    private static List<GroupHealth> health(Configuration configuration) {
        Map<CheckKey, CheckView> views = new LinkedHashMap<>();
        for (RuntimeControl running : configuration.running()) {
            for (TargetControl target : running.targets()) {
                CheckKey key = new CheckKey(
                        target.group().id(),
                        target.action().port(),
                        target.action().healthCheck());
                CheckView view = views.computeIfAbsent(key, absent -> new CheckView());
                view.listeners.add(running.runtime().id());
                view.active = view.active == null ? target.active() : view.active;
                target.report(view.servers);
            }
        }
        List<GroupHealth> health = new ArrayList<>();
        views.forEach((key, view) -> health.add(new GroupHealth(
                key.group, key.port, new TreeSet<>(view.listeners), view.active, List.copyOf(view.servers.values()))));
        health.sort(Comparator.comparing(GroupHealth::group)
                .thenComparing(each -> String.valueOf(each.port()))
                .thenComparing(each -> each.listeners().toString()));
        return health;
    }

    private static List<Counted> count(Configuration configuration) {
        List<Counted> list = new ArrayList<>();
        for (RuntimeControl running : configuration.running()) {
            list.add(new Counted(running.runtime(), running.memberList(), weights(running)));
        }
        for (RuntimeControl running : configuration.draining()) {
            list.add(new Counted(running.runtime(), running.memberList(), Map.of()));
        }
        return list;
    }

    private static Map<Weighted, Long> weights(RuntimeControl running) {
        Map<Weighted, Long> weights = new HashMap<>();
        for (TargetControl target : running.targets()) {
            DocumentId group = target.group().id();
            if (!group.kind().hasRoles()) {
                target.observe(
                        (server, member, usable) -> weights.put(new Weighted(group, server.id()), server.weight()));
            }
        }
        return weights;
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
        return counted.stream().map(Counted::listener).toList();
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
            for (Member member : each.members) {
                Long weight = each.weights.get(
                        new Weighted(member.group(), member.server().key().id()));
                if (member.picks() > 0 || weight != null && weight > 0) {
                    servers.add(new ServerStats(
                            id,
                            member.group(),
                            member.server().key().id(),
                            member.name(),
                            member.active(),
                            member.picks(),
                            weight));
                }
            }
        }
        servers.sort(Comparator.comparing(ServerStats::listener)
                .thenComparing(ServerStats::group)
                .thenComparing(ServerStats::server));
        return new ForwarderStats(listeners, servers, refusals.counts(), balances.groups());
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
