package dev.slb.translate;

import dev.slb.api.BackendProtocol;
import dev.slb.api.BackendTlsSpec;
import dev.slb.api.ListenerSpec;
import dev.slb.plan.BackendPlan;

import static dev.slb.translate.Fields.or;

/** What a layer-7 listener speaks with its servers. */
final class Backends {

    private Backends() {}

    static void check(ListenerSpec spec, FieldProblems problems) {
        problems.known(spec.backendProtocol(), "spec.backendProtocol");
        BackendTlsSpec tls = spec.backendTls();
        if (tls == null) {
            return;
        }
        problems.require(speaksTls(spec.backendProtocol()), "spec.backendTls", "needs backendProtocol HTTPS or GRPC");
        if (tls.caRef() != null) {
            problems.present(tls.caRef().name(), "spec.backendTls.caRef.name");
        }
        problems.require(
                tls.serverName() == null || Names.isHostName(Names.lowerCase(tls.serverName())),
                "spec.backendTls.serverName",
                "must be a host name, is " + tls.serverName());
    }

    static boolean speaksTls(BackendProtocol protocol) {
        return protocol == BackendProtocol.HTTPS || protocol == BackendProtocol.GRPC;
    }

    /**
     * @param authority that signs the certificates of servers; null: they are not verified
     * @return null for HTTP/1.1 in clear text, which goes without saying
     */
    static BackendPlan plan(ListenerSpec spec, String authority) {
        BackendTlsSpec tls = spec.backendTls();
        String serverName = tls == null || tls.serverName() == null ? null : Names.lowerCase(tls.serverName());
        return switch (or(spec.backendProtocol(), BackendProtocol.HTTP)) {
            case HTTP -> null;
            case HTTPS -> new BackendPlan(BackendPlan.Protocol.HTTPS, new BackendPlan.Tls(authority, serverName));
            case H2C -> new BackendPlan(BackendPlan.Protocol.H2C, null);
            case GRPC ->
                new BackendPlan(
                        BackendPlan.Protocol.GRPC, tls == null ? null : new BackendPlan.Tls(authority, serverName));
            case Unknown -> throw Fields.unchecked();
        };
    }
}
