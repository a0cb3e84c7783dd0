package dev.slb.control.world;

import dev.slb.api.ApiObject;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import dev.slb.plan.Secret;
import dev.slb.translate.ConfigMapFacts;
import dev.slb.translate.Holdings;
import dev.slb.translate.NodeFacts;
import dev.slb.translate.PodFacts;
import dev.slb.translate.SecretFacts;
import dev.slb.translate.Settings;
import dev.slb.translate.Snapshot;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.time.Clock;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Everything that the source has and translation may look at, and which object needs which: each change answers with the
 * objects that must be translated again. Thread-safe; objects are not copied, so nobody may change them.
 *
 * <p>What a change touches, {@link Dependents} and {@link ServerIndex} know. Time is a part of the world where certificates begin and expire, see
 * {@link #reviewCertificates}.
 */
public final class World {

    private final ReadWriteLock lock = new ReentrantReadWriteLock();

    // Guarded by lock.
    private final ObjectStore objects;
    private final Facts facts = new Facts();
    private final CertificateClock certificateClock;
    private final Dependents dependents;
    private final ServerIndex servers;
    private final WorldSnapshot view;

    public World(Settings settings) {
        this(Kinds.ALL, settings, Clock.systemUTC());
    }

    /** @param clock by which certificates begin and expire */
    World(Kinds kinds, Settings settings, Clock clock) {
        this.objects = new ObjectStore(kinds);
        this.certificateClock = new CertificateClock(clock);
        this.dependents = new Dependents(objects);
        this.view = new WorldSnapshot(objects, facts, certificateClock, settings);
        this.servers = view.servers();
    }

    /** Looks at one moment of the world: no change happens meanwhile. The snapshot must not be used afterwards. */
    public <T> T read(Function<Snapshot, T> look) {
        return withRead(() -> look.apply(view));
    }

    public Optional<ApiObject<?, ?>> object(ObjectId id) {
        return withRead(() -> objects.find(id).map(WorldObject::object));
    }

    /** As {@link #object(ObjectId)}; empty when the object is of another kind. */
    public <T extends ApiObject<?, ?>> Optional<T> object(ObjectKind<T, ?> kind, ObjectId id) {
        return withRead(() -> objects.find(kind, id));
    }

    /** Sorted by id. */
    public <T extends ApiObject<?, ?>> List<T> objects(ObjectKind<T, ?> kind) {
        return withRead(() -> objects.ofKind(kind));
    }

    /** Those that have this on record, see {@link ObjectKind#recorded}; sorted by id. */
    public <T extends ApiObject<?, ?>> List<T> recording(ObjectKind<T, ?> kind, Object recorded) {
        return withRead(() -> objects.recording(kind, recorded));
    }

    /** The ids of all objects, sorted. */
    public List<ObjectId> objectIds() {
        return withRead(() -> List.copyOf(objects.ids()));
    }

    /** The LoadBalancers that an object is a part of, whether or not they exist; none of an object that is gone. */
    public SortedSet<ObjectId> loadBalancersOf(ObjectId id) {
        return withRead(() ->
                objects.find(id).map(object -> object.needs().loadBalancers()).orElse(none()));
    }

    /** The parts of a LoadBalancer, whether or not it exists; itself among them when it does. Sorted. */
    public List<ObjectId> partsOf(ObjectId loadBalancer) {
        return withRead(() -> List.copyOf(objects.partsOf(loadBalancer)));
    }

    public boolean hasPod(String namespace, String name) {
        return withRead(() -> servers.pod(namespace, name) != null);
    }

    public boolean hasNode(String name) {
        return withRead(() -> facts.node(name) != null);
    }

    /**
     * Takes an object, new or changed.
     *
     * @return the objects to translate again; empty when nothing changed that anybody needs, as by a write of status
     * @throws IllegalArgumentException when the object is of none of the kinds
     */
    public SortedSet<ObjectId> put(HasMetadata object) {
        WorldObject now = objects.describe(object);
        return withWrite(() -> {
            WorldObject before = objects.put(now);
            return before != null && before.saysTheSameAs(now) ? none() : changed(before, now);
        });
    }

    /**
     * As {@link #put}, if the object is still there in the version that the new one was made from: for answers to own
     * writes, which come before or after the watch tells of them, or of what happened since.
     */
    public SortedSet<ObjectId> replace(HasMetadata expected, HasMetadata object) {
        ObjectId id = objects.describe(object).id();
        String version = expected.getMetadata().getResourceVersion();
        return withWrite(() -> objects.find(id)
                .filter(present -> present.isVersion(version))
                .map(present -> put(object))
                .orElse(none()));
    }

    /** @return the objects to translate again, the removed one included: its documents are to be withdrawn */
    public SortedSet<ObjectId> remove(ObjectId id) {
        return withWrite(() -> {
            WorldObject before = objects.remove(id);
            return before == null ? none() : changed(before, null);
        });
    }

    private SortedSet<ObjectId> changed(WorldObject before, WorldObject after) {
        SortedSet<ObjectId> touched = dependents.of(before, after);
        if (!WorldObject.leaveOthersTheirShare(before, after)) {
            Stream.of(before, after)
                    .filter(Objects::nonNull)
                    .forEach(object -> view.forgetClaims(object.needs().loadBalancers()));
        }
        servers.changed(before, after, touched);
        return touched;
    }

    public SortedSet<ObjectId> putPod(PodFacts pod) {
        return collect(touched -> servers.put(pod, touched));
    }

    public SortedSet<ObjectId> removePod(String namespace, String name) {
        return collect(touched -> servers.removePod(namespace, name, touched));
    }

    public SortedSet<ObjectId> putNode(NodeFacts node) {
        return collect(touched -> {
            if (!node.equals(facts.put(node))) {
                servers.changedNode(node.name(), touched);
            }
        });
    }

    public SortedSet<ObjectId> removeNode(String name) {
        return collect(touched -> {
            if (facts.removeNode(name) != null) {
                servers.changedNode(name, touched);
            }
        });
    }

    private SortedSet<ObjectId> collect(Consumer<SortedSet<ObjectId>> change) {
        return withWrite(() -> {
            SortedSet<ObjectId> touched = new TreeSet<>();
            change.accept(touched);
            return touched;
        });
    }

    public SortedSet<ObjectId> putSecret(SecretFacts secret) {
        NamespacedName name = new NamespacedName(secret.namespace(), secret.name());
        return withWrite(() -> afterReview(name, !secret.equals(facts.put(name, secret))));
    }

    public SortedSet<ObjectId> removeSecret(String namespace, String name) {
        NamespacedName key = new NamespacedName(namespace, name);
        return withWrite(() -> facts.removeSecret(key) == null ? none() : changed(key));
    }

    public SortedSet<ObjectId> putConfigMap(ConfigMapFacts configMap) {
        NamespacedName name = new NamespacedName(configMap.namespace(), configMap.name());
        return withWrite(() -> afterReview(name, !configMap.equals(facts.put(name, configMap))));
    }

    public SortedSet<ObjectId> removeConfigMap(String namespace, String name) {
        NamespacedName key = new NamespacedName(namespace, name);
        return withWrite(() -> facts.removeConfigMap(key) == null ? none() : changed(key));
    }

    /** What is new is judged as of now, and so is everything else. */
    private SortedSet<ObjectId> afterReview(NamespacedName name, boolean changed) {
        SortedSet<ObjectId> touched = new TreeSet<>(reviewCertificates());
        if (changed) {
            touched.addAll(changed(name));
        }
        return touched;
    }

    private SortedSet<ObjectId> changed(NamespacedName name) {
        certificateClock.set(name, facts.validities(name));
        return dependents.ofSecrets(Set.of(name));
    }

    /**
     * Takes note of the time: certificates that began to count or expired since the last call count as such from now on. To
     * be called every few seconds; it costs nothing when there is nothing to say.
     *
     * @return the objects to translate again
     */
    public SortedSet<ObjectId> reviewCertificates() {
        return withWrite(() -> dependents.ofSecrets(certificateClock.advance()));
    }

    /**
     * Takes the key of the sticky cookies of a LoadBalancer, which must never change once forwarders have it.
     *
     * @param key base64 of at least 16 random bytes
     */
    public SortedSet<ObjectId> putCookieKey(ObjectId loadBalancer, Secret key) {
        return withWrite(() ->
                key.equals(facts.putCookieKey(loadBalancer, key)) ? none() : dependents.ofCookieKey(loadBalancer));
    }

    public SortedSet<ObjectId> removeCookieKey(ObjectId loadBalancer) {
        return withWrite(
                () -> facts.removeCookieKey(loadBalancer) == null ? none() : dependents.ofCookieKey(loadBalancer));
    }

    /**
     * @param ready how many forwarders are ready
     * @param addresses of all forwarders, ready or not
     */
    public SortedSet<ObjectId> setForwarders(int ready, Collection<String> addresses) {
        return collect(touched -> {
            if (ready != facts.readyForwarders()) {
                touched.addAll(dependents.ofForwarderCount());
            }
            boolean elsewhere = !Set.copyOf(addresses).equals(facts.forwarderAddresses());
            facts.setForwarders(ready, Set.copyOf(addresses));
            if (elsewhere) {
                // A server there would send traffic round in circles.
                servers.changedForwarders(touched);
            }
        });
    }

    /** Takes note of who has what; nothing needs to be translated again for it, see {@link Holdings#after}. */
    public void setHoldings(Holdings now) {
        withWrite(() -> {
            facts.setHoldings(now);
            servers.changedHoldings();
            view.forgetClaims();
            return none();
        });
    }

    private static SortedSet<ObjectId> none() {
        return Collections.emptySortedSet();
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
}
