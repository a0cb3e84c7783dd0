package dev.slb.operator;

import dev.slb.api.ApiObject;
import dev.slb.control.Control;
import dev.slb.control.world.World;
import dev.slb.kind.NamedSecrets;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.Map;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * What watches tell, on its way into the world and to the reconcilers of the objects that need it. The old and the new form of an
 * object both count, so a pod that leaves a group reaches the group that it left.
 */
final class Changes {

    private static final Logger log = LoggerFactory.getLogger(Changes.class);

    private final World world;
    private final Control control;
    private final SecretWatch secrets;
    private final Measures measures;
    private final Consumer<ObjectId> onStatus;
    private final Map<ObjectKind<?, ?>, ReconcilerTrigger<?>> triggers = new ConcurrentHashMap<>();

    /**
     * @param secrets is told what objects name before they come into the world, so that none is taken for complete without them
     * @param onStatus hears of objects whose status may have to be looked at, though their meaning is the same
     */
    Changes(World world, Control control, SecretWatch secrets, Measures measures, Consumer<ObjectId> onStatus) {
        this.world = world;
        this.control = control;
        this.secrets = secrets;
        this.measures = measures;
        this.onStatus = onStatus;
    }

    /** The event source of the reconciler of a kind, which makes one. */
    <T extends ApiObject<?, ?>> ReconcilerTrigger<T> newTrigger(ObjectKind<T, ?> kind) {
        ReconcilerTrigger<T> trigger = new ReconcilerTrigger<>(kind, this);
        triggers.put(kind, trigger);
        return trigger;
    }

    /** An object is new, or changed. */
    <T extends ApiObject<?, ?>> void seen(ObjectKind<T, ?> kind, T object) {
        ObjectId id = kind.id(object);
        measures.seen(id, object.getMetadata().getGeneration());
        Runnable letGo = follow(id, kind.needs(object).secrets());
        SortedSet<ObjectId> touched = world.put(object);
        letGo.run();
        if (touched.isEmpty()) {
            onStatus.accept(id);
        }
        touched(touched);
    }

    /** A name that no Secret can have is as one that none has: it must not keep its object, and so everything, from being known. */
    private Runnable follow(ObjectId id, NamedSecrets names) {
        try {
            return secrets.follow(id, names);
        } catch (RuntimeException e) {
            log.warn("what {} names can't be watched: {}", id, e.toString());
            return () -> {};
        }
    }

    /**
     * An object is gone. Nobody reconciles what is gone, and who used it must have moved on before: so all
     * of them are translated here and now.
     */
    void gone(ObjectId id) {
        SortedSet<ObjectId> touched = world.remove(id);
        secrets.forget(id).run();
        control.translateAll(touched);
        onStatus.accept(id);
        touched(touched);
        measures.gone(id);
    }

    /** Sets the reconcilers of objects going, unless all of them are to be translated soon anyway. */
    void touched(Collection<ObjectId> ids) {
        if (control.isWhole()) {
            measures.touched(ids);
            ids.forEach(id -> triggers.get(id.kind()).fire(id));
        }
    }

    /** Lets objects go that no cache has: they went while the reconcilers were started another time, and nobody told. */
    void forgetUnknown() {
        for (ObjectId id : world.objectIds()) {
            Cache<?> cache = triggers.get(id.kind()).cache();
            if (cache != null
                    && cache.get(new ResourceID(id.name(), id.namespace())).isEmpty()) {
                gone(id);
            }
        }
    }

    /** Whether the world has everything that the caches of the reconcilers have. */
    boolean isDelivered() {
        return triggers.entrySet().stream().allMatch(entry -> {
            Cache<?> cache = entry.getValue().cache();
            return cache != null
                    && cache.keys()
                            .allMatch(key -> world.object(
                                            entry.getKey().id(key.getNamespace().orElseThrow(), key.getName()))
                                    .isPresent());
        });
    }
}
