package dev.slb.control;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import dev.slb.translate.ListenerTranslator;
import dev.slb.translate.LoadBalancerTranslator;
import dev.slb.translate.MasterSlaveGroupTranslator;
import dev.slb.translate.Outcome;
import dev.slb.translate.Snapshot;
import dev.slb.translate.Translation;
import dev.slb.translate.VServerGroupTranslator;
import io.fabric8.kubernetes.api.model.HasMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Translates objects of a {@link World} and puts what comes out into a {@link PlanStore}. Thread-safe: a translation and its
 * publication happen within one moment of the world, so a late one never overwrites what a newer world said.
 */
public final class Control {

    private static final Logger log = LoggerFactory.getLogger(Control.class);

    private final World world;
    private final PlanStore store;
    private final Map<DocumentId, Translation> translations = new ConcurrentHashMap<>();

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
    public Optional<Translation> translate(DocumentId object) {
        return world.read(snapshot -> {
            Optional<HasMetadata> present = world.object(object);
            if (present.isEmpty()) {
                translations.remove(object);
                ObjectIds.documentsOf(object).forEach(store::withdraw);
                return Optional.empty();
            }
            Translation translation;
            try {
                translation = translate(present.get(), snapshot);
            } catch (RuntimeException e) {
                DocumentId loadBalancer = loadBalancerOf(present.get());
                ObjectIds.documentsOf(object).forEach(id -> store.keep(id, loadBalancer));
                throw e;
            }
            translation.outcomes().forEach(this::file);
            translations.put(object, translation);
            return Optional.of(translation);
        });
    }

    private static DocumentId loadBalancerOf(HasMetadata object) {
        return object instanceof LoadBalancer ? ObjectIds.of(object) : References.loadBalancer(object);
    }

    private static Translation translate(HasMetadata object, Snapshot snapshot) {
        if (object instanceof LoadBalancer loadBalancer) {
            return LoadBalancerTranslator.translate(loadBalancer, snapshot);
        } else if (object instanceof Listener listener) {
            return ListenerTranslator.translate(listener, snapshot);
        } else if (object instanceof VServerGroup group) {
            return VServerGroupTranslator.translate(group, snapshot);
        }
        return MasterSlaveGroupTranslator.translate((MasterSlaveGroup) object, snapshot);
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
    public void translateAll(Collection<DocumentId> objects) {
        List<DocumentId> sorted = objects.stream().sorted().toList();
        sorted.stream().filter(id -> world.object(id).isPresent()).forEach(this::tryTranslate);
        sorted.stream()
                .sorted(Comparator.reverseOrder())
                .filter(id -> world.object(id).isEmpty())
                .forEach(this::tryTranslate);
    }

    private void tryTranslate(DocumentId object) {
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

    /** What the object meant when it was translated last; empty when it was not yet, or is gone. */
    public Optional<Translation> translation(DocumentId object) {
        return Optional.ofNullable(translations.get(object));
    }

    /** What all objects meant when they were translated last. */
    public SortedMap<DocumentId, Translation> translations() {
        return new TreeMap<>(translations);
    }
}
