package dev.slb.control;

import dev.slb.kind.ObjectId;
import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import dev.slb.translate.Outcome;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Which documents each object has, and whose each document is: what an object made before and makes no longer is withdrawn from
 * the store. Thread-safe, as long as an object is not filed in two ways at a time.
 */
final class FiledDocuments {

    private final PlanStore store;
    /** Those included that are to be withdrawn, since the object still has a word about them. */
    private final Map<ObjectId, Set<DocumentId>> documents = new ConcurrentHashMap<>();

    private final Map<DocumentId, ObjectId> makers = new ConcurrentHashMap<>();

    FiledDocuments(PlanStore store) {
        this.store = store;
    }

    /** @param outcomes all that the object makes; none when it is gone */
    void file(ObjectId object, Collection<? extends Outcome<? extends PlanDocument>> outcomes) {
        outcomes.forEach(this::file);
        makes(object, outcomes.stream().map(Outcome::id).collect(Collectors.toUnmodifiableSet()));
    }

    private void file(Outcome<? extends PlanDocument> outcome) {
        if (outcome instanceof Outcome.Publish<? extends PlanDocument> publish) {
            store.publish(publish.plan());
        } else if (outcome instanceof Outcome.KeepLast<?> keep) {
            store.keep(keep.id(), keep.loadBalancer());
        } else {
            store.withdraw(outcome.id());
        }
    }

    /**
     * What the object makes can't be found out now. All that it made before stays, or would have if it had ever been translated.
     *
     * @param loadBalancer that the object says it is a part of, or null
     */
    void keep(ObjectId object, DocumentId loadBalancer) {
        Set<DocumentId> known =
                documents.getOrDefault(object, Set.copyOf(object.kind().documents(object)));
        known.forEach(id -> store.keep(id, loadBalancer));
        makes(object, known);
    }

    private void makes(ObjectId object, Set<DocumentId> now) {
        Set<DocumentId> before = now.isEmpty() ? documents.remove(object) : documents.put(object, now);
        now.forEach(id -> makers.put(id, object));
        if (before != null) {
            before.stream()
                    .filter(id -> !now.contains(id))
                    // Unless another object makes it now.
                    .filter(id -> makers.remove(id, object))
                    .sorted()
                    .forEach(store::withdraw);
        }
    }

    Optional<ObjectId> makerOf(DocumentId document) {
        return Optional.ofNullable(makers.get(document));
    }
}
