package dev.slb.kind;

import dev.slb.api.ApiObject;
import dev.slb.api.ApiStatus;
import dev.slb.api.ObjectRef;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import dev.slb.translate.Snapshot;
import dev.slb.translate.Translation;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * One kind of objects that are translated. Whoever deals with objects of all kinds asks here, and knows none of them. Kinds are
 * sorted by the order in which forwarders get their documents, so that what is named comes before those who name it.
 *
 * @param <T> its objects
 * @param <M> what they mean
 */
public abstract class ObjectKind<T extends ApiObject<?, ?>, M extends Translation>
        implements Comparable<ObjectKind<?, ?>> {

    private static final Comparator<ObjectKind<?, ?>> ORDER = Comparator.<ObjectKind<?, ?>, DocumentKind>comparing(
                    kind -> kind.documents.get(0))
            .thenComparing(ObjectKind::name);

    private final Class<T> type;
    private final Class<M> meaning;
    private final String name;
    private final Share share;
    private final List<DocumentKind> documents;

    /** @param documents that each object has under its own name, whatever it says; at least one, others may come by translation */
    protected ObjectKind(Class<T> type, Class<M> meaning, Share share, DocumentKind... documents) {
        if (documents.length == 0) {
            throw new IllegalArgumentException("a kind without documents is none of forwarders");
        }
        this.type = type;
        this.meaning = meaning;
        this.name = HasMetadata.getKind(type);
        this.share = share;
        this.documents = List.of(documents);
    }

    public final Class<T> type() {
        return type;
    }

    /** As in manifests: {@code Listener}. */
    public final String name() {
        return name;
    }

    public final Share share() {
        return share;
    }

    public final ObjectId id(String namespace, String name) {
        return new ObjectId(this, namespace, name);
    }

    public final ObjectId id(T object) {
        return id(object.getMetadata().getNamespace(), object.getMetadata().getName());
    }

    /** The object as one of this kind, empty when it is of another. */
    public final Optional<T> of(HasMetadata object) {
        return type.isInstance(object) ? Optional.of(type.cast(object)) : Optional.empty();
    }

    /** What an object of this kind means, empty when it is what one of another kind means. */
    public final Optional<M> of(Translation translation) {
        return meaning.isInstance(translation) ? Optional.of(meaning.cast(translation)) : Optional.empty();
    }

    /** The documents that an object has though it could never be translated. */
    public final List<DocumentId> documents(ObjectId object) {
        return documents.stream()
                .map(document -> new DocumentId(document, object.namespace(), object.name()))
                .toList();
    }

    /** Anything may be missing in an object; what it should be is for translation to say. */
    public abstract Needs needs(T object);

    /**
     * What of the status is more than a report: decided once, recorded there and read back. Null for nothing; a status that
     * differs in nothing else is no change of the object.
     */
    public abstract Object recorded(T object);

    /**
     * What those who name the object, or are a part of it, see of it beside that it exists: when this stays equal, they mean the
     * same as before. Null for nothing.
     */
    public abstract Object outline(T object);

    /**
     * What it asks of its LoadBalancers that others can't have then: when this stays equal, they have the same as before. Null for
     * nothing, and for servers, whose places are counted one by one.
     */
    public abstract Object claim(T object);

    /** See {@link dev.slb.translate}. */
    public abstract M translate(T object, Snapshot snapshot);

    /**
     * A copy of an object with the status that it should have, which is equal to the present one when nothing happened.
     *
     * @param present as it is, which is left alone
     */
    public abstract T withStatus(T present, M translation, StatusFacts facts);

    /** A copy of an object with the status of another one. */
    public abstract T withStatusOf(T other, T object);

    /** Metadata and spec are shared: nobody changes them. */
    protected static <S, U extends ApiStatus, R extends ApiObject<S, U>> R copy(R from, R to, U status) {
        to.setMetadata(from.getMetadata());
        to.setSpec(from.getSpec());
        to.markUnreadable(from.unreadable());
        to.setStatus(status);
        return to;
    }

    /** The LoadBalancer that an object names; none where it does not say. */
    protected static Set<ObjectId> loadBalancer(HasMetadata object, ObjectRef ref) {
        return ref == null || ref.name() == null
                ? Set.of()
                : Set.of(Kinds.LOAD_BALANCER.id(object.getMetadata().getNamespace(), ref.name()));
    }

    @Override
    public final int compareTo(ObjectKind<?, ?> other) {
        return ORDER.compare(this, other);
    }

    /** As in ids: {@code listener}. */
    @Override
    public final String toString() {
        return name.toLowerCase(Locale.ROOT);
    }
}
