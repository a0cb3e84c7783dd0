package dev.slb.control;

import dev.slb.api.ApiObject;
import dev.slb.api.Listener;
import dev.slb.api.ListenerStatus;
import dev.slb.api.LoadBalancer;
import dev.slb.api.MasterSlaveGroup;
import dev.slb.api.VServerGroup;
import dev.slb.certificate.Validity;
import dev.slb.plan.DocumentId;
import dev.slb.plan.DocumentKind;
import dev.slb.plan.Secret;
import dev.slb.translate.ConfigMapFacts;
import dev.slb.translate.Holdings;
import dev.slb.translate.LabelSelectors;
import dev.slb.translate.NodeFacts;
import dev.slb.translate.PodFacts;
import dev.slb.translate.SecretFacts;
import dev.slb.translate.Settings;
import dev.slb.translate.Snapshot;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.client.CustomResource;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
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
 * distinct servers; a listener needs the groups, Secrets and ConfigMaps that it names; a group needs the pods that it selects and
 * their nodes. Time is a part of the world where certificates begin and expire, see {@link #reviewCertificates}.
 */
public final class World {

    private final Settings settings;
    private final Clock clock;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final View view = new View();

    // Guarded by lock.
    private final SortedMap<DocumentId, HasMetadata> objects = new TreeMap<>();
    private final Map<String, SortedMap<DocumentId, HasMetadata>> objectsByNamespace = new HashMap<>();
    /** Listeners and groups by the LoadBalancer that they name, whether or not it exists. */
    private final Map<DocumentId, SortedMap<DocumentId, HasMetadata>> children = new HashMap<>();

    private final Map<String, SortedMap<String, PodFacts>> pods = new HashMap<>();
    private final Map<String, NodeFacts> nodes = new HashMap<>();
    private final Map<Name, SecretFacts> secrets = new HashMap<>();
    private final Map<Name, ConfigMapFacts> configMaps = new HashMap<>();
    /** Listeners by the Secrets and ConfigMaps that they name, whether or not they exist. */
    private final Map<Name, SortedMap<DocumentId, HasMetadata>> referrers = new HashMap<>();
    /** When certificates and OCSP responses begin or expire, and in which Secrets and ConfigMaps. */
    private final NavigableMap<Instant, Set<Name>> turns = new TreeMap<>();

    private final Map<Name, Set<Instant>> turnsByName = new HashMap<>();

    private final Map<DocumentId, Secret> cookieKeys = new HashMap<>();
    private Instant certificatesAsOf;
    private int readyForwarders;
    private Set<String> forwarderAddresses = Set.of();
    private Holdings holdings = Holdings.NONE;

    /** A namespace and a name in it, of a Secret or a ConfigMap. */
    private record Name(String namespace, String name) implements Comparable<Name> {
        @Override
        public int compareTo(Name other) {
            int order = namespace.compareTo(other.namespace);
            return order == 0 ? name.compareTo(other.name) : order;
        }
    }

    public World(Settings settings) {
        this(settings, Clock.systemUTC());
    }

    /** @param clock by which certificates begin and expire */
    World(Settings settings, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.certificatesAsOf = clock.instant();
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
            unindexSecrets(id, before);
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

    public SortedSet<DocumentId> putSecret(SecretFacts secret) {
        return withWrite(() -> {
            SortedSet<DocumentId> needing = new TreeSet<>(reviewCertificates());
            Name name = new Name(secret.namespace(), secret.name());
            SecretFacts before = secrets.put(name, secret);
            if (!secret.equals(before)) {
                index(name);
                needing.addAll(referrersOf(name));
            }
            return needing;
        });
    }

    public SortedSet<DocumentId> removeSecret(String namespace, String name) {
        return withWrite(() -> {
            Name key = new Name(namespace, name);
            if (secrets.remove(key) == null) {
                return none();
            }
            index(key);
            return referrersOf(key);
        });
    }

    public SortedSet<DocumentId> putConfigMap(ConfigMapFacts configMap) {
        return withWrite(() -> {
            SortedSet<DocumentId> needing = new TreeSet<>(reviewCertificates());
            Name name = new Name(configMap.namespace(), configMap.name());
            ConfigMapFacts before = configMaps.put(name, configMap);
            if (!configMap.equals(before)) {
                index(name);
                needing.addAll(referrersOf(name));
            }
            return needing;
        });
    }

    public SortedSet<DocumentId> removeConfigMap(String namespace, String name) {
        return withWrite(() -> {
            Name key = new Name(namespace, name);
            if (configMaps.remove(key) == null) {
                return none();
            }
            index(key);
            return referrersOf(key);
        });
    }

    /**
     * Takes note of the time: certificates that began to count or expired since the last call count as such from now on. To
     * be called every few seconds; it costs nothing when there is nothing to say.
     *
     * @return the objects to translate again
     */
    public SortedSet<DocumentId> reviewCertificates() {
        return withWrite(() -> {
            Instant now = clock.instant();
            if (!now.isAfter(certificatesAsOf)) {
                return none();
            }
            SortedSet<DocumentId> needing = new TreeSet<>();
            turns.subMap(certificatesAsOf, false, now, true)
                    .values()
                    .forEach(names -> names.forEach(name -> needing.addAll(referrersOf(name))));
            certificatesAsOf = now;
            return needing;
        });
    }

    /**
     * Takes the key of the sticky cookies of a LoadBalancer, which must never change once forwarders have it.
     *
     * @param key base64 of at least 16 random bytes
     */
    public SortedSet<DocumentId> putCookieKey(String namespace, String loadBalancer, Secret key) {
        return withWrite(() -> {
            DocumentId id = DocumentId.loadBalancer(namespace, loadBalancer);
            return key.equals(cookieKeys.put(id, key)) ? none() : withListeners(id);
        });
    }

    public SortedSet<DocumentId> removeCookieKey(String namespace, String loadBalancer) {
        return withWrite(() -> {
            DocumentId id = DocumentId.loadBalancer(namespace, loadBalancer);
            return cookieKeys.remove(id) == null ? none() : withListeners(id);
        });
    }

    private SortedSet<DocumentId> withListeners(DocumentId loadBalancer) {
        SortedSet<DocumentId> ids = new TreeSet<>();
        addIfPresent(loadBalancer, ids);
        childrenOf(loadBalancer).keySet().stream()
                .filter(child -> child.kind() == DocumentKind.LISTENER)
                .forEach(ids::add);
        return ids;
    }

    private SortedSet<DocumentId> referrersOf(Name name) {
        return new TreeSet<>(
                referrers.getOrDefault(name, Collections.emptySortedMap()).keySet());
    }

    private void unindexSecrets(DocumentId id, HasMetadata object) {
        References.secrets(object).forEach(name -> removeFrom(referrers, new Name(id.namespace(), name), id));
    }

    /** Notes anew when what has this name begins or expires. */
    private void index(Name name) {
        Set<Instant> before = turnsByName.remove(name);
        if (before != null) {
            before.forEach(turn -> {
                turns.get(turn).remove(name);
                turns.computeIfPresent(turn, (at, names) -> names.isEmpty() ? null : names);
            });
        }
        SecretFacts secret = secrets.get(name);
        if (secret != null) {
            index(name, secret.keyPair().validity());
            index(name, secret.authority().validity());
            if (secret.staple() != null) {
                index(name, secret.staple().validity());
            }
        }
        ConfigMapFacts configMap = configMaps.get(name);
        if (configMap != null) {
            index(name, configMap.authority().validity());
        }
    }

    private void index(Name name, Validity validity) {
        if (validity != null) {
            for (Instant turn : new Instant[] {validity.from(), validity.until()}) {
                turns.computeIfAbsent(turn, at -> new TreeSet<>()).add(name);
                turnsByName.computeIfAbsent(name, key -> new TreeSet<>()).add(turn);
            }
        }
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

    /** Takes note of who has what; nothing needs to be translated again for it, see {@link Holdings#after}. */
    void setHoldings(Holdings now) {
        withWrite(() -> holdings = now);
    }

    private HasMetadata store(HasMetadata object) {
        DocumentId id = ObjectIds.of(object);
        HasMetadata before = objects.put(id, object);
        objectsByNamespace
                .computeIfAbsent(id.namespace(), namespace -> new TreeMap<>())
                .put(id, object);
        if (before != null) {
            removeFrom(children, References.loadBalancer(before), id);
            unindexSecrets(id, before);
        }
        for (String name : References.secrets(object)) {
            referrers
                    .computeIfAbsent(new Name(id.namespace(), name), key -> new TreeMap<>())
                    .put(id, object);
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
                && unreadable(before).equals(unreadable(after))
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

    private static List<String> unreadable(HasMetadata object) {
        return object instanceof ApiObject<?, ?> ours ? ours.unreadable() : List.of();
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
        public Optional<SecretFacts> secret(String namespace, String name) {
            return Optional.ofNullable(secrets.get(new Name(namespace, name)));
        }

        @Override
        public Optional<ConfigMapFacts> configMap(String namespace, String name) {
            return Optional.ofNullable(configMaps.get(new Name(namespace, name)));
        }

        @Override
        public Instant certificatesAsOf() {
            return certificatesAsOf;
        }

        @Override
        public Optional<Secret> cookieKey(String namespace, String loadBalancer) {
            return Optional.ofNullable(cookieKeys.get(DocumentId.loadBalancer(namespace, loadBalancer)));
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
        public Holdings holdings() {
            return holdings;
        }

        @Override
        public Settings settings() {
            return settings;
        }
    }
}
