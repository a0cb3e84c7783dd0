package dev.slb.translate;

import dev.slb.api.BackendProtocol;
import dev.slb.api.ListenerSpec;
import dev.slb.api.Protocol;
import dev.slb.api.ProxyProtocol;
import dev.slb.api.ProxyProtocolVersion;
import dev.slb.plan.ProxyProtocolPlan;

import java.util.List;

import static dev.slb.translate.Fields.or;

/** The PROXY protocol towards clients and servers. */
final class ProxyProtocols {

    private ProxyProtocols() {}

    static void check(ListenerSpec spec, FieldProblems problems) {
        ProxyProtocol proxy = spec.proxyProtocol();
        if (proxy == null) {
            return;
        }
        boolean accept = Boolean.TRUE.equals(proxy.accept());
        problems.known(proxy.send(), "spec.proxyProtocol.send");
        Networks.check(proxy.trustedCidrs(), "spec.proxyProtocol.trustedCidrs", problems);
        problems.require(
                !accept || !proxy.trustedCidrs().isEmpty(), "spec.proxyProtocol.trustedCidrs", "is needed with accept");
        problems.require(
                proxy.send() == null
                        || proxy.send() == ProxyProtocolVersion.None
                        || spec.backendProtocol() != BackendProtocol.H2C
                                && spec.backendProtocol() != BackendProtocol.GRPC,
                "spec.proxyProtocol.send",
                "does not go with servers of HTTP/2, whose connections are shared by clients");
        if (spec.protocol() == Protocol.UDP) {
            problems.require(!accept, "spec.proxyProtocol.accept", "does not go with protocol UDP");
            problems.require(
                    proxy.send() != ProxyProtocolVersion.V1,
                    "spec.proxyProtocol.send",
                    "must be None or V2 with protocol UDP");
        }
    }

    /** @return null when headers are neither accepted nor sent */
    static ProxyProtocolPlan plan(ProxyProtocol spec) {
        ProxyProtocol usual = ProxyProtocol.DEFAULT;
        ProxyProtocol proxy = or(spec, usual);
        boolean accept = or(proxy.accept(), usual.accept());
        ProxyProtocolPlan.Version send = switch (or(proxy.send(), usual.send())) {
            case None -> ProxyProtocolPlan.Version.NONE;
            case V1 -> ProxyProtocolPlan.Version.V1;
            case V2 -> ProxyProtocolPlan.Version.V2;
            case Unknown -> throw Fields.unchecked();
        };
        return accept || send != ProxyProtocolPlan.Version.NONE
                ? new ProxyProtocolPlan(accept, accept ? Networks.plan(proxy.trustedCidrs()) : List.of(), send)
                : null;
    }
}
