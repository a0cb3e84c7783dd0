package dev.slb.kind;

import dev.slb.api.ObjectRef;

import java.util.Collection;
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

    public static final NamedSecrets NONE =
            new NamedSecrets(Collections.emptySortedSet(), Collections.emptySortedSet());

    public NamedSecrets {
        secrets = Collections.unmodifiableSortedSet(new TreeSet<>(secrets));
        configMaps = Collections.unmodifiableSortedSet(new TreeSet<>(configMaps));
    }

    /**
     * References that are null, or lack a name, are left out.
     *
     * @param certificates with their keys, which are Secrets
     * @param authorities Secrets or ConfigMaps
     */
    static NamedSecrets of(List<ObjectRef> certificates, List<ObjectRef> authorities) {
        SortedSet<String> configMaps = names(authorities);
        SortedSet<String> secrets = names(certificates);
        secrets.addAll(configMaps);
        return new NamedSecrets(secrets, configMaps);
    }

    private static SortedSet<String> names(Collection<ObjectRef> refs) {
        SortedSet<String> names = new TreeSet<>();
        refs.stream()
                .filter(ref -> ref != null && ref.name() != null && !ref.name().isEmpty())
                .forEach(ref -> names.add(ref.name()));
        return names;
    }
}
