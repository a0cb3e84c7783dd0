package dev.slb.control.world;

import java.util.Comparator;

/** Of a pod, a Secret or a ConfigMap. */
record NamespacedName(String namespace, String name) implements Comparable<NamespacedName> {

    private static final Comparator<NamespacedName> ORDER =
            Comparator.comparing(NamespacedName::namespace).thenComparing(NamespacedName::name);

    @Override
    public int compareTo(NamespacedName other) {
        return ORDER.compare(this, other);
    }
}
