package dev.slb.operator;

import dev.slb.plan.DocumentId;
import io.fabric8.kubernetes.api.model.HasMetadata;
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
final class ReconcilerTrigger<P extends HasMetadata> extends AbstractEventSource<DocumentId, P>
        implements ResourceEventAware<P> {

    private final Changes changes;
    private volatile Cache<P> cache;

    ReconcilerTrigger(Changes changes) {
        super(DocumentId.class, "world");
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
        changes.seen(resource);
    }

    @Override
    public void onResourceUpdated(P newResource, P oldResource) {
        changes.seen(newResource);
    }

    @Override
    public void onResourceDeleted(P resource) {
        changes.gone(resource);
    }

    /** Has no effect on objects that the reconciler's informer does not know. */
    void fire(DocumentId id) {
        EventHandler handler = getEventHandler();
        if (handler != null) {
            handler.handleEvent(new Event(new ResourceID(id.name(), id.namespace())));
        }
    }

    @Override
    public Set<DocumentId> getSecondaryResources(P primary) {
        return Set.of();
    }
}
