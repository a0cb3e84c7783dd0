package dev.slb.control;

import dev.slb.api.Listener;
import dev.slb.api.ListenerStatus;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import dev.slb.translate.LabelSelectors;
import dev.slb.translate.NodeFacts;
import dev.slb.translate.PodFacts;
import dev.slb.translate.Settings;
import dev.slb.translate.Snapshot;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.client.CustomResource;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Everything that the source has and translation may look at, and which object needs which: each change answers with the
 * objects that must be translated again. Thread-safe; objects are not copied, so nobody may change them.
 *
 * <p>The web of needs: a LoadBalancer's listeners share its ports and quotas, its groups and its default pool share the quota of
 * distinct servers; a listener needs the groups that it names; a group needs the pods that it selects and their nodes.
 */
public final class World {

    private final Settings settings;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final View view = new View();

    // Guarded by lock.
    private final SortedMap<DocumentId, HasMetadata> objects = new TreeMap<>();
    private final Map<String, SortedMap<DocumentId, HasMetadata>> objectsByNamespace = new HashMap<>();
    /** Listeners and groups by the LoadBalancer that they name, whether or not it exists. */
    private final Map<DocumentId, SortedMap<DocumentId, HasMetadata>> children = new HashMap<>();

    private final Map<String, SortedMap<String, PodFacts>> pods = new HashMap<>();
    private final Map<String, NodeFacts> nodes = new HashMap<>();
    private int readyForwarders;
    private Set<String> forwarderAddresses = Set.of();

    public World(Settings settings) {
        this.settings = settings;
    }

    /** Looks at one moment of the world: no change happens meanwhile. The snapshot must not be used afterwards. */
    public <T> T read(Function<Snapshot, T> look) {
        return withRead(() -> look.apply(view));
    }

    /** An object of one of the four kinds. */
    public Optional<HasMetadata> object(DocumentId id) {
        return withRead(() -> Optional.ofNullable(objects.get(id)));
    }

    /** The ids of all objects of the four kinds, sorted. */
    public List<DocumentId> objectIds() {
        return withRead(() -> List.copyOf(objects.keySet()));
    }

    /** The LoadBalancer that a listener or group says it belongs to; empty for others, and for objects that are gone. */
    public Optional<DocumentId> loadBalancerOf(DocumentId id) {
        return object(id).map(References::loadBalancer);
    }

    public List<Listener> listeners() {
        return withRead(() -> ofKind(objects, Listener.class));
    }

    public boolean hasPod(String namespace, String name) {
        return withRead(
                () -> pods.getOrDefault(namespace, Collections.emptySortedMap()).containsKey(name));
    }

    public boolean hasNode(String name) {
        return withRead(() -> nodes.containsKey(name));
    }

    /**
     * Takes an object of one of the four kinds, new or changed.
     *
     * @return the objects to translate again; empty when nothing changed that anybody needs, as by a write of status
     */
    public SortedSet<DocumentId> put(HasMetadata object) {
        return withWrite(() -> {
            HasMetadata before = store(object);
            return before != null && saysTheSame(before, object) ? none() : needing(before, object);
        });
    }

    /**
     * As {@link #put}, if the object is still there in the version that the new one was made from: for answers to own
     * writes, which come before or after the watch tells of them, or of what happened since.
     */
    public SortedSet<DocumentId> replace(HasMetadata expected, HasMetadata object) {
        return withWrite(() -> {
            HasMetadata present = objects.get(ObjectIds.of(object));
            boolean unchanged = present != null
                    && Objects.equals(
                            present.getMetadata().getResourceVersion(),
                            expected.getMetadata().getResourceVersion());
            return unchanged ? put(object) : none();
        });
    }

    /** @return the objects to translate again, the removed one included: its documents are to be withdrawn */
    public SortedSet<DocumentId> remove(DocumentId id) {
        return withWrite(() -> {
            HasMetadata before = objects.remove(id);
            if (before == null) {
                return none();
            }
            removeFrom(objectsByNamespace, id.namespace(), id);
            removeFrom(children, References.loadBalancer(before), id);
            return needing(before, null);
        });
    }

    public SortedSet<DocumentId> putPod(PodFacts pod) {
        return withWrite(() -> {
            PodFacts before = pods.computeIfAbsent(pod.namespace(), namespace -> new TreeMap<>())
                    .put(pod.name(), pod);
            return needing(before, pod);
        });
    }

    public SortedSet<DocumentId> removePod(String namespace, String name) {
        return withWrite(() -> {
            PodFacts before =
                    pods.getOrDefault(namespace, Collections.emptySortedMap()).get(name);
            removeFrom(pods, namespace, name);
            return before == null ? none() : needing(before, null);
        });
    }

    public SortedSet<DocumentId> putNode(NodeFacts node) {
        return withWrite(() -> node.equals(nodes.put(node.name(), node)) ? none() : needingPodsOfNode(node.name()));
    }

    public SortedSet<DocumentId> removeNode(String name) {
        return withWrite(() -> nodes.remove(name) == null ? none() : needingPodsOfNode(name));
    }

    /**
     * @param ready how many forwarders are ready
     * @param addresses of all forwarders, ready or not
     */
    public SortedSet<DocumentId> setForwarders(int ready, Collection<String> addresses) {
        return withWrite(() -> {
            SortedSet<DocumentId> needing = new TreeSet<>();
            if (ready != readyForwarders) {
                objects.keySet().stream()
                        .filter(id -> id.kind() == DocumentKind.LOAD_BALANCER)
                        .forEach(needing::add);
            }
            if (!Set.copyOf(addresses).equals(forwarderAddresses)) {
                objects.forEach((id, object) -> {
                    if (References.servers(object).anyMatch(source -> source.address() != null)) {
                        needing.add(id);
                    }
                });
            }
            readyForwarders = ready;
            forwarderAddresses = Set.copyOf(addresses);
            return needing;
        });
    }

    private HasMetadata store(HasMetadata object) {
        DocumentId id = ObjectIds.of(object);
        HasMetadata before = objects.put(id, object);
        objectsByNamespace
                .computeIfAbsent(id.namespace(), namespace -> new TreeMap<>())
                .put(id, object);
        if (before != null) {
            removeFrom(children, References.loadBalancer(before), id);
        }
        DocumentId loadBalancer = References.loadBalancer(object);
        if (loadBalancer != null) {
            children.computeIfAbsent(loadBalancer, key -> new TreeMap<>()).put(id, object);
        }
        return before;
    }

    /** Status is ours and says nothing new, but for the port to bind, which another process may have recorded. */
    private static boolean saysTheSame(HasMetadata before, HasMetadata after) {
        return Objects.equals(spec(before), spec(after))
                && Objects.equals(
                        before.getMetadata().getGeneration(),
                        after.getMetadata().getGeneration())
                && Objects.equals(
                        before.getMetadata().getUid(), after.getMetadata().getUid())
                && Objects.equals(bindPort(before), bindPort(after));
    }

    private static Object spec(HasMetadata object) {
        return object instanceof CustomResource<?, ?> custom ? custom.getSpec() : null;
    }

    /** The port to bind that is recorded in a Listener's status, null when there is none. */
    static Integer bindPort(HasMetadata object) {
        ListenerStatus status = object instanceof Listener listener ? listener.getStatus() : null;
        return status == null ? null : status.bindPort();
    }

    private SortedSet<DocumentId> needing(HasMetadata before, HasMetadata after) {
        SortedSet<DocumentId> needing = new TreeSet<>();
        for (HasMetadata object : new HasMetadata[] {before, after}) {
            if (object != null) {
                addNeeding(object, needing);
            }
        }
        return needing;
    }

    private void addNeeding(HasMetadata object, SortedSet<DocumentId> needing) {
        DocumentId id = ObjectIds.of(object);
        needing.add(id);
        if (id.kind() == DocumentKind.LOAD_BALANCER) {
            needing.addAll(childrenOf(id).keySet());
            return;
        }
        DocumentId loadBalancer = References.loadBalancer(object);
        if (loadBalancer != null) {
            addIfPresent(loadBalancer, needing);
            // Siblings share ports and the quota of listeners, or the quota of servers.
            childrenOf(loadBalancer).keySet().stream()
                    .filter(sibling -> sibling.kind().isGroup() == id.kind().isGroup())
                    .forEach(needing::add);
        }
        if (id.kind().isGroup()) {
            ofKind(namespace(id.namespace()), Listener.class).stream()
                    .filter(listener -> References.namesGroup(listener, id.name()))
                    .map(ObjectIds::of)
                    .forEach(needing::add);
        }
    }

    private void addIfPresent(DocumentId id, SortedSet<DocumentId> needing) {
        if (objects.containsKey(id)) {
            needing.add(id);
        }
    }

    private SortedSet<DocumentId> needing(PodFacts before, PodFacts after) {
        SortedSet<DocumentId> needing = new TreeSet<>();
        if (Objects.equals(before, after)) {
            return needing;
        }
        // A pod that merely turns ready, or gets another weight, does not move others in or out of the quota.
        boolean counts = before == null || after == null || !countsTheSame(before, after);
        for (PodFacts pod : new PodFacts[] {before, after}) {
            if (pod == null) {
                continue;
            }
            namespace(pod.namespace()).forEach((id, object) -> {
                if (References.selects(object, pod)) {
                    addServedBy(object, counts, needing);
                }
            });
        }
        return needing;
    }

    /** @param family whether the other groups of the LoadBalancer may get other places in its quota of servers */
    private void addServedBy(HasMetadata object, boolean family, SortedSet<DocumentId> needing) {
        DocumentId id = ObjectIds.of(object);
        needing.add(id);
        DocumentId loadBalancer = id.kind() == DocumentKind.LOAD_BALANCER ? id : References.loadBalancer(object);
        if (loadBalancer == null) {
            return;
        }
        // It counts the servers of all its groups.
        addIfPresent(loadBalancer, needing);
        if (family) {
            childrenOf(loadBalancer).keySet().stream()
                    .filter(child -> child.kind().isGroup())
                    .forEach(needing::add);
        }
    }

    private static boolean countsTheSame(PodFacts before, PodFacts after) {
        return before.uid().equals(after.uid())
                && before.terminating() == after.terminating()
                && before.finished() == after.finished()
                && before.labels().equals(after.labels())
                && before.addresses().equals(after.addresses())
                && Objects.equals(before.node(), after.node());
    }

    private SortedSet<DocumentId> needingPodsOfNode(String node) {
        SortedSet<DocumentId> needing = new TreeSet<>();
        pods.forEach((namespace, podsThere) -> {
            if (podsThere.values().stream().anyMatch(pod -> node.equals(pod.node()))) {
                namespace(namespace).forEach((id, object) -> {
                    if (References.servers(object).findAny().isPresent()) {
                        addServedBy(object, false, needing);
                    }
                });
            }
        });
        return needing;
    }

    private SortedMap<DocumentId, HasMetadata> namespace(String name) {
        return objectsByNamespace.getOrDefault(name, Collections.emptySortedMap());
    }

    private SortedMap<DocumentId, HasMetadata> childrenOf(DocumentId loadBalancer) {
        return children.getOrDefault(loadBalancer, Collections.emptySortedMap());
    }

    private static SortedSet<DocumentId> none() {
        return Collections.emptySortedSet();
    }

    private static <K, I> void removeFrom(Map<K, ? extends Map<I, ?>> index, K key, I id) {
        Map<I, ?> entries = key == null ? null : index.get(key);
        if (entries != null) {
            entries.remove(id);
            if (entries.isEmpty()) {
                index.remove(key);
            }
        }
    }

    private static <T> List<T> ofKind(Map<DocumentId, HasMetadata> objects, Class<T> kind) {
        List<T> found = new ArrayList<>();
        for (HasMetadata object : objects.values()) {
            if (kind.isInstance(object)) {
                found.add(kind.cast(object));
            }
        }
        return found;
    }

    private <T> T withRead(Supplier<T> action) {
        lock.readLock().lock();
        try {
            return action.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    private <T> T withWrite(Supplier<T> action) {
        lock.writeLock().lock();
        try {
            return action.get();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Read under the lock only. */
    private final class View implements Snapshot {

        @Override
        public Optional<LoadBalancer> loadBalancer(String namespace, String name) {
            return find(DocumentId.loadBalancer(namespace, name), LoadBalancer.class);
        }

        @Override
        public Optional<VServerGroup> vServerGroup(String namespace, String name) {
            return find(DocumentId.vServerGroup(namespace, name), VServerGroup.class);
        }

        @Override
        public Optional<MasterSlaveGroup> masterSlaveGroup(String namespace, String name) {
            return find(DocumentId.masterSlaveGroup(namespace, name), MasterSlaveGroup.class);
        }

        private <T extends HasMetadata> Optional<T> find(DocumentId id, Class<T> kind) {
            return Optional.ofNullable(objects.get(id)).map(kind::cast);
        }

        @Override
        public Collection<Listener> listenersOf(String namespace, String loadBalancer) {
            return ofOwner(namespace, loadBalancer, Listener.class);
        }

        @Override
        public Collection<VServerGroup> vServerGroupsOf(String namespace, String loadBalancer) {
            return ofOwner(namespace, loadBalancer, VServerGroup.class);
        }

        @Override
        public Collection<MasterSlaveGroup> masterSlaveGroupsOf(String namespace, String loadBalancer) {
            return ofOwner(namespace, loadBalancer, MasterSlaveGroup.class);
        }

        private <T> List<T> ofOwner(String namespace, String loadBalancer, Class<T> kind) {
            return ofKind(childrenOf(DocumentId.loadBalancer(namespace, loadBalancer)), kind);
        }

        @Override
        public Optional<PodFacts> pod(String namespace, String name) {
            return Optional.ofNullable(
                    pods.getOrDefault(namespace, Collections.emptySortedMap()).get(name));
        }

        @Override
        public Collection<PodFacts> pods(String namespace, LabelSelector selector) {
            return pods.getOrDefault(namespace, Collections.emptySortedMap()).values().stream()
                    .filter(pod -> LabelSelectors.matches(selector, pod.labels()))
                    .toList();
        }

        @Override
        public Optional<NodeFacts> node(String name) {
            return Optional.ofNullable(nodes.get(name));
        }

        @Override
        public int readyForwarders(String namespace, String loadBalancer) {
            return readyForwarders;
        }

        @Override
        public Collection<String> forwarderAddresses() {
            return forwarderAddresses;
        }

        @Override
        public Settings settings() {
            return settings;
        }
    }
}
