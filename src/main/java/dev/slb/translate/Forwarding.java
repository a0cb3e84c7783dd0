package dev.slb.translate;

import dev.slb.api.HealthCheckSpec;
import dev.slb.api.ListenerSpec;
import dev.slb.api.Protocol;
import dev.slb.api.Rule;
import dev.slb.api.Scheduler;
import dev.slb.api.SessionPersistence;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.BackendPort;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ProxyProtocolPlan;

import static dev.slb.translate.Fields.or;

/**
 * How a listener and its rules forward to a group: scheduler, health check, session persistence. What a rule does not say is
 * the listener's.
 *
 * @param spec of the listener
 * @param backend what servers, and probes with them, are spoken to in; null: HTTP/1.1 in clear text, and on layer 4
 * @param proxyProtocol null: servers get no header
 */
record Forwarding(ListenerSpec spec, BackendPlan backend, ProxyProtocolPlan proxyProtocol) {

    /** @param path of the listener or rule */
    static void check(
            Scheduler scheduler,
            HealthCheckSpec healthCheck,
            SessionPersistence persistence,
            Protocol protocol,
            String path,
            FieldProblems problems) {
        Scheduling.check(scheduler, protocol, path + ".scheduler", problems);
        HealthChecks.check(healthCheck, protocol, path + ".healthCheck", problems);
        Persistence.check(persistence, Listening.isLayer7(protocol), path + ".sessionPersistence", problems);
    }

    /** @param port of the servers of a default pool; null: theirs */
    Action.Forward plan(DocumentId group, BackendPort port) {
        return plan(group, port, spec.scheduler(), spec.healthCheck(), spec.sessionPersistence());
    }

    Action.Forward plan(DocumentId group, Rule rule) {
        return plan(
                group,
                null,
                or(rule.scheduler(), spec.scheduler()),
                or(rule.healthCheck(), spec.healthCheck()),
                or(rule.sessionPersistence(), spec.sessionPersistence()));
    }

    private Action.Forward plan(
            DocumentId group,
            BackendPort port,
            Scheduler scheduler,
            HealthCheckSpec healthCheck,
            SessionPersistence persistence) {
        return new Action.Forward(
                group,
                port,
                Scheduling.plan(scheduler),
                HealthChecks.plan(healthCheck, spec.protocol(), backend, proxyProtocol),
                Persistence.plan(persistence),
                // Who is the active one of a master-slave group, only its check says.
                group.kind().hasRoles() ? null : HealthChecks.passive(healthCheck));
    }

    /** What a forwarder did before it goes on with; what that is, is not for translation to know. */
    static Action keep(References.Target broken) {
        return new Action.Keep(new Action.Unavailable(broken.reason().name()));
    }
}
