package dev.slb.operator;

import dev.slb.control.Control;
import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.translate.LoadBalancerTranslation;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.HttpURLConnection;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The keys of sticky cookies, a Secret in the operator's namespace for each LoadBalancer that needs one. The elected replica
 * generates a key once; every replica takes it from there, so that all forwarders know the same servers by the same cookies. It stays
 * as long as its LoadBalancer: clients come back with cookies of weeks ago.
 */
final class CookieKeys implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(CookieKeys.class);

    static final String PURPOSE_LABEL = "slb.dev/purpose";
    static final String PURPOSE = "cookie-key";

    private static final String FIELD = "key";
    private static final String TYPE = "slb.dev/cookie-key";
    private static final int BYTES = 32;
    private static final int LEAST_BYTES = 16;
    private static final int MAX_NAME = 63;

    private final KubernetesClient client;
    private final String namespace;
    private final World world;
    private final Control control;
    private final Consumer<Collection<ObjectId>> onTouched;
    private final Consumer<ObjectId> onGone;
    private final SharedIndexInformer<Secret> informer;
    private final SecureRandom random = new SecureRandom();

    /**
     * @param onTouched hears of objects that mean something else by a new key
     * @param onGone hears of LoadBalancers whose Secret was deleted
     */
    CookieKeys(
            KubernetesClient client,
            OperatorOptions options,
            World world,
            Control control,
            Consumer<Collection<ObjectId>> onTouched,
            Consumer<ObjectId> onGone) {
        this.client = client;
        this.namespace = options.namespace();
        this.world = world;
        this.control = control;
        this.onTouched = onTouched;
        this.onGone = onGone;
        this.informer = client.secrets()
                .inNamespace(namespace)
                .withLabel(ServiceBlueprint.MANAGED_BY, ServiceBlueprint.MANAGER)
                .withLabel(PURPOSE_LABEL, PURPOSE)
                .runnableInformer(0)
                .exceptionHandler((started, failure) -> true)
                .addEventHandler(new InformerEvents<>(this::take, this::drop));
    }

    void start() {
        informer.start();
    }

    /** Whether every key that there is is in the world. */
    boolean isDelivered() {
        return informer.hasSynced()
                && informer.getStore().list().stream()
                        .filter(secret -> ServiceBlueprint.ownerOf(secret) != null && key(secret) != null)
                        .allMatch(secret -> inWorld(ServiceBlueprint.ownerOf(secret)) != null);
    }

    private dev.slb.plan.Secret inWorld(ObjectId loadBalancer) {
        return world.read(snapshot -> snapshot.cookieKey(loadBalancer.namespace(), loadBalancer.name()))
                .orElse(null);
    }

    private void take(Secret secret) {
        ObjectId owner = ServiceBlueprint.ownerOf(secret);
        dev.slb.plan.Secret key = key(secret);
        if (owner == null || key == null) {
            log.warn(
                    "Secret {} is not a key for cookies and is not used",
                    secret.getMetadata().getName());
            return;
        }
        onTouched.accept(world.putCookieKey(owner, key));
    }

    /** The key goes on in this process while there is a LoadBalancer for it: cookies are out there. */
    private void drop(Secret secret) {
        ObjectId owner = ServiceBlueprint.ownerOf(secret);
        if (owner == null) {
            return;
        }
        if (world.object(owner).isEmpty()) {
            onTouched.accept(world.removeCookieKey(owner));
        }
        onGone.accept(owner);
    }

    /** The bytes in base64, null when there are none or too few. */
    private static dev.slb.plan.Secret key(Secret secret) {
        Map<String, String> data = secret.getData();
        String key = data == null ? null : data.get(FIELD);
        try {
            return key == null || Base64.getDecoder().decode(key).length < LEAST_BYTES
                    ? null
                    : new dev.slb.plan.Secret(key);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /**
     * Generates the key of a LoadBalancer that needs one and has none; writes one anew whose Secret was deleted; removes that
     * of a LoadBalancer that is gone. For the elected replica.
     */
    void ensure(ObjectId id) {
        Secret present = find(id);
        if (world.object(id).isEmpty()) {
            if (present != null) {
                remove(present, "its LoadBalancer is gone");
            }
            onTouched.accept(world.removeCookieKey(id));
        } else if (present != null && key(present) == null) {
            // Its end calls this again.
            remove(present, "it holds no key");
        } else if (present == null) {
            dev.slb.plan.Secret known = inWorld(id);
            if (known != null || isAwaited(id)) {
                create(id, known);
            }
        }
    }

    private boolean isAwaited(ObjectId id) {
        return control.translation(Kinds.LOAD_BALANCER, id)
                .filter(LoadBalancerTranslation::awaitsCookieKey)
                .isPresent();
    }

    private void create(ObjectId id, dev.slb.plan.Secret known) {
        try {
            client.resource(secret(id, known == null ? random() : known.text())).create();
            log.info("Secret {} has the key for cookies of {}", name(id), id);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            // Somebody was faster, and the watch will say so.
        }
    }

    private String random() {
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private Secret secret(ObjectId id, String key) {
        return new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name(id))
                .withLabels(Map.of(
                        ServiceBlueprint.MANAGED_BY,
                        ServiceBlueprint.MANAGER,
                        PURPOSE_LABEL,
                        PURPOSE,
                        ServiceBlueprint.OWNER_LABEL,
                        ServiceBlueprint.ownerLabel(id)))
                .withAnnotations(Map.of(ServiceBlueprint.OWNER_ANNOTATION, ServiceBlueprint.owner(id)))
                .endMetadata()
                .withType(TYPE)
                .withData(Map.of(FIELD, key))
                .build();
    }

    static String name(ObjectId loadBalancer) {
        String owner = ServiceBlueprint.owner(loadBalancer);
        String readable = "slb-cookies-" + owner.replace('/', '-').replace('.', '-');
        return Digests.suffixed(readable, owner, MAX_NAME);
    }

    /** Removes keys whose LoadBalancer went while nobody looked. For the elected replica, once the world is complete. */
    void sweep() {
        for (Secret secret : informer.getStore().list()) {
            ObjectId owner = ServiceBlueprint.ownerOf(secret);
            if (owner == null || world.object(owner).isEmpty()) {
                remove(secret, "its LoadBalancer is gone");
            }
        }
    }

    private void remove(Secret secret, String why) {
        log.info("removing Secret {}: {}", secret.getMetadata().getName(), why);
        client.resource(secret).delete();
    }

    private Secret find(ObjectId id) {
        return informer.getStore().getByKey(Cache.namespaceKeyFunc(namespace, name(id)));
    }

    @Override
    public void close() {
        informer.stop();
    }
}
