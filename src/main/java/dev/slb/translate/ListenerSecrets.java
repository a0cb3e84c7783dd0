package dev.slb.translate;

import dev.slb.api.BackendTlsSpec;
import dev.slb.api.ListenerSpec;
import dev.slb.api.ObjectRef;
import dev.slb.api.Protocol;
import dev.slb.api.SniCertificate;
import dev.slb.api.TlsSpec;
import dev.slb.certificate.AuthorityFacts;
import dev.slb.certificate.KeyPairFacts;
import dev.slb.certificate.StapleFacts;
import dev.slb.certificate.Validity;
import dev.slb.plan.TlsPlan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The certificates and keys that one listener refers to, and what of it can't be used: then it is {@link #broken}, so the listener
 * as a whole waits, or goes on with what it has ({@link Outcome.KeepLast}), since it can't serve with less security than it asks
 * for. Incomplete references are left out.
 */
final class ListenerSecrets {

    private final String namespace;
    private final Snapshot snapshot;
    private final List<References.Target> broken = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private TlsPlan.Certificate certificate;
    private final List<TlsPlan.Sni> sni = new ArrayList<>();
    private String clientAuthority;
    private String serverAuthority;

    ListenerSecrets(String namespace, ListenerSpec spec, Snapshot snapshot) {
        this.namespace = namespace;
        this.snapshot = snapshot;
        if (spec.redirect() != null) {
            return;
        }
        if (spec.protocol() == Protocol.HTTPS && spec.tls() != null) {
            read(spec.tls());
        }
        BackendTlsSpec backend = spec.backendTls();
        if (backend != null && Backends.speaksTls(spec.backendProtocol())) {
            serverAuthority = authority(backend.caRef(), "spec.backendTls.caRef");
        }
    }

    private void read(TlsSpec tls) {
        certificate = certificate(tls.certificateRef(), "spec.tls.certificateRef");
        for (int i = 0; i < tls.sni().size(); i++) {
            SniCertificate each = tls.sni().get(i);
            TlsPlan.Certificate its = certificate(
                    each.certificateRef(), FieldProblems.entry("spec.tls.sni", i, each.host()) + ".certificateRef");
            if (its != null && each.host() != null) {
                sni.add(new TlsPlan.Sni(Names.lowerCase(each.host()), its));
            }
        }
        sni.sort(Comparator.comparing(TlsPlan.Sni::host));
        clientAuthority = authority(tls.clientCARef(), "spec.tls.clientCARef");
    }

    /** What can't be used, in the order of the fields. */
    List<References.Target> broken() {
        return broken;
    }

    /** What is not as asked for, though the listener is served; in the order of the fields. */
    List<String> notes() {
        return notes;
    }

    /** Null when there is none that can be used. */
    TlsPlan.Certificate certificate() {
        return certificate;
    }

    /** Sorted by host. */
    List<TlsPlan.Sni> sni() {
        return sni;
    }

    /** Null when none is named, or none can be used. */
    String clientAuthority() {
        return clientAuthority;
    }

    /** Null when none is named, or none can be used. */
    String serverAuthority() {
        return serverAuthority;
    }

    private TlsPlan.Certificate certificate(ObjectRef ref, String path) {
        if (ref == null || ref.name() == null) {
            return null;
        }
        String described = Subject.describe("Secret", namespace, ref.name());
        Optional<SecretFacts> secret = snapshot.secret(namespace, ref.name());
        if (secret.isEmpty()) {
            broken(ConditionReason.SecretNotFound, path, described + " does not exist");
            return null;
        }
        String type = secret.get().type();
        if (!SecretFacts.TLS_TYPE.equals(type)) {
            broken(
                    ConditionReason.InvalidCertificate,
                    path,
                    described + " is of type " + (type == null ? "Opaque" : type) + ", not " + SecretFacts.TLS_TYPE);
            return null;
        }
        KeyPairFacts pair = secret.get().keyPair();
        String problem = pair.problem() == null ? outOfTime("tls.crt", pair.validity()) : pair.problem();
        if (problem != null) {
            broken(ConditionReason.InvalidCertificate, path, described + ": " + problem);
            return null;
        }
        String at = path + ": " + described;
        if (pair.note() != null) {
            notes.add(at + ": " + pair.note());
        }
        return new TlsPlan.Certificate(
                pair.chain(), pair.key(), staple(secret.get().staple(), at));
    }

    /** A certificate without its staple is still a good one: clients ask the authority themselves, if they ask at all. */
    private TlsPlan.Staple staple(StapleFacts staple, String at) {
        if (staple == null) {
            return null;
        }
        String problem = staple.problem() == null
                ? outOfTime(SecretFacts.STAPLE, staple.validity())
                : SecretFacts.STAPLE + " " + staple.problem();
        if (problem != null) {
            notes.add(at + ": " + problem + ", so it is not stapled");
            return null;
        }
        return new TlsPlan.Staple(
                staple.response(),
                staple.validity().from().toEpochMilli(),
                staple.validity().until().toEpochMilli());
    }

    /** Of a ConfigMap and a Secret of that name, the ConfigMap counts if it has what is asked for. */
    private String authority(ObjectRef ref, String path) {
        if (ref == null || ref.name() == null) {
            return null;
        }
        Optional<AuthorityFacts> ofConfigMap =
                snapshot.configMap(namespace, ref.name()).map(ConfigMapFacts::authority);
        Optional<AuthorityFacts> ofSecret =
                snapshot.secret(namespace, ref.name()).map(SecretFacts::authority);
        boolean configMap = ofConfigMap.isPresent()
                && (ofSecret.isEmpty()
                        || ofConfigMap.get().problem() == null
                        || ofSecret.get().problem() != null);
        Optional<AuthorityFacts> authority = configMap ? ofConfigMap : ofSecret;
        if (authority.isEmpty()) {
            broken(
                    ConditionReason.SecretNotFound,
                    path,
                    "neither ConfigMap nor Secret " + namespace + "/" + ref.name() + " exists");
            return null;
        }
        String problem = authority.get().problem() == null
                ? outOfTime("", authority.get().validity())
                : authority.get().problem();
        if (problem != null) {
            String described = Subject.describe(configMap ? "ConfigMap" : "Secret", namespace, ref.name());
            broken(ConditionReason.InvalidCertificate, path, described + ": ca.crt " + problem.strip());
            return null;
        }
        return authority.get().pem();
    }

    /** Null when the certificate counts as of now. */
    private String outOfTime(String field, Validity validity) {
        if (validity.contains(snapshot.certificatesAsOf())) {
            return null;
        }
        return field
                + (validity.isOver(snapshot.certificatesAsOf())
                        ? " expired at " + validity.until()
                        : " is not valid before " + validity.from());
    }

    private void broken(ConditionReason reason, String path, String message) {
        broken.add(new References.Target(null, reason, path + ": " + message));
    }
}
