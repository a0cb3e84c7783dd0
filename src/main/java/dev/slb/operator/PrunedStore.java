package dev.slb.operator;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.informers.cache.BasicItemStore;
import io.fabric8.kubernetes.client.informers.cache.Cache;

import java.util.function.Supplier;

/**
 * An informer's store that keeps of each object only what the informer itself needs: what we use of it is in the world, and a
 * big cluster has many pods.
 */
final class PrunedStore<T extends HasMetadata> extends BasicItemStore<T> {

    private final Supplier<T> empty;

    /** @param empty a new object without any field */
    PrunedStore(Supplier<T> empty) {
        super(Cache::metaNamespaceKeyFunc);
        this.empty = empty;
    }

    @Override
    public T put(String key, T object) {
        ObjectMeta metadata = object.getMetadata();
        T pruned = empty.get();
        pruned.setMetadata(new ObjectMetaBuilder()
                .withNamespace(metadata.getNamespace())
                .withName(metadata.getName())
                .withUid(metadata.getUid())
                .withResourceVersion(metadata.getResourceVersion())
                .build());
        return super.put(key, pruned);
    }

    /** Otherwise the first events would carry what this store kept, instead of the objects that were listed. */
    @Override
    public boolean isFullState() {
        return false;
    }
}
