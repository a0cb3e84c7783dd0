package dev.slb.operator;

import dev.slb.base.CauseChain;
import dev.slb.control.world.FactKind;
import dev.slb.control.world.World;
import dev.slb.kind.NamedSecrets;
import dev.slb.kind.ObjectId;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Watches the Secrets and ConfigMaps that listeners name, each by itself and no others: what nobody names never comes into this
 * process, and rights can be given name by name. What is used of them goes into the world, and nothing else is kept.
 */
final class SecretWatch implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SecretWatch.class);

    /** So many answers that are errors make one that is: whoever waits for it waits no longer. It is tried on all the same. */
    private static final int ENOUGH_ERRORS = 3;

    private static final Duration MOMENT = Duration.ofSeconds(3);

    private record Key(String kind, String namespace, String name) {

        static final String SECRET = "Secret";
        static final String CONFIG_MAP = "ConfigMap";

        @Override
        public String toString() {
            return kind + " " + namespace + "/" + name;
        }
    }

    private final KubernetesClient client;
    private final World world;
    private final Consumer<Collection<ObjectId>> onTouched;

    // Guarded by this.
    private final Map<Key, Watched<?>> watches = new HashMap<>();
    private final Map<ObjectId, Set<Key>> named = new HashMap<>();
    /** When an object named something new last, {@link System#nanoTime}. */
    private final Map<ObjectId, Long> since = new HashMap<>();

    private boolean closed;

    /** @param onTouched has the objects translated that mean something else now, see {@link Changes#touched} */
    SecretWatch(KubernetesClient client, World world, Consumer<Collection<ObjectId>> onTouched) {
        this.client = client;
        this.world = world;
        this.onTouched = onTouched;
    }

    /**
     * Watches what an object names from now on. Does not wait.
     *
     * @return to be run once the world has the object: lets go of what it named before
     */
    Runnable follow(ObjectId object, NamedSecrets names) {
        Set<Key> keys = new HashSet<>();
        names.secrets().forEach(name -> keys.add(new Key(Key.SECRET, object.namespace(), name)));
        names.configMaps().forEach(name -> keys.add(new Key(Key.CONFIG_MAP, object.namespace(), name)));
        return follow(object, keys);
    }

    /** As {@link #follow}, of an object that is gone. */
    Runnable forget(ObjectId object) {
        return follow(object, Set.of());
    }

    private synchronized Runnable follow(ObjectId object, Set<Key> keys) {
        if (closed) {
            return () -> {};
        }
        Set<Key> before = keys.isEmpty() ? named.remove(object) : named.put(object, keys);
        if (keys.isEmpty()) {
            since.remove(object);
        } else if (!keys.equals(before)) {
            since.put(object, System.nanoTime());
        }
        for (Key key : keys) {
            if (!watches.containsKey(key)) {
                Watched<?> watched = watch(key);
                watches.put(key, watched);
                watched.informer.start();
            }
        }
        return before == null || before.equals(keys) ? () -> {} : () -> before.forEach(this::letGo);
    }

    private synchronized void letGo(Key key) {
        boolean wanted = named.values().stream().anyMatch(each -> each.contains(key));
        Watched<?> watched = wanted || closed ? null : watches.remove(key);
        if (watched != null) {
            watched.end();
        }
    }

    private Watched<?> watch(Key key) {
        return key.kind().equals(Key.SECRET)
                ? new Watched<>(
                        key,
                        client.secrets()
                                .inNamespace(key.namespace())
                                .withName(key.name())
                                .runnableInformer(0),
                        Secret::new,
                        FactKind.SECRET)
                : new Watched<>(
                        key,
                        client.configMaps()
                                .inNamespace(key.namespace())
                                .withName(key.name())
                                .runnableInformer(0),
                        ConfigMap::new,
                        FactKind.CONFIG_MAP);
    }

    private final class Watched<T extends HasMetadata> {

        private final Key key;
        private final SharedIndexInformer<T> informer;
        private final FactKind<T> kind;
        /** Of what is in the world, null for nothing. Guarded by this watch, as is {@link #ended}. */
        private String uid;

        private boolean ended;
        private int errors;
        private volatile String refused;

        Watched(Key key, SharedIndexInformer<T> informer, Supplier<T> empty, FactKind<T> kind) {
            this.key = key;
            this.kind = kind;
            this.informer = informer.itemStore(new PrunedStore<>(empty))
                    .removeNamespaceIndex()
                    .exceptionHandler((started, failure) -> failed(failure))
                    .addEventHandler(new InformerEvents<>(this::take, this::drop));
        }

        private void take(T object) {
            Collection<ObjectId> touched;
            synchronized (this) {
                if (ended) {
                    return;
                }
                touched = kind.put(world, object);
                uid = object.getMetadata().getUid();
            }
            answered();
            onTouched.accept(touched);
        }

        private void drop(T object) {
            Collection<ObjectId> touched;
            synchronized (this) {
                if (ended || !Objects.equals(uid, object.getMetadata().getUid())) {
                    return;
                }
                touched = remove();
                uid = null;
            }
            onTouched.accept(touched);
        }

        private Collection<ObjectId> remove() {
            return kind.remove(world, key.namespace(), key.name());
        }

        /** Nobody names it any more. */
        void end() {
            informer.stop();
            synchronized (this) {
                ended = true;
                remove();
            }
        }

        private boolean failed(Throwable failure) {
            int code = code(failure);
            boolean forbidden = code == HttpURLConnection.HTTP_FORBIDDEN;
            if (forbidden || code > 0 && ++errors >= ENOUGH_ERRORS) {
                if (refused == null) {
                    log.warn("{} can't be read and is tried again: the API server answers {}", key, code);
                }
                refused = key + " can't be read: "
                        + (forbidden ? "the operator may not list and watch it" : "the API server answers " + code);
            }
            return true;
        }

        /** The HTTP status that the API server answered with, 0 when it did not answer. */
        private static int code(Throwable failure) {
            KubernetesClientException answer =
                    CauseChain.first(failure, KubernetesClientException.class, each -> each.getCode() > 0);
            return answer == null ? 0 : answer.getCode();
        }

        private void answered() {
            errors = 0;
            refused = null;
        }

        /** Whether it is known what there is, or that it will not be known. */
        boolean isDelivered() {
            if (refused != null) {
                return true;
            }
            if (!informer.hasSynced()) {
                return false;
            }
            synchronized (this) {
                return uid != null || informer.getStore().listKeys().isEmpty();
            }
        }
    }

    /** Whether all that objects name is in the world, as far as it is there at all. */
    synchronized boolean isDelivered() {
        return watches.values().stream().allMatch(Watched::isDelivered);
    }

    /** As {@link #isDelivered()}, for what one object names. */
    synchronized boolean isDelivered(ObjectId object) {
        return named.getOrDefault(object, Set.of()).stream().map(watches::get).allMatch(Watched::isDelivered);
    }

    /** Whether what the object names was not to be known until a moment ago. */
    synchronized boolean isFresh(ObjectId object) {
        Long from = since.get(object);
        return from != null && System.nanoTime() - from < MOMENT.toNanos();
    }

    /** Why something that the object names can't be read; empty when it can, or is not there. */
    synchronized Optional<String> refusal(ObjectId object) {
        return named.getOrDefault(object, Set.of()).stream()
                .map(watches::get)
                .filter(watched -> !watched.informer.isWatching())
                .map(watched -> watched.refused)
                .filter(Objects::nonNull)
                .sorted()
                .findFirst();
    }

    @Override
    public synchronized void close() {
        closed = true;
        watches.values().forEach(watched -> watched.informer.stop());
    }
}
