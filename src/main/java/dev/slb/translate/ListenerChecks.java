package dev.slb.translate;

import dev.slb.api.BackendProtocol;
import dev.slb.api.ListenerSpec;
import dev.slb.api.Protocol;

import java.util.List;

/**
 * Checks of one listener by itself, each by the class of its feature. The API server has checked most of it, but not for every
 * object: one may have been written by a newer version, before a rule was added, or past the API server.
 */
final class ListenerChecks {

    private ListenerChecks() {}

    /** Each problem as {@code field.path: what is wrong}; quotas aside. */
    static List<String> of(ListenerSpec spec) {
        FieldProblems problems = new FieldProblems();
        boolean layer7 = Listening.isLayer7(spec.protocol());
        Listening.check(spec, problems);
        Routing.check(spec, problems);
        if (spec.redirect() == null) {
            Backends.check(spec, problems);
            Forwarding.check(
                    spec.scheduler(), spec.healthCheck(), spec.sessionPersistence(), spec.protocol(), "spec", problems);
            TlsTermination.check(spec, problems);
            Rules.check(spec, problems);
            Limits.check(spec, problems);
            AccessControls.check(spec.accessControl(), problems);
            ProxyProtocols.check(spec, problems);
            AccessLogging.check(spec.accessLog(), problems);
        }
        layers(spec, layer7, problems);
        TimeLimits.check(spec.timeouts(), spec.protocol(), problems);
        Draining.check(spec.connectionDrain(), problems);
        HttpFeatures.check(spec.http(), problems);
        return problems.list();
    }

    /** Which feature goes with which protocol. */
    private static void layers(ListenerSpec spec, boolean layer7, FieldProblems problems) {
        problems.require(
                spec.redirect() == null || spec.protocol() == Protocol.HTTP,
                "spec.redirect",
                "belongs to protocol HTTP");
        problems.require(layer7 || spec.rules().isEmpty(), "spec.rules", "belong to layer 7");
        problems.require(
                layer7 || spec.backendProtocol() == null || spec.backendProtocol() == BackendProtocol.HTTP,
                "spec.backendProtocol",
                "belongs to layer 7");
        problems.require(layer7 || spec.http() == null, "spec.http", "belongs to layer 7");
    }

    /** What there is too much of. */
    static List<String> overQuota(ListenerSpec spec, Quotas quotas) {
        FieldProblems problems = new FieldProblems();
        Rules.quota(spec.rules(), quotas, problems);
        AccessControls.quota(spec.accessControl(), quotas, problems);
        TlsTermination.quota(spec.tls(), quotas, problems);
        return problems.list();
    }
}
