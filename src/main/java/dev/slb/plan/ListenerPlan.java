package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Everything one listener needs but the servers themselves.
 *
 * @param port the port that people see, 1..65535
 * @param bindPort the port that the forwarder binds
 * @param action what happens when no rule matches
 * @param rules layer 7 only, sorted by name; matching order is not their order but {@link RulePlan}'s
 * @param drain how long existing connections of a server that leaves, or of the listener itself, run on
 * @param http layer 7 only, and there always
 * @param tls HTTPS only, and there always
 * @param backend layer 7: what servers are spoken to in; null: {@link BackendPlan#HTTP}
 * @param accessControl null: everybody may connect
 * @param proxyProtocol null: neither accepted nor sent
 * @param maxConnections open at once, of which each of n forwarders takes 1/n; null: no limit
 * @param bandwidthBitsPerSecond per direction, reserved out of the LoadBalancer's; null: a share of what is left
 * @param accessLog one line per request (layer 7) or connection (layer 4); null: off
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ListenerPlan(
        DocumentId id,
        DocumentId loadBalancer,
        ListenerProtocol protocol,
        int port,
        int bindPort,
        Action action,
        List<RulePlan> rules,
        TimeoutsPlan timeouts,
        DrainPlan drain,
        HttpPlan http,
        TlsPlan tls,
        BackendPlan backend,
        AccessControlPlan accessControl,
        ProxyProtocolPlan proxyProtocol,
        Integer maxConnections,
        Long bandwidthBitsPerSecond,
        AccessLogPlan accessLog)
        implements PlanDocument {

    public ListenerPlan {
        rules = rules == null ? List.of() : rules.stream().sorted().toList();
    }

    /** Without the options that are off by default. */
    public ListenerPlan(
            DocumentId id,
            DocumentId loadBalancer,
            ListenerProtocol protocol,
            int port,
            int bindPort,
            Action action,
            List<RulePlan> rules,
            TimeoutsPlan timeouts,
            DrainPlan drain,
            HttpPlan http) {
        this(
                id,
                loadBalancer,
                protocol,
                port,
                bindPort,
                action,
                rules,
                timeouts,
                drain,
                http,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /**
     * The groups that the action and the rules forward to: all must be known before this version may serve. Those that are
     * kept are not among them: nothing waits for a group that may be gone.
     */
    public SortedSet<DocumentId> groups() {
        SortedSet<DocumentId> groups = new TreeSet<>();
        for (Action each : actions()) {
            if (each instanceof Action.Forward forward) {
                groups.add(forward.group());
            }
        }
        return groups;
    }

    /** What goes on as before; empty when every reference could be used. */
    public List<Action.Keep> keeps() {
        return actions().stream()
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
        Map<String, Action> ofRules = new HashMap<>();
        if (before != null) {
            before.rules.forEach(rule -> ofRules.put(rule.name(), rule.action()));
        }
        return with(
                keeping(action, before, before == null ? null : before.action, possible),
                rules.stream()
                        .map(rule -> rule.with(keeping(rule.action(), before, ofRules.get(rule.name()), possible)))
                        .toList());
    }

    private Action keeping(Action mine, ListenerPlan before, Action last, Predicate<Action> possible) {
        if (!(mine instanceof Action.Keep keep)) {
            return mine;
        }
        Action.Kept kept;
        if (before == null) {
            kept = keep.kept();
        } else if (!loadBalancer.equals(before.loadBalancer) || protocol.isLayer7() != before.protocol.isLayer7()) {
            kept = null; // what was a listener of another kind, or somebody else's
        } else if (last instanceof Action.Keep again) {
            kept = again.kept();
        } else {
            kept = last == null || last instanceof Action.Unavailable ? null : new Action.Kept(last, before.backend);
        }
        boolean goesOn = kept != null && kept.validate(protocol).isEmpty() && possible.test(kept.action());
        return new Action.Keep(keep.otherwise(), goesOn ? kept : null);
    }

    /** As the control plane said it: without what a forwarder remembers. */
    public ListenerPlan forgetting() {
        return keeping(null, any -> false);
    }

    private ListenerPlan with(Action otherAction, List<RulePlan> otherRules) {
        return new ListenerPlan(
                id,
                loadBalancer,
                protocol,
                port,
                bindPort,
                otherAction,
                otherRules,
                timeouts,
                drain,
                http,
                tls,
                backend,
                accessControl,
                proxyProtocol,
                maxConnections,
                bandwidthBitsPerSecond,
                accessLog);
    }

    private List<Action> actions() {
        List<Action> actions = new ArrayList<>();
        actions.add(action);
        rules.forEach(rule -> actions.add(rule.action()));
        return actions;
    }

    @Override
    public List<String> validate() {
        Problems problems = new Problems();
        problems.require(id != null && id.kind() == DocumentKind.LISTENER, "id", "is not of a listener");
        problems.require(
                loadBalancer != null && loadBalancer.kind() == DocumentKind.LOAD_BALANCER,
                "loadBalancer",
                "is not the id of a LoadBalancer");
        problems.require(protocol != null, "protocol", "is missing");
        problems.requirePort(port, "port");
        problems.requirePort(bindPort, "bindPort");
        problems.require(action != null, "action", "is missing");
        problems.require(timeouts != null, "timeouts", "are missing");
        problems.require(drain != null, "drain", "is missing");
        if (!problems.list().isEmpty()) {
            return problems.list();
        }
        problems.addAll("action", action.validate(protocol));
        problems.addAll("timeouts", timeouts.validate());
        problems.addAll("drain", drain.validate());
        if (protocol.isLayer7()) {
            problems.require(http != null, "http", "is missing");
        } else {
            problems.require(http == null, "http", "belongs to layer 7");
            problems.require(rules.isEmpty(), "rules", "belong to layer 7");
        }
        if (http != null) {
            problems.addAll("http", http.validate());
        }
        validateOptions(problems);
        Set<String> names = new HashSet<>();
        Set<List<String>> matches = new HashSet<>();
        for (RulePlan rule : rules) {
            String at = "rules[" + rule.name() + "]";
            problems.addAll(at, rule.validate(protocol));
            problems.require(names.add(rule.name()), at, "is there twice");
            problems.require(
                    matches.add(java.util.Arrays.asList(rule.host(), rule.path())),
                    at,
                    "matches the same host and path as another");
        }
        return problems.list();
    }

    private void validateOptions(Problems problems) {
        problems.require(
                (protocol == ListenerProtocol.HTTPS) == (tls != null), "tls", "belongs to HTTPS, and is needed there");
        if (tls != null) {
            problems.addAll("tls", tls.validate());
        }
        if (backend != null) {
            problems.require(protocol.isLayer7(), "backend", "belongs to layer 7");
            problems.addAll("backend", backend.validate());
        }
        if (accessControl != null) {
            problems.addAll("accessControl", accessControl.validate());
        }
        if (proxyProtocol != null) {
            problems.addAll("proxyProtocol", proxyProtocol.validate(protocol));
        }
        problems.require(maxConnections == null || maxConnections > 0, "maxConnections", "must be positive");
        problems.require(
                bandwidthBitsPerSecond == null || bandwidthBitsPerSecond > 0,
                "bandwidthBitsPerSecond",
                "must be positive");
        if (accessLog != null) {
            problems.addAll("accessLog", accessLog.validate());
        }
    }
}
