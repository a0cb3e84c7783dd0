package dev.slb.forwarder.report;

import dev.slb.forwarder.limits.LoadBalancerLimits;
import dev.slb.forwarder.serve.Configuration;
import dev.slb.forwarder.serve.RuntimeControl;
import dev.slb.forwarder.serve.TargetControl;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Refusals;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.BackendPort;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ForwarderStats.ListenerStats;
import dev.slb.plan.ForwarderStats.ServerStats;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.ReportChanges;
import dev.slb.plan.ServerRole;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps the latest report, wakes those who wait for a newer one, and adds up counts. */
public final class Reporter {

    private final ReportLog log;
    private final Refusals refusals;
    private final Balances balances;
    /** Who wait, and the revision that they have seen. */
    private final Map<CompletableFuture<Void>, Long> waiting = new ConcurrentHashMap<>();
    /** The documents and checks that the log has; the control thread's own. */
    private Set<DocumentId> documents = Set.of();

    private final Map<CheckKey, Long> checks = new HashMap<>();
    private volatile List<Counted> counted = List.of();
    private volatile Map<LoadBalancerPlan, LoadBalancerLimits> loadBalancers = Map.of();
    private volatile Map<DocumentId, ListenerPlan> keeping = Map.of();

    /** What is counted, by listener: published by the control thread, read by whoever asks. */
    private record Counted(ListenerRuntime listener, List<Member> members, Map<Weighted, Long> weights) {}

    private record Weighted(DocumentId group, String server) {}

    private record CheckKey(DocumentId group, BackendPort port, HealthCheckPlan check) {}

    private static final class CheckView {
        private final SortedSet<DocumentId> listeners = new TreeSet<>();
        private final TreeMap<String, ServerHealth> servers = new TreeMap<>();
        private ServerRole active;
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
    public void update(Configuration configuration) {
        counted = count(configuration);
        loadBalancers = limited(configuration);
        keeping = configuration.keeping();
        log.synced(configuration.isSynced());
        SortedMap<DocumentId, DocumentState> states = configuration.documentStates();
        documents.stream().filter(id -> !states.containsKey(id)).forEach(id -> log.document(id, null));
        states.forEach(log::document);
        documents = Set.copyOf(states.keySet());
        health(configuration);
        log.balance(balances.answers());
        wake();
    }

    private void health(Configuration configuration) {
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
        checks.entrySet().removeIf(each -> {
            boolean ended = !views.containsKey(each.getKey());
            if (ended) {
                log.endCheck(each.getValue());
            }
            return ended;
        });
        views.forEach((key, view) -> log.check(
                checks.computeIfAbsent(key, absent -> log.newCheck(key.group, key.port)),
                view.listeners,
                view.active,
                view.servers));
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
