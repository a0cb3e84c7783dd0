package dev.slb.translate.status;

import dev.slb.api.Listener;
import dev.slb.api.ListenerStatus;
import dev.slb.api.ServerCounts;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import dev.slb.plan.ForwarderReport.Kept;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.RulePlan;
import dev.slb.plan.ServerPlan;
import dev.slb.translate.ConditionReason;
import dev.slb.translate.ConditionType;
import dev.slb.translate.ListenerTranslation;
import dev.slb.translate.Outcome;
import dev.slb.translate.Subject;
import dev.slb.translate.Verdict;
import io.fabric8.kubernetes.api.model.Condition;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes the status of a Listener. Ready speaks for what happens when no rule matches. Where that is a default pool without
 * servers, which a listener may have only because the API asks for a backendPort, the rules count: one that works is enough.
 */
public final class ListenerStatusFactory {

    private final ListenerPlan plan;
    private final ForwarderReports reports;
    private final Function<DocumentId, Optional<PlanDocument>> documents;

    private ListenerStatusFactory(
            ListenerPlan plan, ForwarderReports reports, Function<DocumentId, Optional<PlanDocument>> documents) {
        this.plan = plan;
        this.reports = reports;
        this.documents = documents;
    }

    /**
     * @param documents what forwarders should serve, for the groups that the listener names; empty for one that forwarders
     *     keep from before this process
     * @param previous conditions of the status before
     * @return equal to the previous status when nothing changed; without servers while no version is published, though
     *     forwarders may keep an earlier one, which nobody here knows
     */
    public static ListenerStatus status(
            Listener listener,
            ListenerTranslation translation,
            ForwarderReports reports,
            Function<DocumentId, Optional<PlanDocument>> documents,
            List<Condition> previous,
            Instant now) {
        Verdict programmed = Programming.of(translation, reports).verdict();
        Optional<ListenerStatusFactory> served = translation.outcome() instanceof Outcome.Publish<ListenerPlan> publish
                ? Optional.of(new ListenerStatusFactory(publish.document(), reports, documents))
                : Optional.empty();
        boolean stopped = translation.stopped() && translation.accepted().met();
        Verdict ready = stopped
                ? Subject.of(listener).verdict(ConditionType.Ready, true, ConditionReason.Stopped, List.of("stopped"))
                : ReadyCondition.of(
                        listener,
                        translation,
                        programmed,
                        served.flatMap(ListenerStatusFactory::whyNotServing),
                        previous);
        Long generation = listener.getMetadata().getGeneration();
        return new ListenerStatus(
                generation,
                StatusConditions.of(translation, programmed, ready, previous, generation, now),
                translation.bindPort(),
                translation.worstCaseFailoverSeconds(),
                served.map(ListenerStatusFactory::servers).orElse(null));
    }

    private Optional<ReadyCondition.Unmet> whyNotServing() {
        return whyDefaultNotServing().or(this::whatIsKept);
    }

    private Optional<ReadyCondition.Unmet> whyDefaultNotServing() {
        if (plan.routing().action() instanceof Action.Unavailable unavailable) {
            return unmet("nothing serves what no rule matches: " + unavailable.reason());
        }
        if (plan.routing().action() instanceof Action.Keep keep) {
            return whyKeptNotServing(keep);
        }
        return plan.routing().action() instanceof Action.Forward own ? whyNotServing(own) : Optional.empty();
    }

    /** One forwarder that has nothing to go on with is enough. */
    private Optional<ReadyCondition.Unmet> whyKeptNotServing(Action.Keep keep) {
        List<List<Kept>> all = reports.kept(plan.id());
        List<Action> kept = all.stream()
                .flatMap(List::stream)
                .filter(each -> each.rule() == null)
                .map(Kept::action)
                .toList();
        if (kept.isEmpty() || kept.size() < all.size()) {
            String where =
                    kept.isEmpty() ? "" : ", by " + (all.size() - kept.size()) + " of " + all.size() + " forwarders";
            return unmet(
                    "nothing serves what no rule matches: " + keep.otherwise().reason() + where);
        }
        return forwards(kept.stream().distinct())
                .map(this::whyNotServing)
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** That something goes on as before, which is not what was asked for. */
    private Optional<ReadyCondition.Unmet> whatIsKept() {
        SortedMap<String, Integer> forwarders = new TreeMap<>();
        keptNow().forEach(each -> forwarders.merge(describe(each), 1, Integer::sum));
        return forwarders.isEmpty()
                ? Optional.empty()
                : Optional.of(new ReadyCondition.Unmet(
                        ConditionReason.ServesEarlier,
                        forwarders.entrySet().stream()
                                .map(each -> each.getKey() + " (" + each.getValue() + " of " + reports.total()
                                        + " forwarders)")
                                .collect(Collectors.joining(", "))));
    }

    private static String describe(Kept kept) {
        String what = kept.action() instanceof Action.Redirect redirect
                ? "the redirect to port " + redirect.port()
                : describe(((Action.Forward) kept.action()).group());
        return (kept.rule() == null ? "" : "rule " + kept.rule() + " ") + "goes on with " + what;
    }

    /** By all forwarders, as far as this version leaves it to them. */
    private Stream<Kept> keptNow() {
        return plan.keeps().isEmpty()
                ? Stream.empty()
                : reports.kept(plan.id()).stream().flatMap(List::stream);
    }

    private Optional<ReadyCondition.Unmet> whyNotServing(Action.Forward own) {
        GroupView view = view(own);
        boolean rulesOnly = own.group().kind() == DocumentKind.POOL
                && view.servers().isEmpty()
                && !plan.routing().rules().isEmpty();
        if (!rulesOnly) {
            return view.unmet(why -> describe(own.group()) + ": " + why);
        }
        boolean anyServes = forwards(ruleActions())
                .anyMatch(rule -> view(rule).whyNotServing().isEmpty());
        return anyServes ? Optional.empty() : unmet("no rule has a server that serves, and the default pool has none");
    }

    private static Optional<ReadyCondition.Unmet> unmet(String why) {
        return Optional.of(new ReadyCondition.Unmet(ConditionReason.NoHealthyServer, why));
    }

    private static String describe(DocumentId group) {
        String kind = switch (group.kind()) {
            case POOL -> "default pool of LoadBalancer";
            case V_SERVER_GROUP -> "VServerGroup";
            case MASTER_SLAVE_GROUP -> "MasterSlaveGroup";
            case LOAD_BALANCER, LISTENER -> throw new IllegalArgumentException("not a group: " + group);
        };
        return kind + " " + group.namespace() + "/" + group.name();
    }

    /** A server that several rules can choose counts once, as bad as the worst of them sees it. */
    private ServerCounts servers() {
        Map<String, Health> byPlace = new HashMap<>();
        Stream<Action> actions = Stream.concat(Stream.of(plan.routing().action()), ruleActions());
        forwards(Stream.concat(actions, keptNow().map(Kept::action))).forEach(use -> {
            GroupView view = view(use);
            for (ServerPlan server : view.servers()) {
                Integer port = use.portOf(server);
                byPlace.merge(server.address() + " " + port, view.health(server.id()), Health::worse);
            }
        });
        return ServerHealths.counts(byPlace.size(), byPlace.values());
    }

    private Stream<Action> ruleActions() {
        return plan.routing().rules().stream().map(RulePlan::action);
    }

    private static Stream<Action.Forward> forwards(Stream<Action> actions) {
        return actions.filter(Action.Forward.class::isInstance).map(Action.Forward.class::cast);
    }

    private GroupView view(Action.Forward use) {
        return documents
                .apply(use.group())
                .map(group -> GroupView.of((GroupPlan) group, use, plan.id(), reports))
                .orElseGet(() -> GroupView.ofKept(use, plan.id(), reports));
    }
}
