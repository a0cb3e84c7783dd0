package dev.slb.control.world;

import dev.slb.kind.ObjectId;
import dev.slb.translate.ConfigMapFacts;
import dev.slb.translate.NodeFacts;
import dev.slb.translate.PodFacts;
import dev.slb.translate.SecretFacts;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;

import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.function.BiFunction;

/** A kind of objects that are not translated, but used by translation: how they come into the world, and leave it. */
public final class FactKind<T extends HasMetadata> {

    public static final FactKind<Pod> POD =
            new FactKind<>(Pod.class, (world, pod) -> world.putPod(PodFacts.of(pod)), World::removePod);

    public static final FactKind<Node> NODE = new FactKind<>(
            Node.class,
            (world, node) -> world.putNode(NodeFacts.of(node)),
            (world, namespace, name) -> world.removeNode(name));

    public static final FactKind<Secret> SECRET = new FactKind<>(
            Secret.class, (world, secret) -> world.putSecret(SecretFacts.of(secret)), World::removeSecret);

    public static final FactKind<ConfigMap> CONFIG_MAP = new FactKind<>(
            ConfigMap.class,
            (world, configMap) -> world.putConfigMap(ConfigMapFacts.of(configMap)),
            World::removeConfigMap);

    private static final List<FactKind<?>> ALL = List.of(POD, NODE, SECRET, CONFIG_MAP);

    private interface Removal {
        SortedSet<ObjectId> from(World world, String namespace, String name);
    }

    private final Class<T> type;
    private final BiFunction<World, T, SortedSet<ObjectId>> put;
    private final Removal removal;

    private FactKind(Class<T> type, BiFunction<World, T, SortedSet<ObjectId>> put, Removal removal) {
        this.type = type;
        this.put = put;
        this.removal = removal;
    }

    /** Empty for an object that nobody uses. */
    public static Optional<FactKind<?>> of(HasMetadata object) {
        return ALL.stream()
                .filter(kind -> kind.type.isInstance(object))
                .<FactKind<?>>map(kind -> kind)
                .findFirst();
    }

    /**
     * @return the objects to translate again
     * @throws ClassCastException when the object is of another kind
     */
    public SortedSet<ObjectId> put(World world, HasMetadata object) {
        return put.apply(world, type.cast(object));
    }

    /**
     * @param namespace null for what has none
     * @return the objects to translate again
     */
    public SortedSet<ObjectId> remove(World world, String namespace, String name) {
        return removal.from(world, namespace, name);
    }
}
