package dev.slb.translate;

import dev.slb.api.ConnectionDrain;
import dev.slb.api.Forwarded;
import dev.slb.api.HttpOptions;
import dev.slb.api.Listener;
import dev.slb.api.ListenerSpec;
import dev.slb.api.Redirect;
import dev.slb.api.Rule;
import dev.slb.api.Scheduler;
import dev.slb.api.Timeouts;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPort;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DrainPlan;
import dev.slb.plan.ForwardedPlan;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.HttpPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.RulePlan;
import dev.slb.plan.SchedulerType;
import dev.slb.plan.TimeoutsPlan;
import io.fabric8.kubernetes.api.model.IntOrString;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Writes the plan of a listener that was accepted, with the defaults of what it leaves out. */
final class ListenerPlans {

    private static final int LAYER_7_IDLE_SECONDS = 15;
    private static final int TCP_IDLE_SECONDS = 900;
    private static final int REDIRECT_CODE = 301;

    private final ListenerSpec spec;
    private final DocumentId loadBalancer;
    private final References references;

    private ListenerPlans(ListenerSpec spec, DocumentId loadBalancer, References references) {
        this.spec = spec;
        this.loadBalancer = loadBalancer;
        this.references = references;
    }

    static ListenerPlan plan(Listener listener, References references, int bindPort) {
        String namespace = listener.getMetadata().getNamespace();
        ListenerSpec spec = listener.getSpec();
        DocumentId loadBalancer =
                DocumentId.loadBalancer(namespace, spec.loadBalancerRef().name());
        ListenerPlans plans = new ListenerPlans(spec, loadBalancer, references);
        boolean layer7 = spec.protocol().isLayer7();
        return new ListenerPlan(
                DocumentId.listener(namespace, listener.getMetadata().getName()),
                loadBalancer,
                ListenerProtocol.valueOf(spec.protocol().name()),
                spec.port(),
                bindPort,
                plans.action(),
                plans.rules(),
                timeouts(spec.timeouts(), layer7 ? LAYER_7_IDLE_SECONDS : TCP_IDLE_SECONDS),
                drain(spec.connectionDrain()),
                layer7 ? plans.http() : null);
    }

    /** What happens when no rule matches: the redirect, else the listener's own group, else the default pool. */
    private Action action() {
        References.Target own = references.own();
        if (own != null && !own.usable()) {
            return new Action.Unavailable(own.reason().name());
        }
        Redirect redirect = spec.redirect();
        if (redirect != null) {
            return new Action.Redirect(redirect.port(), or(redirect.statusCode(), REDIRECT_CODE));
        }
        SchedulerType scheduler = scheduler(spec.scheduler());
        HealthCheckPlan healthCheck = HealthChecks.plan(spec.healthCheck(), spec.protocol());
        if (own != null) {
            return new Action.Forward(own.group(), null, scheduler, healthCheck);
        }
        DocumentId pool = DocumentId.pool(loadBalancer.namespace(), loadBalancer.name());
        return new Action.Forward(pool, backendPort(spec.backendPort()), scheduler, healthCheck);
    }

    private List<RulePlan> rules() {
        List<RulePlan> rules = new ArrayList<>();
        for (int i = 0; i < references.rules().size(); i++) {
            Rule rule = spec.rules().get(i);
            RuleMatch match = RuleMatch.of(rule);
            rules.add(new RulePlan(
                    rule.name(),
                    match.host(),
                    match.path(),
                    action(rule, references.rules().get(i))));
        }
        return rules;
    }

    /** What a rule does not say is the listener's. */
    private Action action(Rule rule, References.Target target) {
        return target.usable()
                ? new Action.Forward(
                        target.group(),
                        null,
                        scheduler(or(rule.scheduler(), spec.scheduler())),
                        HealthChecks.plan(or(rule.healthCheck(), spec.healthCheck()), spec.protocol()))
                : new Action.Unavailable(target.reason().name());
    }

    private HttpPlan http() {
        HttpOptions usual = HttpOptions.DEFAULT;
        HttpOptions http = or(spec.http(), usual);
        return new HttpPlan(
                or(http.maxRequestsPerConnection(), usual.maxRequestsPerConnection()),
                or(http.maxHeaderBytes(), usual.maxHeaderBytes()),
                or(http.maxUriBytes(), usual.maxUriBytes()),
                forwarded(or(http.forwarded(), Forwarded.DEFAULT)));
    }

    private ForwardedPlan forwarded(Forwarded forwarded) {
        Forwarded usual = Forwarded.DEFAULT;
        boolean slbId = or(forwarded.slbId(), usual.slbId());
        return new ForwardedPlan(
                switch (or(forwarded.xForwardedFor(), usual.xForwardedFor())) {
                    case Append -> ForwardedPlan.XForwardedFor.APPEND;
                    case Replace -> ForwardedPlan.XForwardedFor.REPLACE;
                    case None -> ForwardedPlan.XForwardedFor.NONE;
                    case Unknown -> throw unchecked();
                },
                forwarded.trustedCidrs().stream()
                        .map(cidr -> Cidr.parse(cidr).orElseThrow(ListenerPlans::unchecked))
                        .sorted()
                        .distinct()
                        .map(Cidr::toString)
                        .toList(),
                or(forwarded.xForwardedProto(), usual.xForwardedProto()),
                or(forwarded.xForwardedPort(), usual.xForwardedPort()),
                or(forwarded.clientPort(), usual.clientPort()),
                slbId ? loadBalancer.namespace() + "/" + loadBalancer.name() : null,
                or(forwarded.slbIp(), usual.slbIp()));
    }

    private static TimeoutsPlan timeouts(Timeouts given, int idleSeconds) {
        Timeouts usual = Timeouts.DEFAULT;
        Timeouts timeouts = or(given, usual);
        return new TimeoutsPlan(
                millis(or(timeouts.idleSeconds(), idleSeconds)),
                millis(or(timeouts.connectSeconds(), usual.connectSeconds())),
                millis(or(timeouts.requestSeconds(), usual.requestSeconds())),
                millis(or(timeouts.webSocketIdleSeconds(), usual.webSocketIdleSeconds())));
    }

    /** Asked for explicitly it also covers the connections of a failed master. */
    private static DrainPlan drain(ConnectionDrain given) {
        ConnectionDrain usual = ConnectionDrain.DEFAULT;
        ConnectionDrain drain = or(given, usual);
        int seconds = or(drain.enabled(), usual.enabled()) ? or(drain.timeoutSeconds(), usual.timeoutSeconds()) : 0;
        return new DrainPlan(millis(seconds), given != null);
    }

    private static BackendPort backendPort(IntOrString port) {
        return port.getStrVal() == null ? BackendPort.of(port.getIntVal()) : BackendPort.of(port.getStrVal());
    }

    private static SchedulerType scheduler(Scheduler scheduler) {
        return SchedulerType.valueOf(or(scheduler, Scheduler.WRR).name());
    }

    private static long millis(int seconds) {
        return Duration.ofSeconds(seconds).toMillis();
    }

    private static <T> T or(T value, T otherwise) {
        return value == null ? otherwise : value;
    }

    private static IllegalStateException unchecked() {
        return new IllegalStateException("a plan is only made of what the checks let pass");
    }
}
