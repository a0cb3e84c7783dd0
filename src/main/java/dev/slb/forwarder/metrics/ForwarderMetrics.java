package dev.slb.forwarder.metrics;

import dev.slb.admin.AdminCounts;
import dev.slb.admin.AdminRefusal;
import dev.slb.forwarder.Forwarder;
import dev.slb.forwarder.limits.LoadBalancerLimits;
import dev.slb.forwarder.table.Durations;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Traffic;
import dev.slb.forwarder.table.Traffic.Count;
import dev.slb.forwarder.transport.Loop;
import dev.slb.plan.CapacityPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.GroupBalance;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.LoadBalancerPlan;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A forwarder's counts in the text format of Prometheus. They are gathered when they are asked for: the data path only
 * adds to counters of its own event loop, and knows nothing of this.
 */
public final class ForwarderMetrics {

    /** The content type of {@link #scrape}. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final double MILLIS = 1000;
    private static final double PER_MILLE = 1000;

    private final Forwarder forwarder;
    private final AdminCounts admin;
    private final PrometheusMeterRegistry registry;
    private final PrometheusMeterRegistry servers;

    /** @param admin of the port that serves this */
    public ForwarderMetrics(Forwarder forwarder, AdminCounts admin) {
        this.forwarder = forwarder;
        this.admin = admin;
        this.registry = registry(this::collect);
        this.servers = registry(this::collectServers);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
    }

    private static PrometheusMeterRegistry registry(MultiCollector collector) {
        PrometheusRegistry collectors = new PrometheusRegistry();
        collectors.register(collector);
        return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, collectors, Clock.SYSTEM);
    }

    /** @param withServers also those metrics that have a series for each server */
    public String scrape(boolean withServers) {
        return withServers ? registry.scrape() + servers.scrape() : registry.scrape();
    }

    private MetricSnapshots collect() {
        Families families = new Families();
        SortedMap<DocumentId, Sum> sums = new TreeMap<>();
        // A listener that was withdrawn and came back is there twice while it drains.
        for (ListenerRuntime listener : forwarder.listeners()) {
            sums.computeIfAbsent(listener.id(), absent -> new Sum(listener)).add(listener);
        }
        sums.values().forEach(sum -> sum.write(families));
        forwarder.loadBalancers().forEach((plan, limits) -> loadBalancer(plan, limits, families));
        ForwarderReport report = forwarder.report();
        groups(report, families);
        documents(report, families);
        process(families);
        return families.build();
    }

    private static final class Sum {

        private final Labels labels;
        private final ListenerProtocol protocol;
        private final Map<Count, Long> counts = new EnumMap<>(Count.class);
        private final long[] requests = new long[Durations.BUCKETS];
        private final long[] upstream = new long[Durations.BUCKETS];
        private final SortedMap<String, Long> refusals = new TreeMap<>();
        private long requestNanos;
        private long upstreamNanos;
        private long active;
        private long accepted;
        private long waits;
        private long waitMillis;
        private long limit = Long.MAX_VALUE;

        Sum(ListenerRuntime listener) {
            protocol = listener.protocol();
            DocumentId id = listener.id();
            labels = Labels.of(
                    "load_balancer",
                    name(listener.loadBalancer()),
                    "listener",
                    name(id),
                    "protocol",
                    protocol.name().toLowerCase(Locale.ROOT));
        }

        void add(ListenerRuntime listener) {
            ForwarderStats.ListenerStats stats = listener.stats();
            active += stats.activeConnections();
            accepted += stats.connections();
            waits += listener.limits().bandwidthWaits();
            waitMillis += listener.limits().bandwidthWaitMillis();
            limit = Math.min(limit, listener.limits().mostOpen());
            listener.refusals().forEach((reason, count) -> refusals.merge(reason, count, Long::sum));
            for (Loop loop : listener.transport().loops()) {
                Traffic traffic = listener.traffic(loop);
                for (Count count : Count.values()) {
                    counts.merge(count, traffic.get(count), Long::sum);
                }
                requestNanos += add(traffic.requests(), requests);
                upstreamNanos += add(traffic.upstream(), upstream);
            }
        }

        private static long add(Durations durations, long[] counts) {
            for (int i = 0; i < counts.length; i++) {
                counts[i] += durations.count(i);
            }
            return durations.sumNanos();
        }

        void write(Families families) {
            families.add(Metric.LISTENER_CONNECTIONS_ACTIVE, labels, active);
            families.add(Metric.LISTENER_CONNECTIONS_ACCEPTED, labels, accepted);
            families.add(Metric.LISTENER_CONNECTIONS_CLOSED, labels, accepted - active);
            if (limit != Long.MAX_VALUE) {
                families.add(Metric.LISTENER_CONNECTIONS_LIMIT, labels, limit);
            }
            count(Metric.LISTENER_RECEIVED_BYTES, Count.BYTES_IN, families);
            count(Metric.LISTENER_SENT_BYTES, Count.BYTES_OUT, families);
            if (protocol == ListenerProtocol.UDP) {
                count(Metric.LISTENER_RECEIVED_PACKETS, Count.PACKETS_IN, families);
                count(Metric.LISTENER_SENT_PACKETS, Count.PACKETS_OUT, families);
                count(Metric.LISTENER_DROPPED_PACKETS, Count.PACKETS_DROPPED, families);
                count(Metric.LISTENER_MOVED_FLOWS, Count.FLOWS_MOVED, families);
                count(Metric.LISTENER_REFUSED_SEGMENTS, Count.SEGMENTS_REFUSED, families);
            }
            if (protocol.isLayer7()) {
                classes(Metric.LISTENER_REQUESTS, Count.ANSWERED_1XX, families);
                classes(Metric.LISTENER_UPSTREAM_REQUESTS, Count.UPSTREAM_1XX, families);
                families.add(Metric.LISTENER_REQUEST_DURATION_SECONDS, labels, requests, requestNanos);
                families.add(Metric.LISTENER_UPSTREAM_DURATION_SECONDS, labels, upstream, upstreamNanos);
                count(Metric.LISTENER_GZIP_INPUT_BYTES, Count.GZIP_IN, families);
                count(Metric.LISTENER_GZIP_OUTPUT_BYTES, Count.GZIP_OUT, families);
            }
            families.add(Metric.LISTENER_BANDWIDTH_WAITS, labels, waits);
            families.add(Metric.LISTENER_BANDWIDTH_WAIT_SECONDS, labels, waitMillis / MILLIS);
            refusals.forEach(
                    (reason, count) -> families.add(Metric.LISTENER_REFUSED, labels.add("reason", reason), count));
        }

        private void count(Metric metric, Count count, Families families) {
            families.add(metric, labels, counts.get(count));
        }

        private void classes(Metric metric, Count first, Families families) {
            for (String code : List.of("1xx", "2xx", "3xx", "4xx", "5xx", "none")) {
                Count count = Count.values()[first.ordinal() + (code.equals("none") ? 5 : code.charAt(0) - '1')];
                families.add(metric, labels.add("code", code), counts.get(count));
            }
        }
    }

    private static void loadBalancer(LoadBalancerPlan plan, LoadBalancerLimits limits, Families families) {
        Labels labels = Labels.of("load_balancer", name(plan.id()));
        families.add(Metric.LOAD_BALANCER_CONNECTIONS_ACTIVE, labels, limits.open());
        double part = 1.0 / plan.forwarders();
        CapacityPlan capacity = plan.capacity();
        if (capacity != null) {
            families.add(Metric.LOAD_BALANCER_CONNECTIONS_LIMIT, labels, Math.ceil(capacity.maxConnections() * part));
            families.add(
                    Metric.LOAD_BALANCER_CONNECTIONS_PER_SECOND_LIMIT, labels, capacity.connectionsPerSecond() * part);
            families.add(Metric.LOAD_BALANCER_REQUESTS_PER_SECOND_LIMIT, labels, capacity.requestsPerSecond() * part);
        }
        if (plan.bandwidthBitsPerSecond() != null) {
            families.add(
                    Metric.LOAD_BALANCER_BANDWIDTH_LIMIT_BITS_PER_SECOND, labels, plan.bandwidthBitsPerSecond() * part);
        }
    }

    private static Labels group(DocumentId group) {
        return Labels.of("group", name(group), "kind", group.kind().text());
    }

    /** A group that is checked in several ways has its servers once: the worst counts. */
    private static void groups(ForwarderReport report, Families families) {
        healths(report).forEach((group, healths) -> {
            Map<Health, Integer> counts = new EnumMap<>(Health.class);
            healths.values().forEach(server -> counts.merge(server.health(), 1, Integer::sum));
            for (Health health : Health.values()) {
                families.add(
                        Metric.GROUP_SERVERS,
                        group(group).add("state", health.name().toLowerCase(Locale.ROOT)),
                        counts.getOrDefault(health, 0));
            }
            families.add(
                    Metric.GROUP_PAUSED_SERVERS,
                    group(group),
                    healths.values().stream()
                            .filter(server -> server.paused() != null)
                            .count());
        });
        for (GroupBalance balance : report.balance()) {
            if (balance.verdict() == GroupBalance.Verdict.FOLLOWS
                    || balance.verdict() == GroupBalance.Verdict.DIFFERS) {
                families.add(
                        Metric.GROUP_BALANCED,
                        group(balance.group()),
                        balance.verdict() == GroupBalance.Verdict.FOLLOWS ? 1 : 0);
            }
        }
    }

    private static SortedMap<DocumentId, Map<String, ServerHealth>> healths(ForwarderReport report) {
        SortedMap<DocumentId, Map<String, ServerHealth>> byGroup = new TreeMap<>();
        for (ForwarderReport.GroupHealth each : report.health()) {
            Map<String, ServerHealth> servers = byGroup.computeIfAbsent(each.group(), absent -> new HashMap<>());
            for (ServerHealth server : each.servers()) {
                servers.merge(server.server(), server, ServerHealth::and);
            }
        }
        return byGroup;
    }

    private static void documents(ForwarderReport report, Families families) {
        int serving = 0;
        int refused = 0;
        int waiting = 0;
        for (DocumentState state : report.documents().values()) {
            if (state.refused() != null) {
                refused++;
            } else if (state.message() != null) {
                waiting++;
            } else {
                serving++;
            }
        }
        families.add(Metric.DOCUMENTS, Labels.of("state", "serving"), serving);
        families.add(Metric.DOCUMENTS, Labels.of("state", "refused"), refused);
        families.add(Metric.DOCUMENTS, Labels.of("state", "waiting"), waiting);
        families.add(
                Metric.KEPT_ACTIONS,
                Labels.EMPTY,
                report.documents().values().stream()
                        .mapToInt(state -> state.kept().size())
                        .sum());
    }

    private void process(Families families) {
        families.add(Metric.HEALTH_CHECKS, Labels.of("result", "success"), forwarder.healthChecks(true));
        families.add(Metric.HEALTH_CHECKS, Labels.of("result", "failure"), forwarder.healthChecks(false));
        families.add(Metric.FIRST_CHECKS_WAITING, Labels.EMPTY, forwarder.waitingChecks());
        families.add(Metric.PAUSES, Labels.EMPTY, forwarder.pauses());
        forwarder
                .lostLogLines()
                .forEach((reason, count) ->
                        families.add(Metric.ACCESS_LOG_DROPPED_LINES, Labels.of("reason", reason), count));
        families.add(Metric.FORWARDER_DRAINING, Labels.EMPTY, forwarder.isDraining() ? 1 : 0);
        families.add(
                Metric.FORWARDER_INFO,
                Labels.of("transport", forwarder.transport().kind().name().toLowerCase(Locale.ROOT)),
                1);
        for (Loop loop : forwarder.transport().loops()) {
            if (loop.eventLoop() instanceof SingleThreadEventExecutor executor) {
                families.add(
                        Metric.EVENT_LOOP_PENDING_TASKS,
                        Labels.of("loop", String.valueOf(loop.index())),
                        executor.pendingTasks());
            }
        }
        families.add(Metric.ADMIN_CONNECTIONS, Labels.EMPTY, admin.connections());
        for (AdminRefusal why : AdminRefusal.values()) {
            families.add(Metric.ADMIN_REFUSED, Labels.of("reason", why.reason()), admin.refusals(why));
        }
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider) {
            ByteBufAllocatorMetric metric = provider.metric();
            families.add(Metric.BUFFER_MEMORY_BYTES, Labels.of("kind", "direct"), metric.usedDirectMemory());
            families.add(Metric.BUFFER_MEMORY_BYTES, Labels.of("kind", "heap"), metric.usedHeapMemory());
        }
    }

    private MetricSnapshots collectServers() {
        Families families = new Families();
        for (ForwarderStats.ServerStats server : forwarder.stats().servers()) {
            Labels labels =
                    Labels.of("listener", name(server.listener())).merge(server(server.group(), server.server()));
            families.add(Metric.SERVER_PICKS, labels, server.picks());
            families.add(Metric.SERVER_ACTIVE, labels, server.active());
        }
        ForwarderReport report = forwarder.report();
        healths(report)
                .forEach((group, servers) -> new TreeMap<>(servers).forEach((server, said) -> {
                    Labels labels = server(group, server);
                    families.add(Metric.SERVER_HEALTHY, labels, said.isGood() ? 1 : 0);
                    families.add(Metric.SERVER_PAUSED, labels, said.paused() == null ? 0 : 1);
                }));
        for (GroupBalance balance : report.balance()) {
            for (GroupBalance.Share share : balance.shares()) {
                Labels labels = server(balance.group(), share.server());
                families.add(Metric.SERVER_SHARE_EXPECTED_RATIO, labels, share.expected() / PER_MILLE);
                families.add(Metric.SERVER_SHARE_SEEN_RATIO, labels, share.seen() / PER_MILLE);
            }
        }
        return families.build();
    }

    private static Labels server(DocumentId group, String server) {
        return group(group).add("server", server);
    }

    private static String name(DocumentId id) {
        return id.namespace() + "/" + id.name();
    }
}
