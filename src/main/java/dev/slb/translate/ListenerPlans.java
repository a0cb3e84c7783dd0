package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.ListenerSpec;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.plan.RoutingPlan;

import java.util.List;

/**
 * Writes the plan of a listener that was accepted, each record of it by the class of its feature, with the defaults of what it
 * leaves out.
 */
final class ListenerPlans {

    private final DocumentId id;
    private final DocumentId loadBalancer;
    private final ListenerSpec spec;
    private final References references;
    private final int bindPort;

    private ListenerPlans(Listener listener, References references, int bindPort) {
        String namespace = listener.getMetadata().getNamespace();
        this.id = DocumentId.listener(namespace, listener.getMetadata().getName());
        this.spec = listener.getSpec();
        this.loadBalancer =
                DocumentId.loadBalancer(namespace, spec.loadBalancerRef().name());
        this.references = references;
        this.bindPort = bindPort;
    }

    static ListenerPlan plan(Listener listener, References references, int bindPort) {
        ListenerPlans plans = new ListenerPlans(listener, references, bindPort);
        return plans.spec.redirect() == null ? plans.forwarding() : plans.redirect();
    }

    /** Nothing but what it takes to answer: all other settings are ignored. */
    private ListenerPlan redirect() {
        return new ListenerPlan(
                id,
                loadBalancer,
                Listening.plan(spec, bindPort, null),
                new RoutingPlan(
                        Routing.plan(spec, references.own(), loadBalancer, new Forwarding(spec, null, null)),
                        List.of()),
                TimeLimits.plan(null, spec.protocol()),
                Draining.plan(null),
                HttpFeatures.plan(null, spec.protocol(), loadBalancer));
    }

    private ListenerPlan forwarding() {
        boolean layer7 = spec.protocol().isLayer7();
        ListenerSecrets secrets = references.secrets();
        BackendPlan backend = layer7 ? Backends.plan(spec, secrets.serverAuthority()) : null;
        ProxyProtocolPlan proxyProtocol = ProxyProtocols.plan(spec.proxyProtocol());
        Forwarding forwarding = new Forwarding(spec, backend, proxyProtocol);
        return new ListenerPlan(
                id,
                loadBalancer,
                Listening.plan(spec, bindPort, TlsTermination.plan(spec, secrets)),
                new RoutingPlan(
                        Routing.plan(spec, references.own(), loadBalancer, forwarding),
                        Rules.plan(spec.rules(), references.rules(), forwarding)),
                TimeLimits.plan(spec.timeouts(), spec.protocol()),
                Draining.plan(spec.connectionDrain()),
                layer7 ? HttpFeatures.plan(spec.http(), spec.protocol(), loadBalancer) : null,
                backend,
                AccessControls.plan(spec.accessControl()),
                Limits.plan(spec),
                proxyProtocol,
                AccessLogging.plan(spec.accessLog()));
    }
}
