package dev.slb.kind;

import java.util.Comparator;
import java.util.Objects;

/**
 * Which object it is, written {@code kind/namespace/name}, for instance {@code listener/shop/web}; the text never changes, since
 * keys are derived from it. Sorted in the order in which objects are translated, see {@link ObjectKind}.
 */
public record ObjectId(ObjectKind<?, ?> kind, String namespace, String name) implements Comparable<ObjectId> {

    private static final Comparator<ObjectId> ORDER = Comparator.<ObjectId, ObjectKind<?, ?>>comparing(
                    ObjectId::kind, Comparator.naturalOrder())
            .thenComparing(ObjectId::namespace)
            .thenComparing(ObjectId::name);

    public ObjectId {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(namespace, "namespace");
        Objects.requireNonNull(name, "name");
    }

    @Override
    public int compareTo(ObjectId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return kind + "/" + namespace + "/" + name;
    }
}
