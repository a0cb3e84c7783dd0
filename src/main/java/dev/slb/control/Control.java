package dev.slb.control;

import dev.slb.api.ApiObject;
import dev.slb.control.world.World;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import dev.slb.translate.Outcome;
import dev.slb.translate.Snapshot;
import dev.slb.translate.Translation;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Translates objects of a {@link World} and puts what comes out into a {@link PlanStore}. Thread-safe: a translation and its
 * publication happen within one moment of the world, so a late one never overwrites what a newer world said.
 */
public final class Control {

    private static final Logger log = LoggerFactory.getLogger(Control.class);

    private final World world;
    private final PlanStore store;
    private final Map<ObjectId, Translation> translations = new ConcurrentHashMap<>();
    /** The documents of each object, those included that are to be withdrawn; and whose each of them is. */
    private final Map<ObjectId, Set<DocumentId>> documents = new ConcurrentHashMap<>();

    private final Map<DocumentId, ObjectId> makers = new ConcurrentHashMap<>();

    public Control(World world, PlanStore store) {
        this.world = world;
        this.store = store;
    }

    /**
     * Translates an object as it is now; the documents of one that is gone are withdrawn.
     *
     * @return empty when the object is gone
     * @throws RuntimeException when translation failed, which no object should be able to cause; forwarders keep what they
     *     have of it
     */
    public Optional<Translation> translate(ObjectId object) {
        return world.read(snapshot -> {
            Optional<ApiObject<?, ?>> present = world.object(object);
            if (present.isEmpty()) {
                translations.remove(object);
                makes(object, Set.of());
                return Optional.empty();
            }
            Translation translation;
            try {
                translation = translate(object.kind(), present.get(), snapshot);
            } catch (RuntimeException e) {
                keep(object);
                throw e;
            }
            translation.outcomes().forEach(this::file);
            makes(object, translation.outcomes().stream().map(Outcome::id).collect(Collectors.toSet()));
            translations.put(object, translation);
            return Optional.of(translation);
        });
    }

    private static <T extends ApiObject<?, ?>> Translation translate(
            ObjectKind<T, ?> kind, HasMetadata object, Snapshot snapshot) {
        return kind.translate(kind.type().cast(object), snapshot);
    }

    /** What it made last, or would have if it had ever been translated. */
    private void keep(ObjectId object) {
        Set<DocumentId> known =
                documents.getOrDefault(object, Set.copyOf(object.kind().documents(object)));
        DocumentId loadBalancer = loadBalancerOf(object);
        known.forEach(id -> store.keep(id, loadBalancer));
        makes(object, known);
    }

    /** What the object made before and makes no longer is withdrawn, unless another object makes it now. */
    private void makes(ObjectId object, Set<DocumentId> now) {
        Set<DocumentId> before = now.isEmpty() ? documents.remove(object) : documents.put(object, now);
        now.forEach(id -> makers.put(id, object));
        if (before != null) {
            before.stream()
                    .filter(id -> !now.contains(id) && makers.remove(id, object))
                    .sorted()
                    .forEach(store::withdraw);
        }
    }

    /** The object that a document is of, whether it is published, kept or withdrawn; empty when no object has it. */
    public Optional<ObjectId> makerOf(DocumentId document) {
        return Optional.ofNullable(makers.get(document));
    }

    /** Null where it does not say. */
    private DocumentId loadBalancerOf(ObjectId object) {
        return world.loadBalancersOf(object).stream()
                .findFirst()
                .map(loadBalancer -> DocumentId.loadBalancer(loadBalancer.namespace(), loadBalancer.name()))
                .orElse(null);
    }

    private void file(Outcome<? extends PlanDocument> outcome) {
        if (outcome instanceof Outcome.Publish<? extends PlanDocument> publish) {
            store.publish(publish.document());
        } else if (outcome instanceof Outcome.KeepLast<?> keep) {
            store.keep(keep.id(), keep.loadBalancer());
        } else {
            store.withdraw(outcome.id());
        }
    }

    /**
     * Translates objects that a change touched. Those that are gone come last, listeners before groups: who used them has
     * moved on by then, and no request falls into a gap. A failure is logged and harms no other object.
     */
    public void translateAll(Collection<ObjectId> objects) {
        List<ObjectId> sorted = objects.stream().sorted().toList();
        sorted.stream().filter(id -> world.object(id).isPresent()).forEach(this::tryTranslate);
        sorted.stream()
                .sorted(Comparator.reverseOrder())
                .filter(id -> world.object(id).isEmpty())
                .forEach(this::tryTranslate);
    }

    private void tryTranslate(ObjectId object) {
        try {
            translate(object);
        } catch (RuntimeException e) {
            log.error("{} could not be translated, its last version stays", object, e);
        }
    }

    /**
     * Translates everything and opens the store; to be called once the world is complete. From then on forwarders withdraw
     * what is not in the store.
     */
    public void sync() {
        translateAll(world.objectIds());
        store.synced();
    }

    public boolean isSynced() {
        return store.isSynced();
    }

    /**
     * What the object meant when it was translated last; empty when it was not yet, or is gone.
     *
     * @param kind of the object
     */
    public <M extends Translation> Optional<M> translation(ObjectKind<?, M> kind, ObjectId object) {
        return Optional.ofNullable(translations.get(object)).flatMap(kind::of);
    }

    /** What all objects of a kind meant when they were translated last. */
    public <M extends Translation> SortedMap<ObjectId, M> translations(ObjectKind<?, M> kind) {
        SortedMap<ObjectId, M> ofKind = new TreeMap<>();
        translations.forEach((id, translation) -> {
            if (id.kind() == kind) {
                kind.of(translation).ifPresent(each -> ofKind.put(id, each));
            }
        });
        return ofKind;
    }

    /** What all objects meant when they were translated last. */
    public SortedMap<ObjectId, Translation> translations() {
        return new TreeMap<>(translations);
    }
}
