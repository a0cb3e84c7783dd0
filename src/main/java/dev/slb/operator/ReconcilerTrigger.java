package dev.slb.operator;

import dev.slb.api.ApiObject;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.EventHandler;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.javaoperatorsdk.operator.processing.event.source.ResourceEventAware;

import java.util.Set;

/**
 * The one event source of each reconciler: takes from its informer what happens to its own objects, and hands it the objects that
 * a change elsewhere touches. It stands for all mappers between the kinds; which object needs which is known to the world.
 */
final class ReconcilerTrigger<P extends ApiObject<?, ?>> extends AbstractEventSource<ObjectId, P>
        implements ResourceEventAware<P> {

    private final ObjectKind<P, ?> kind;
    private final Changes changes;
    private volatile Cache<P> cache;

    ReconcilerTrigger(ObjectKind<P, ?> kind, Changes changes) {
        super(ObjectId.class, "world");
        this.kind = kind;
        this.changes = changes;
    }

    /** @param cache of the reconciler's informer */
    ReconcilerTrigger<P> of(Cache<P> cache) {
        this.cache = cache;
        return this;
    }

    /** Null before the reconciler was registered. */
    Cache<P> cache() {
        return cache;
    }

    @Override
    public void onResourceCreated(P resource) {
        changes.seen(kind, resource);
    }

    @Override
    public void onResourceUpdated(P newResource, P oldResource) {
        changes.seen(kind, newResource);
    }

    @Override
    public void onResourceDeleted(P resource) {
        changes.gone(kind.id(resource));
    }

    /** Has no effect on objects that the reconciler's informer does not know. */
    void fire(ObjectId id) {
        EventHandler handler = getEventHandler();
        if (handler != null) {
            handler.handleEvent(new Event(new ResourceID(id.name(), id.namespace())));
        }
    }

    @Override
    public Set<ObjectId> getSecondaryResources(P primary) {
        return Set.of();
    }
}
