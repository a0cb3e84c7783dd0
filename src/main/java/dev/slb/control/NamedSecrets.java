package dev.slb.control;

import dev.slb.api.BackendTls;
import dev.slb.api.Listener;
import dev.slb.api.ListenerSpec;
import dev.slb.api.ObjectRef;
import dev.slb.api.SniCertificate;
import dev.slb.api.TlsSpec;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The Secrets and ConfigMaps of its namespace that an object names, whether or not it uses them at present.
 *
 * @param secrets names that may be those of Secrets
 * @param configMaps those of them that may be ConfigMaps as well: which of the two is not said
 */
public record NamedSecrets(SortedSet<String> secrets, SortedSet<String> configMaps) {

    public NamedSecrets {
        secrets = Collections.unmodifiableSortedSet(new TreeSet<>(secrets));
        configMaps = Collections.unmodifiableSortedSet(new TreeSet<>(configMaps));
    }

    /** Of objects other than Listeners: none. */
    public static NamedSecrets of(HasMetadata object) {
        ListenerSpec spec = object instanceof Listener listener ? listener.getSpec() : null;
        List<ObjectRef> certificates = new ArrayList<>();
        List<ObjectRef> authorities = new ArrayList<>();
        TlsSpec tls = spec == null ? null : spec.tls();
        if (tls != null) {
            certificates.add(tls.certificateRef());
            tls.sni().stream().map(SniCertificate::certificateRef).forEach(certificates::add);
            authorities.add(tls.clientCARef());
        }
        BackendTls backend = spec == null ? null : spec.backendTls();
        if (backend != null) {
            authorities.add(backend.caRef());
        }
        SortedSet<String> configMaps = names(authorities);
        SortedSet<String> secrets = names(certificates);
        secrets.addAll(configMaps);
        return new NamedSecrets(secrets, configMaps);
    }

    private static SortedSet<String> names(List<ObjectRef> refs) {
        SortedSet<String> names = new TreeSet<>();
        refs.stream()
                .filter(ref -> ref != null && ref.name() != null && !ref.name().isEmpty())
                .forEach(ref -> names.add(ref.name()));
        return names;
    }
}
