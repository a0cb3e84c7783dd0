package dev.slb.translate;

import dev.slb.api.Listener;
import dev.slb.api.ListenerSpec;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.ProxyProtocolPlan;

import java.util.List;

/** Writes the plan of a listener that was accepted, one class for each feature, with the defaults of what it leaves out. */
final class ListenerPlans {

    private ListenerPlans() {}

    static ListenerPlan plan(Listener listener, References references, int bindPort) {
        String namespace = listener.getMetadata().getNamespace();
        ListenerSpec spec = listener.getSpec();
        DocumentId id = DocumentId.listener(namespace, listener.getMetadata().getName());
        DocumentId loadBalancer =
                DocumentId.loadBalancer(namespace, spec.loadBalancerRef().name());
        return spec.redirect() == null
                ? forwarding(id, loadBalancer, spec, references, bindPort)
                : redirect(id, loadBalancer, spec, references, bindPort);
    }

    /** Nothing but what it takes to answer: all other settings are ignored. */
    private static ListenerPlan redirect(
            DocumentId id, DocumentId loadBalancer, ListenerSpec spec, References references, int bindPort) {
        return new ListenerPlan(
                id,
                loadBalancer,
                ListenerProtocol.HTTP,
                spec.port(),
                bindPort,
                Routing.plan(spec, references.own(), loadBalancer, new Forwarding(spec, null, null)),
                List.of(),
                TimeLimits.plan(null, spec.protocol()),
                Draining.plan(null),
                HttpFeatures.plan(null, spec.protocol(), loadBalancer));
    }

    private static ListenerPlan forwarding(
            DocumentId id, DocumentId loadBalancer, ListenerSpec spec, References references, int bindPort) {
        boolean layer7 = spec.protocol().isLayer7();
        BackendPlan backend = layer7 ? Backends.plan(spec, references.secrets().serverAuthority()) : null;
        ProxyProtocolPlan proxyProtocol = ProxyProtocols.plan(spec.proxyProtocol());
        Forwarding forwarding = new Forwarding(spec, backend, proxyProtocol);
        return new ListenerPlan(
                id,
                loadBalancer,
                ListenerProtocol.valueOf(spec.protocol().name()),
                spec.port(),
                bindPort,
                Routing.plan(spec, references.own(), loadBalancer, forwarding),
                Rules.plan(spec.rules(), references.rules(), forwarding),
                TimeLimits.plan(spec.timeouts(), spec.protocol()),
                Draining.plan(spec.connectionDrain()),
                layer7 ? HttpFeatures.plan(spec.http(), spec.protocol(), loadBalancer) : null,
                TlsTermination.plan(spec, references.secrets()),
                backend,
                AccessControls.plan(spec.accessControl()),
                proxyProtocol,
                spec.maxConnections(),
                Limits.bandwidthBitsPerSecond(spec),
                AccessLogging.plan(spec.accessLog()));
    }
}
