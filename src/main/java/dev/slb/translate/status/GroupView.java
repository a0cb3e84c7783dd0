package dev.slb.translate.status;

import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.ServerPlan;
import dev.slb.translate.ConditionReason;
import dev.slb.translate.Outcome;
import dev.slb.translate.ResolvedServer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * What forwarders say of one group.
 *
 * @param servers of the plan, as far as they can be chosen at all
 * @param reported one for each forwarder and check
 * @param otherwise what a server counts as while nothing at all is reported
 */
record GroupView(DocumentId group, List<ServerPlan> servers, List<GroupReport> reported, Health otherwise) {

    /** The group by itself. A forwarder that serves it and reports no health has no listener that would check it. */
    static GroupView of(DocumentId group, List<ServerPlan> servers, ForwarderReports reports) {
        return new GroupView(
                group,
                servers,
                reports.health(group),
                reports.serving(group) > 0 ? Health.UNCHECKED : Health.UNAVAILABLE);
    }

    /** The group that was translated; empty when no plan of it is published now. */
    static Optional<GroupView> of(Outcome<GroupPlan> outcome, ForwarderReports reports) {
        return outcome instanceof Outcome.Publish<GroupPlan> publish
                ? Optional.of(of(publish.id(), publish.document().servers(), reports))
                : Optional.empty();
    }

    /** The group as one listener uses it. */
    static GroupView of(GroupPlan plan, Action.Forward use, DocumentId listener, ForwarderReports reports) {
        return new GroupView(
                plan.id(),
                plan.servers().stream()
                        .filter(server -> use.portOf(server) != null)
                        .toList(),
                reported(use, listener, reports),
                Health.UNAVAILABLE);
    }

    /**
     * A group whose plan nobody here knows, since forwarders keep it from before this process: what is reported is all there
     * is, and weights are not.
     */
    static GroupView ofKept(Action.Forward use, DocumentId listener, ForwarderReports reports) {
        List<GroupReport> reported = reported(use, listener, reports);
        List<ServerPlan> servers = reported.stream()
                .flatMap(each -> each.servers().stream())
                .distinct()
                .sorted()
                .map(id -> new ServerPlan(id, id, id, null, null, 1, null, null, false))
                .toList();
        return new GroupView(use.group(), servers, reported, Health.UNAVAILABLE);
    }

    private static List<GroupReport> reported(Action.Forward use, DocumentId listener, ForwarderReports reports) {
        return reports.health(use.group()).stream()
                .filter(each -> each.isFor(listener, use.port()))
                .toList();
    }

    /** The worst that any forwarder and check says. */
    Health health(String server) {
        return reported.stream()
                .filter(each -> each.mayConcern(server))
                .map(each -> each.health(server))
                .reduce(Health::worse)
                .orElse(reported.isEmpty() ? otherwise : Health.UNCHECKED);
    }

    /** Whether traffic of any forwarder leaves it out for a while. */
    boolean isPaused(String server) {
        return reported.stream().anyMatch(each -> each.isPaused(server));
    }

    /**
     * Empty when new traffic finds a server, by what at least one forwarder says, and no other one has found all servers
     * abnormal. One that just started and has no verdict yet does not count against it.
     */
    Optional<String> whyNotServing() {
        if (servers.isEmpty()) {
            return Optional.of("no server");
        }
        List<ServerPlan> choosable = choosable();
        if (choosable.isEmpty()) {
            return Optional.of("all servers have weight 0");
        }
        boolean serves = reported.isEmpty()
                ? otherwise == Health.UNCHECKED
                : reported.stream().anyMatch(this::serves);
        boolean cutOff = reported.stream().anyMatch(this::cutOff);
        return serves && !cutOff ? Optional.empty() : Optional.of(verdicts(choosable));
    }

    /**
     * The same, as a reason not to be ready.
     *
     * @param words what to say of it
     */
    Optional<ReadyCondition.Unmet> unmet(UnaryOperator<String> words) {
        return whyNotServing()
                .map(why -> new ReadyCondition.Unmet(ConditionReason.NoHealthyServer, words.apply(why), isUndecided()));
    }

    /**
     * The same, as a group's own reason.
     *
     * @param meant all servers that the group names or selects
     */
    Optional<ReadyCondition.Unmet> unmet(List<ResolvedServer> meant) {
        return unmet(why -> servers.isEmpty() ? why + whyLeftOut(meant) : why);
    }

    /** With the reason of each, as far as they differ. */
    private static String whyLeftOut(List<ResolvedServer> meant) {
        String reasons = meant.stream()
                .filter(server -> !server.used())
                .collect(Collectors.groupingBy(ResolvedServer::reason, TreeMap::new, Collectors.toList()))
                .entrySet()
                .stream()
                .map(left -> left.getKey() + ": " + left.getValue().get(0).label()
                        + (left.getValue().size() > 1
                                ? " and " + (left.getValue().size() - 1) + " more"
                                : ""))
                .collect(Collectors.joining(", "));
        return reasons.isEmpty() ? "" : " (" + reasons + ")";
    }

    /** Whether no server that may be chosen has a verdict, by any forwarder. */
    private boolean isUndecided() {
        List<ServerPlan> choosable = choosable();
        return !choosable.isEmpty()
                && !reported.isEmpty()
                && reported.stream()
                        .allMatch(each ->
                                choosable.stream().allMatch(server -> each.health(server.id()) == Health.UNAVAILABLE));
    }

    private List<ServerPlan> choosable() {
        return roles()
                ? servers
                : servers.stream().filter(server -> server.weight() > 0).toList();
    }

    private boolean serves(GroupReport each) {
        return roles()
                ? each.active() != null
                : choosable().stream()
                        .map(server -> each.health(server.id()))
                        .anyMatch(health -> health == Health.NORMAL || health == Health.UNCHECKED);
    }

    private boolean cutOff(GroupReport each) {
        return !serves(each) && choosable().stream().allMatch(server -> each.health(server.id()) == Health.ABNORMAL);
    }

    private boolean roles() {
        return group.kind().hasRoles();
    }

    private String verdicts(List<ServerPlan> choosable) {
        long abnormal = choosable.stream()
                .filter(server -> health(server.id()) == Health.ABNORMAL)
                .count();
        long unavailable = choosable.stream()
                .filter(server -> health(server.id()) == Health.UNAVAILABLE)
                .count();
        List<String> parts = new ArrayList<>();
        if (abnormal > 0) {
            parts.add(abnormal + " of " + choosable.size() + " servers abnormal" + cause(choosable));
        }
        if (unavailable > 0) {
            parts.add(unavailable + " of " + choosable.size() + " servers without a verdict yet");
        }
        return String.join(", ", parts);
    }

    /** Of the first server that has one. */
    private String cause(List<ServerPlan> choosable) {
        for (ServerPlan server : choosable) {
            for (GroupReport each : reported) {
                if (each.cause(server.id()) != null) {
                    return " (" + server.name() + ": " + each.cause(server.id()) + ")";
                }
            }
        }
        return "";
    }
}
