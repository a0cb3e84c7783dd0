package dev.slb.source;

import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the files say: every object that can be read, once, and every problem. Objects of the four kinds are valid by the
 * CRDs and carry the CRDs' defaults; objects of other kinds come as their fabric8 types. Objects of kinds that have
 * namespaces have one. Must not be changed.
 */
public final class ManifestSet {
    /** Nothing, without a problem. */
    public static final ManifestSet EMPTY = new ManifestSet(Map.of(), List.of());

    private final SortedMap<ObjectKey, Manifest> manifests;
    private final List<Problem> problems;

    ManifestSet(Map<ObjectKey, Manifest> manifests, List<Problem> problems) {
        this.manifests = Collections.unmodifiableSortedMap(new TreeMap<>(manifests));
        this.problems = List.copyOf(problems);
    }

    /** All objects, sorted by kind, namespace and name. */
    public List<HasMetadata> objects() {
        return manifests.values().stream().map(Manifest::object).toList();
    }

    /** The objects of one type, sorted by namespace and name. */
    public <T extends HasMetadata> List<T> objects(Class<T> type) {
        return manifests.values().stream()
                .map(Manifest::object)
                .filter(type::isInstance)
                .map(type::cast)
                .toList();
    }

    /** Where an object is written. */
    public Optional<Origin> origin(ObjectKey key) {
        return Optional.ofNullable(manifests.get(key)).map(Manifest::origin);
    }

    /** In the order of the files. */
    public List<Problem> problems() {
        return problems;
    }

    Optional<Manifest> manifest(ObjectKey key) {
        return Optional.ofNullable(manifests.get(key));
    }

    Collection<Manifest> manifests() {
        return manifests.values();
    }

    /** Whether the other has equal objects and problems. */
    @Override
    public boolean equals(Object other) {
        return other instanceof ManifestSet set && objects().equals(set.objects()) && problems.equals(set.problems);
    }

    @Override
    public int hashCode() {
        return manifests.keySet().hashCode();
    }

    @Override
    public String toString() {
        return manifests.keySet() + ", " + problems;
    }
}
