package dev.slb.translate;

import dev.slb.api.ListenerSpec;
import dev.slb.api.Protocol;
import dev.slb.plan.FrontendPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.TlsPlan;

import java.util.Set;

/** Whose listener it is, and what it speaks on which port. */
final class Listening {

    /** They carry tunnels (classic SLB). */
    private static final Set<Integer> RESERVED_UDP_PORTS = Set.of(250, 4789, 4790);

    private Listening() {}

    static void check(ListenerSpec spec, FieldProblems problems) {
        problems.present(
                spec.loadBalancerRef() == null ? null : spec.loadBalancerRef().name(), "spec.loadBalancerRef.name");
        problems.present(spec.protocol(), "spec.protocol");
        problems.known(spec.protocol(), "spec.protocol");
        problems.present(spec.port(), "spec.port");
        problems.range(spec.port(), 1, 65535, "spec.port");
        problems.require(
                spec.protocol() != Protocol.UDP || spec.port() == null || !RESERVED_UDP_PORTS.contains(spec.port()),
                "spec.port",
                spec.port() + " is reserved on UDP, as 250, 4789 and 4790 are");
        problems.known(spec.state(), "spec.state");
    }

    static FrontendPlan plan(ListenerSpec spec, int bindPort, TlsPlan tls) {
        return new FrontendPlan(ListenerProtocol.valueOf(spec.protocol().name()), spec.port(), bindPort, tls);
    }

    /** @param protocol null where it is missing */
    static boolean isLayer7(Protocol protocol) {
        return protocol != null && protocol.isLayer7();
    }
}
