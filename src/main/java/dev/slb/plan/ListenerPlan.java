package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Everything one listener needs but the servers themselves, a record for each feature: no two are of one type, so none can be
 * taken for another, and a new field touches the record of its feature only.
 *
 * @param drain how long existing connections of a server that leaves, or of the listener itself, run on
 * @param http layer 7 only, and there always
 * @param backend layer 7: what servers are spoken to in; null: {@link BackendPlan#HTTP}
 * @param accessControl null: everybody may connect
 * @param limits null: {@link LimitsPlan#NONE}
 * @param proxyProtocol null: neither accepted nor sent
 * @param accessLog one line per request (layer 7) or connection (layer 4); null: off
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ListenerPlan(
        DocumentId id,
        DocumentId loadBalancer,
        FrontendPlan frontend,
        RoutingPlan routing,
        TimeoutsPlan timeouts,
        DrainPlan drain,
        HttpPlan http,
        BackendPlan backend,
        AccessControlPlan accessControl,
        LimitsPlan limits,
        ProxyProtocolPlan proxyProtocol,
        AccessLogPlan accessLog)
        implements PlanDocument {

    /** Without the options that are off by default. */
    public ListenerPlan(
            DocumentId id,
            DocumentId loadBalancer,
            FrontendPlan frontend,
            RoutingPlan routing,
            TimeoutsPlan timeouts,
            DrainPlan drain,
            HttpPlan http) {
        this(id, loadBalancer, frontend, routing, timeouts, drain, http, null, null, null, null, null);
    }

    /** What clients are spoken to in, on which nearly everything else depends. */
    public ListenerProtocol protocol() {
        return frontend.protocol();
    }

    /**
     * The groups that the action and the rules forward to: all must be known before this version may serve. Those that are
     * kept are not among them: nothing waits for a group that may be gone.
     */
    public SortedSet<DocumentId> groups() {
        return routing.actions()
                .filter(Action.Forward.class::isInstance)
                .map(each -> ((Action.Forward) each).group())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What goes on as before; empty when every reference could be used. */
    public List<Action.Keep> keeps() {
        return routing.actions()
                .filter(Action.Keep.class::isInstance)
                .map(Action.Keep.class::cast)
                .toList();
    }

    /**
     * This version with what a forwarder goes on with wherever it says {@link Action.Keep}: what was done before under the same
     * rule's name, or when no rule matched.
     *
     * @param before the version that is served, with what it keeps itself; null when none is: what this one remembers stays
     * @param possible whether a {@link Action.Forward} or {@link Action.Redirect} can be gone on with
     */
    public ListenerPlan keeping(ListenerPlan before, Predicate<Action> possible) {
        if (keeps().isEmpty()) {
            return this;
        }
        return with(routing.with((rule, action) ->
                keeping(action, before, before == null ? null : before.routing.actionOf(rule), possible)));
    }

    private Action keeping(Action mine, ListenerPlan before, Action last, Predicate<Action> possible) {
        if (!(mine instanceof Action.Keep keep)) {
            return mine;
        }
        Action.Kept kept;
        if (before == null) {
            kept = keep.kept();
        } else if (!loadBalancer.equals(before.loadBalancer)
                || protocol().isLayer7() != before.protocol().isLayer7()) {
            kept = null; // what was a listener of another kind, or somebody else's
        } else if (last instanceof Action.Keep again) {
            kept = again.kept();
        } else {
            kept = last == null || last instanceof Action.Unavailable ? null : new Action.Kept(last, before.backend);
        }
        boolean goesOn = kept != null && kept.validate(protocol()).isEmpty() && possible.test(kept.action());
        return new Action.Keep(keep.otherwise(), goesOn ? kept : null);
    }

    /** As the control plane said it: without what a forwarder remembers. */
    public ListenerPlan forgetting() {
        return keeping(null, any -> false);
    }

    private ListenerPlan with(RoutingPlan other) {
        return new ListenerPlan(
                id,
                loadBalancer,
                frontend,
                other,
                timeouts,
                drain,
                http,
                backend,
                accessControl,
                limits,
                proxyProtocol,
                accessLog);
    }

    @Override
    public List<String> validate() {
        Problems problems = new Problems();
        problems.require(id != null && id.kind() == DocumentKind.LISTENER, "id", "is not of a listener");
        problems.require(
                loadBalancer != null && loadBalancer.kind() == DocumentKind.LOAD_BALANCER,
                "loadBalancer",
                "is not the id of a LoadBalancer");
        problems.require(frontend != null, "frontend", "is missing");
        problems.require(routing != null, "routing", "is missing");
        problems.require(timeouts != null, "timeouts", "are missing");
        problems.require(drain != null, "drain", "is missing");
        if (frontend != null) {
            problems.addAll("frontend", frontend.validate());
        }
        if (!problems.list().isEmpty()) {
            return problems.list();
        }
        problems.addAll("routing", routing.validate(protocol()));
        problems.addAll("timeouts", timeouts.validate());
        problems.addAll("drain", drain.validate());
        problems.require(protocol().isLayer7() == (http != null), "http", "belongs to layer 7, and is needed there");
        if (http != null) {
            problems.addAll("http", http.validate());
        }
        if (backend != null) {
            problems.require(protocol().isLayer7(), "backend", "belongs to layer 7");
            problems.addAll("backend", backend.validate());
        }
        if (accessControl != null) {
            problems.addAll("accessControl", accessControl.validate());
        }
        if (limits != null) {
            problems.addAll("limits", limits.validate());
        }
        if (proxyProtocol != null) {
            problems.addAll("proxyProtocol", proxyProtocol.validate(protocol()));
        }
        if (accessLog != null) {
            problems.addAll("accessLog", accessLog.validate());
        }
        return problems.list();
    }
}
