package dev.slb.operator;

import dev.slb.api.Listener;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.control.Control;
import dev.slb.control.ObjectIds;
import dev.slb.control.World;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Collection;
import java.util.Map;
import java.util.SortedSet;
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
    private final Consumer<DocumentId> onStatus;
    private final Map<DocumentKind, ReconcilerTrigger<?>> triggers;

    /**
     * @param secrets is told what objects name before they come into the world, so that none is taken for complete without them
     * @param onStatus hears of objects whose status may have to be looked at, though their meaning is the same
     */
    Changes(World world, Control control, SecretWatch secrets, Consumer<DocumentId> onStatus) {
        this.world = world;
        this.control = control;
        this.secrets = secrets;
        this.onStatus = onStatus;
        this.triggers = Map.of(
                DocumentKind.LOAD_BALANCER, new ReconcilerTrigger<LoadBalancer>(this),
                DocumentKind.LISTENER, new ReconcilerTrigger<Listener>(this),
                DocumentKind.V_SERVER_GROUP, new ReconcilerTrigger<VServerGroup>(this),
                DocumentKind.MASTER_SLAVE_GROUP, new ReconcilerTrigger<MasterSlaveGroup>(this));
    }

    /** The event source of the reconciler of a kind. */
    @SuppressWarnings("unchecked")
    <P extends HasMetadata> ReconcilerTrigger<P> trigger(DocumentKind kind) {
        return (ReconcilerTrigger<P>) triggers.get(kind);
    }

    /** An object of one of the four kinds is new, or changed. */
    void seen(HasMetadata object) {
        Runnable letGo = follow(object);
        SortedSet<DocumentId> touched = world.put(object);
        letGo.run();
        if (touched.isEmpty()) {
            onStatus.accept(ObjectIds.of(object));
        }
        touched(touched);
    }

    /** A name that no Secret can have is as one that none has: it must not keep its object, and so everything, from being known. */
    private Runnable follow(HasMetadata object) {
        try {
            return secrets.follow(object);
        } catch (RuntimeException e) {
            log.warn("what {} names can't be watched: {}", ObjectIds.of(object), e.toString());
            return () -> {};
        }
    }

    /**
     * An object of one of the four kinds is gone. Nobody reconciles what is gone, and who used it must have moved on before: so all
     * of them are translated here and now.
     */
    void gone(HasMetadata object) {
        gone(ObjectIds.of(object));
    }

    private void gone(DocumentId id) {
        SortedSet<DocumentId> touched = world.remove(id);
        secrets.forget(id).run();
        control.translateAll(touched);
        onStatus.accept(id);
        touched(touched);
    }

    /** Sets the reconcilers of objects going. */
    void touched(Collection<DocumentId> ids) {
        ids.forEach(id -> triggers.get(id.kind()).fire(id));
    }

    /** Lets objects go that no cache has: they went while the reconcilers were started another time, and nobody told. */
    void forgetUnknown() {
        for (DocumentId id : world.objectIds()) {
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
                            .allMatch(key -> world.object(new DocumentId(
                                            entry.getKey(), key.getNamespace().orElseThrow(), key.getName()))
                                    .isPresent());
        });
    }
}
