package dev.slb.operator;

import dev.slb.control.world.FactKind;
import dev.slb.control.world.World;
import dev.slb.kind.ObjectId;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

/**
 * Watches pods and nodes, and brings into the world what translation uses of them. An update that changes none of that goes no
 * further.
 */
final class ClusterWatch implements AutoCloseable {

    /** Pods of a big cluster come in pages. */
    private static final long PAGE = 1000;

    private final World world;
    private final Consumer<Collection<ObjectId>> onTouched;
    private final List<Watched<?>> watched = new ArrayList<>();

    private record Watched<T extends HasMetadata>(SharedIndexInformer<T> informer, BiPredicate<String, String> known) {

        boolean isWatching() {
            return informer.hasSynced() && informer.isWatching();
        }

        /** Whether the first list is complete and all of it is in the world. */
        boolean isDelivered() {
            return informer.hasSynced()
                    && informer.getStore().listKeys().stream().allMatch(key -> {
                        int slash = key.indexOf('/');
                        return known.test(slash < 0 ? null : key.substring(0, slash), key.substring(slash + 1));
                    });
        }
    }

    /** @param namespaces whose pods are watched; empty for all */
    ClusterWatch(
            KubernetesClient client, Set<String> namespaces, World world, Consumer<Collection<ObjectId>> onTouched) {
        this.world = world;
        this.onTouched = onTouched;
        if (namespaces.isEmpty()) {
            watchPods(client.pods().inAnyNamespace().withLimit(PAGE).runnableInformer(0));
        }
        for (String namespace : namespaces) {
            watchPods(client.pods().inNamespace(namespace).withLimit(PAGE).runnableInformer(0));
        }
        watch(
                client.nodes().withLimit(PAGE).runnableInformer(0),
                new PrunedStore<>(Node::new),
                FactKind.NODE,
                (namespace, name) -> world.hasNode(name));
    }

    private void watchPods(SharedIndexInformer<Pod> informer) {
        watch(informer, new PrunedStore<>(Pod::new), FactKind.POD, world::hasPod);
    }

    private <T extends HasMetadata> void watch(
            SharedIndexInformer<T> informer,
            PrunedStore<T> store,
            FactKind<T> kind,
            BiPredicate<String, String> known) {
        informer.itemStore(store)
                .removeNamespaceIndex()
                .exceptionHandler((started, failure) -> true)
                .addEventHandler(new InformerEvents<>(
                        object -> onTouched.accept(kind.put(world, object)),
                        object -> onTouched.accept(kind.remove(
                                world,
                                object.getMetadata().getNamespace(),
                                object.getMetadata().getName()))));
        watched.add(new Watched<>(informer, known));
    }

    /** Does not wait: an API server that is out of reach is tried for ever. */
    void start() {
        watched.forEach(each -> each.informer().start());
    }

    boolean isDelivered() {
        return watched.stream().allMatch(Watched::isDelivered);
    }

    /** Whether all objects of a kind are known and followed now. */
    boolean isWatching(Class<? extends HasMetadata> kind) {
        return watched.stream()
                .filter(each -> each.informer().getApiTypeClass() == kind)
                .allMatch(Watched::isWatching);
    }

    @Override
    public void close() {
        watched.forEach(each -> each.informer().stop());
    }
}
