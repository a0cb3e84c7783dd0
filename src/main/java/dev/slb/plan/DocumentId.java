package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Comparator;
import java.util.Objects;

/**
 * The stable identity of a plan document, written {@code kind/namespace/name}, for instance
 * {@code listener/shop/web}. The default pool of a LoadBalancer bears the LoadBalancer's name:
 * {@code pool/shop/shop}.
 */
public record DocumentId(DocumentKind kind, String namespace, String name) implements Comparable<DocumentId> {

    private static final Comparator<DocumentId> ORDER = Comparator.comparing(DocumentId::kind)
            .thenComparing(DocumentId::namespace)
            .thenComparing(DocumentId::name);

    public DocumentId {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(namespace, "namespace");
        Objects.requireNonNull(name, "name");
    }

    /** @throws IllegalArgumentException when the text is not {@code kind/namespace/name} */
    @JsonCreator
    public static DocumentId parse(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length != 3 || parts[1].isEmpty() || parts[2].isEmpty()) {
            throw new IllegalArgumentException("not kind/namespace/name: " + text);
        }
        return new DocumentId(DocumentKind.of(parts[0]), parts[1], parts[2]);
    }

    public static DocumentId loadBalancer(String namespace, String name) {
        return new DocumentId(DocumentKind.LOAD_BALANCER, namespace, name);
    }

    public static DocumentId listener(String namespace, String name) {
        return new DocumentId(DocumentKind.LISTENER, namespace, name);
    }

    public static DocumentId pool(String namespace, String loadBalancer) {
        return new DocumentId(DocumentKind.POOL, namespace, loadBalancer);
    }

    public static DocumentId vServerGroup(String namespace, String name) {
        return new DocumentId(DocumentKind.V_SERVER_GROUP, namespace, name);
    }

    public static DocumentId masterSlaveGroup(String namespace, String name) {
        return new DocumentId(DocumentKind.MASTER_SLAVE_GROUP, namespace, name);
    }

    @Override
    public int compareTo(DocumentId other) {
        return ORDER.compare(this, other);
    }

    @Override
    @JsonValue
    public String toString() {
        return kind.text() + "/" + namespace + "/" + name;
    }
}
