package dev.slb.translate;

import dev.slb.api.ListenerSpec;
import dev.slb.api.Protocol;
import dev.slb.api.SniCertificate;
import dev.slb.api.TlsSpec;
import dev.slb.plan.TlsPlan;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * TLS towards clients: which certificate for which host, client certificates, versions and suites. Whether what is named is there
 * and can be used, {@link ListenerSecrets} says.
 */
final class TlsTermination {

    private TlsTermination() {}

    static void check(ListenerSpec spec, FieldProblems problems) {
        TlsSpec tls = spec.tls();
        boolean https = spec.protocol() == Protocol.HTTPS;
        problems.require(https || tls == null, "spec.tls", "belongs to protocol HTTPS");
        problems.require(!https || tls != null, "spec.tls", "is needed with protocol HTTPS");
        if (tls == null) {
            return;
        }
        problems.present(
                tls.certificateRef() == null ? null : tls.certificateRef().name(), "spec.tls.certificateRef.name");
        sni(tls.sni(), problems);
        if (tls.clientCARef() != null) {
            problems.present(tls.clientCARef().name(), "spec.tls.clientCARef.name");
        }
        TlsParameters.check(tls, problems);
    }

    private static void sni(List<SniCertificate> sni, FieldProblems problems) {
        Set<String> hosts = new HashSet<>();
        for (int i = 0; i < sni.size(); i++) {
            SniCertificate each = sni.get(i);
            String path = FieldProblems.entry("spec.tls.sni", i, each.host());
            problems.present(each.host(), path + ".host");
            if (each.host() != null) {
                String host = Names.lowerCase(each.host());
                problems.require(Names.isHostPattern(host), path + ".host", "must be a host name or *.suffix");
                problems.require(hosts.add(host), path + ".host", "is there twice");
            }
            problems.present(
                    each.certificateRef() == null ? null : each.certificateRef().name(), path + ".certificateRef.name");
        }
    }

    static void quota(TlsSpec spec, Quotas quotas, FieldProblems problems) {
        if (spec != null) {
            problems.atMost(quotas.sniCertificates(), spec.sni().size(), "SNI certificates", "spec.tls.sni");
        }
    }

    /** @return null without HTTPS */
    static TlsPlan plan(ListenerSpec spec, ListenerSecrets secrets) {
        if (spec.protocol() != Protocol.HTTPS) {
            return null;
        }
        TlsParameters parameters = TlsParameters.of(spec.tls());
        return new TlsPlan(
                secrets.certificate(),
                secrets.sni(),
                secrets.clientAuthority(),
                parameters.versions(),
                parameters.suites());
    }
}
