package dev.slb.cli.local;

import dev.slb.cli.local.View.ListenerView;
import dev.slb.cli.local.View.RouteView;
import dev.slb.cli.local.View.ServerView;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.GroupHealth;
import dev.slb.plan.ForwarderReport.Kept;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ForwarderStats.ListenerStats;
import dev.slb.plan.ForwarderStats.ServerStats;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.RulePlan;
import dev.slb.plan.ServerPlan;
import dev.slb.plan.ServerRole;
import dev.slb.plan.WrittenPlan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Puts plan, report and counts together into a {@link View}. */
final class Views {

    private static final ListenerStats NO_STATS = new ListenerStats(0, 0, 0);

    private record PickKey(DocumentId listener, DocumentId group, String server) {}

    private final ForwarderReport report;
    private final ForwarderStats stats;
    private final Map<DocumentId, GroupPlan> groups = new HashMap<>();
    private final Map<PickKey, Long> picks = new HashMap<>();

    private Views(Collection<WrittenPlan<?>> plans, ForwarderReport report, ForwarderStats stats) {
        this.report = report;
        this.stats = stats;
        for (WrittenPlan<?> plan : plans) {
            if (plan.document() instanceof GroupPlan group) {
                groups.put(group.id(), group);
            }
        }
        for (ServerStats server : stats.servers()) {
            picks.merge(new PickKey(server.listener(), server.group(), server.server()), server.picks(), Long::sum);
        }
    }

    static View of(Collection<WrittenPlan<?>> plans, ForwarderReport report, ForwarderStats stats) {
        Views views = new Views(plans, report, stats);
        List<ListenerView> listeners = new ArrayList<>();
        for (WrittenPlan<?> plan : plans) {
            if (plan.document() instanceof ListenerPlan listener) {
                listeners.add(views.listener(listener, plan.version()));
            }
        }
        listeners.sort(Comparator.comparingInt(ListenerView::port).thenComparing(ListenerView::id));
        return new View(List.copyOf(listeners));
    }

    private ListenerView listener(ListenerPlan plan, String version) {
        DocumentState state = report.documents().get(plan.id());
        boolean serving = state != null && version.equals(state.serving());
        ListenerStats counts = stats.listeners().getOrDefault(plan.id(), NO_STATS);
        List<RouteView> routes = new ArrayList<>();
        for (RulePlan rule : plan.routing().rules()) {
            routes.add(route(plan, rule.host(), rule.path(), now(rule.action(), rule.name(), state)));
        }
        routes.add(0, route(plan, null, null, now(plan.routing().action(), null, state)));
        return new ListenerView(
                plan.id(),
                plan.protocol(),
                plan.frontend().bindPort(),
                serving,
                serving || state == null ? null : state.message(),
                counts.activeConnections(),
                counts.connections(),
                counts.requests(),
                List.copyOf(routes));
    }

    /** What is done where it is left to the forwarder. */
    private static Action now(Action action, String rule, DocumentState state) {
        if (!(action instanceof Action.Keep keep)) {
            return action;
        }
        return Stream.ofNullable(state)
                .flatMap(each -> each.kept().stream())
                .filter(kept -> Objects.equals(kept.rule(), rule))
                .map(Kept::action)
                .findFirst()
                .orElse(keep.otherwise());
    }

    private RouteView route(ListenerPlan listener, String host, String path, Action action) {
        if (action instanceof Action.Redirect redirect) {
            return new RouteView(host, path, "redirect to :" + redirect.port(), 0, List.of());
        } else if (action instanceof Action.Unavailable unavailable) {
            return new RouteView(host, path, "refused: " + unavailable.reason(), 0, List.of());
        }
        Action.Forward forward = (Action.Forward) action;
        long failoverSeconds = forward.healthCheck() == null
                ? 0
                : TimeUnit.MILLISECONDS.toSeconds(forward.healthCheck().worstCaseFailoverMillis());
        return new RouteView(host, path, forward.group().name(), failoverSeconds, servers(listener, forward));
    }

    private List<ServerView> servers(ListenerPlan listener, Action.Forward forward) {
        GroupPlan group = groups.get(forward.group());
        if (group == null) {
            return List.of();
        }
        Map<String, ServerHealth> health = new HashMap<>();
        ServerRole active = null;
        for (GroupHealth each : report.health()) {
            if (each.group().equals(group.id()) && each.listeners().contains(listener.id())) {
                each.servers().forEach(server -> health.merge(server.server(), server, ServerHealth::and));
                active = active == null ? each.active() : active;
            }
        }
        boolean byWeight = !forward.scheduler().ignoresWeights();
        long total = group.servers().stream()
                .filter(server -> takesNew(health.get(server.id())))
                .mapToLong(server -> part(server, byWeight))
                .sum();
        List<ServerView> servers = new ArrayList<>();
        for (ServerPlan server : group.servers()) {
            ServerHealth seen = health.get(server.id());
            boolean isActive = server.role() != null && server.role() == active;
            double share;
            if (server.role() != null) {
                share = isActive ? 1 : 0;
            } else {
                share = total == 0 || !takesNew(seen) ? 0 : (double) part(server, byWeight) / total;
            }
            servers.add(new ServerView(
                    server.id(),
                    server.name(),
                    address(server, forward),
                    server.weight(),
                    server.role(),
                    isActive,
                    share,
                    picks.getOrDefault(new PickKey(listener.id(), group.id(), server.id()), 0L),
                    seen == null ? Health.UNAVAILABLE : seen.health(),
                    seen == null ? null : seen.cause(),
                    seen == null ? null : seen.paused()));
        }
        servers.sort(Comparator.comparing(ServerView::role, Comparator.nullsFirst(Comparator.naturalOrder()))
                .thenComparing(ServerView::name));
        return List.copyOf(servers);
    }

    private static long part(ServerPlan server, boolean byWeight) {
        return byWeight ? server.weight() : Math.min(server.weight(), 1);
    }

    private static boolean takesNew(ServerHealth server) {
        return server != null && server.takesNew();
    }

    private static String address(ServerPlan server, Action.Forward forward) {
        Integer port = forward.port() == null ? server.port() : forward.port().resolve(server);
        String host = server.address().indexOf(':') >= 0 ? "[" + server.address() + "]" : server.address();
        return host + ":" + (port == null ? "?" : port);
    }
}
