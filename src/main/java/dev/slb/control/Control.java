package dev.slb.control;

import dev.slb.api.ApiObject;
import dev.slb.control.world.World;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import dev.slb.plan.DocumentId;
import dev.slb.translate.Snapshot;
import dev.slb.translate.Translation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Translates objects of a {@link World} and puts what comes out into a {@link PlanStore}. Thread-safe: a translation and its
 * publication happen within one moment of the world, so a late one never overwrites what a newer world said.
 *
 * <p>Nothing is translated before {@link #sync}: while the world still comes in, whatever it meant would be wrong in the next moment.
 */
public final class Control {

    private static final Logger log = LoggerFactory.getLogger(Control.class);

    private final World world;
    private final PlanStore store;
    private final FiledDocuments documents;
    private final Map<ObjectId, Translation> translations = new ConcurrentHashMap<>();
    private volatile boolean whole;

    public Control(World world, PlanStore store) {
        this.world = world;
        this.store = store;
        this.documents = new FiledDocuments(store);
    }

    /**
     * Translates an object as it is now; the documents of one that is gone are withdrawn.
     *
     * @return empty when the object is gone, or nothing is translated yet
     * @throws RuntimeException when translation failed, which no object should be able to cause; forwarders keep what they
     *     have of it
     */
    public Optional<Translation> translate(ObjectId object) {
        if (!whole) {
            return Optional.empty();
        }
        return world.read(snapshot -> {
            Optional<Translation> translation;
            try {
                translation = translate(object.kind(), object, snapshot);
            } catch (RuntimeException e) {
                documents.keep(object, loadBalancerOf(object));
                throw e;
            }
            if (translation.isPresent()) {
                documents.file(object, translation.get().outcomes());
                translations.put(object, translation.get());
            } else {
                documents.file(object, List.of());
                translations.remove(object);
            }
            return translation;
        });
    }

    private <T extends ApiObject<?, ?>> Optional<Translation> translate(
            ObjectKind<T, ?> kind, ObjectId object, Snapshot snapshot) {
        return world.object(kind, object).map(present -> kind.translate(present, snapshot));
    }

    /** Null where it does not say. */
    private DocumentId loadBalancerOf(ObjectId object) {
        return world.loadBalancersOf(object).stream()
                .findFirst()
                .map(loadBalancer -> DocumentId.loadBalancer(loadBalancer.namespace(), loadBalancer.name()))
                .orElse(null);
    }

    /**
     * Translates objects that a change touched. Those that are gone come last, listeners before groups: who used them has
     * moved on by then, and no request falls into a gap. A failure is logged and harms no other object. Before {@link #sync}
     * nothing is done.
     */
    public void translateAll(Collection<ObjectId> objects) {
        if (!whole) {
            return;
        }
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
     * Translates everything, on all processors, and opens the store; to be called once the world is complete. From then on
     * forwarders withdraw what is not in the store, and what changes is translated as it comes: what did before is in the world.
     */
    public void sync() {
        whole = true;
        world.objectIds().parallelStream().forEach(this::tryTranslate);
        store.synced();
    }

    /** Whether the world was complete once. The store is opened a moment later, see {@link #isSynced}. */
    public boolean isWhole() {
        return whole;
    }

    public boolean isSynced() {
        return store.isSynced();
    }

    /** The object that a document is of, whether it is published, kept or withdrawn; empty when no object has it. */
    public Optional<ObjectId> makerOf(DocumentId document) {
        return documents.makerOf(document);
    }

    /**
     * What the object meant when it was translated last; empty when it was not yet, or is gone.
     *
     * @param kind of the object
     */
    public <M extends Translation> Optional<M> translation(ObjectKind<?, M> kind, ObjectId object) {
        return Optional.ofNullable(translations.get(object)).flatMap(kind::of);
    }

    /** What these objects meant when they were translated last; nothing of those that were not yet, or are gone. */
    public List<Translation> translations(Collection<ObjectId> objects) {
        return objects.stream().map(translations::get).filter(Objects::nonNull).toList();
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
