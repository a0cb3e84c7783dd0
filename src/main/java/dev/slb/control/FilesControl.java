package dev.slb.control;

import dev.slb.api.AddressType;
import dev.slb.api.ApiObject;
import dev.slb.api.LoadBalancerAddress;
import dev.slb.control.world.FactKind;
import dev.slb.control.world.World;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanSink;
import dev.slb.plan.WrittenPlan;
import dev.slb.translate.Holdings;
import dev.slb.translate.Settings;
import dev.slb.translate.Translation;
import dev.slb.translate.status.ForwarderReports;
import io.fabric8.kubernetes.api.model.HasMetadata;

import java.security.SecureRandom;
import java.time.Clock;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;

/** The control plane of one process whose objects come from files: no sockets, and one forwarder. */
public final class FilesControl implements AutoCloseable {

    /** Who reads the files is on this machine, whatever other addresses the listeners have. */
    private static final List<LoadBalancerAddress> LOOPBACK =
            List.of(new LoadBalancerAddress(AddressType.IPAddress, "127.0.0.1"));

    private static final int COOKIE_KEY_BYTES = 32;

    private final World world;
    private final PlanStore store = new PlanStore();
    private final Control control;
    private final Statuses statuses;
    private final PlanFeed feed;
    private final Function<ObjectId, Optional<dev.slb.plan.Secret>> cookieKeys;

    /** What is in the world, by kind and name, so that what went away is noticed. */
    private Map<List<String>, HasMetadata> known = Map.of();

    /** Files have no creation time: who is served keeps what it has. */
    private Holdings holdings = Holdings.NONE;

    /** Keeps no key for cookies: clients are strangers after a restart. */
    public FilesControl(Settings settings, PlanSink forwarder) {
        this(settings, forwarder, forgottenKeys());
    }

    /**
     * @param forwarder gets nothing before the first {@link #update}
     * @param cookieKeys the key of a LoadBalancer's cookies, always the same; empty when there is none, and asked for again
     *     at the next change
     */
    public FilesControl(
            Settings settings, PlanSink forwarder, Function<ObjectId, Optional<dev.slb.plan.Secret>> cookieKeys) {
        this.cookieKeys = cookieKeys;
        this.world = new World(settings);
        this.control = new Control(world, store);
        this.statuses = new Statuses(world, control, store, loadBalancer -> LOOPBACK, Clock.systemUTC());
        this.feed = new PlanFeed(store, forwarder);
        world.setForwarders(1, Set.of());
    }

    /** Keys that nobody knows once the process has ended. */
    public static Function<ObjectId, Optional<dev.slb.plan.Secret>> forgottenKeys() {
        byte[] random = new byte[COOKIE_KEY_BYTES];
        new SecureRandom().nextBytes(random);
        Optional<dev.slb.plan.Secret> key =
                Optional.of(new dev.slb.plan.Secret(Base64.getEncoder().encodeToString(random)));
        return loadBalancer -> key;
    }

    /**
     * Takes everything that the files say now.
     *
     * @param objects the four kinds, Pods, Nodes, Secrets and ConfigMaps; others are ignored. Each with its namespace, none twice
     * @param unreadable objects that are there, but not in a form that can be served: those that were served stay as they
     *     were
     */
    public synchronized void update(Collection<? extends HasMetadata> objects, Collection<ObjectId> unreadable) {
        Map<List<String>, HasMetadata> now = new HashMap<>();
        for (HasMetadata object : objects) {
            if (isUsed(object)) {
                now.put(key(object), object);
            }
        }
        known.forEach((key, object) -> {
            if (Kinds.ALL.idOf(object).filter(unreadable::contains).isPresent()) {
                now.putIfAbsent(key, object);
            }
        });
        SortedSet<ObjectId> touched = new TreeSet<>();
        now.forEach((key, object) -> {
            if (!object.equals(known.get(key))) {
                touched.addAll(put(object));
            }
        });
        known.forEach((key, object) -> {
            if (!now.containsKey(key)) {
                touched.addAll(remove(object));
            }
        });
        known = now;
        if (control.isSynced()) {
            control.translateAll(touched);
        } else {
            control.sync();
        }
        giveCookieKeys();
        takeStock();
    }

    private void giveCookieKeys() {
        SortedSet<ObjectId> touched = new TreeSet<>();
        control.translations(Kinds.LOAD_BALANCER).forEach((id, loadBalancer) -> {
            if (loadBalancer.awaitsCookieKey()) {
                cookieKeys.apply(id).ifPresent(key -> touched.addAll(world.putCookieKey(id, key)));
            }
        });
        control.translateAll(touched);
    }

    private void takeStock() {
        holdings = holdings.after(
                control.translations(Kinds.LISTENER).values(),
                control.translations(Kinds.LOAD_BALANCER).values(),
                control.translations().values());
        world.setHoldings(holdings);
    }

    private static boolean isUsed(HasMetadata object) {
        return FactKind.of(object).isPresent() || Kinds.ALL.of(object).isPresent();
    }

    /** Translates again what a certificate concerns that began to count or expired; to be called every few seconds. */
    public synchronized void reviewCertificates() {
        if (control.isSynced()) {
            control.translateAll(world.reviewCertificates());
            takeStock();
        }
    }

    private static List<String> key(HasMetadata object) {
        String namespace = object.getMetadata().getNamespace();
        return List.of(
                object.getKind(),
                namespace == null ? "" : namespace,
                object.getMetadata().getName());
    }

    private SortedSet<ObjectId> put(HasMetadata object) {
        return FactKind.of(object)
                .map(kind -> kind.put(world, object))
                .or(() -> Kinds.ALL.of(object).map(kind -> put(kind, object)))
                .orElseThrow();
    }

    /** Files have no status: it goes on. */
    private <T extends ApiObject<?, ?>> SortedSet<ObjectId> put(ObjectKind<T, ?> kind, HasMetadata object) {
        T now = kind.type().cast(object);
        return world.put(world.object(kind, kind.id(now))
                .map(before -> kind.withStatusOf(before, now))
                .orElse(now));
    }

    private SortedSet<ObjectId> remove(HasMetadata object) {
        String namespace = object.getMetadata().getNamespace();
        return FactKind.of(object)
                .map(kind -> kind.remove(world, namespace, object.getMetadata().getName()))
                .or(() -> Kinds.ALL.idOf(object).map(world::remove))
                .orElseThrow();
    }

    /** What the forwarder should serve, sorted by id. */
    public List<PlanDocument> documents() {
        return store.documents();
    }

    /** The same as they are written. */
    public List<WrittenPlan<?>> plans() {
        return store.plans();
    }

    /** What each object meant when it was translated last. */
    public SortedMap<ObjectId, Translation> translations() {
        return control.translations();
    }

    /**
     * All objects of the four kinds as a cluster would show them, with the statuses that they have by a report of the forwarder;
     * sorted by kind, namespace and name. Times of conditions are kept from call to call.
     */
    public synchronized List<HasMetadata> objects(ForwarderReport report) {
        ForwarderReports reports = new ForwarderReports(1, List.of(report));
        // Backwards: a LoadBalancer counts the listeners that are ready.
        for (ObjectId id :
                world.objectIds().stream().sorted(Comparator.reverseOrder()).toList()) {
            world.object(id)
                    .ifPresent(object ->
                            statuses.withStatus(id, object, reports, null).ifPresent(world::put));
        }
        return world.objectIds().stream()
                .map(world::object)
                .flatMap(Optional::stream)
                .<HasMetadata>map(object -> object)
                .toList();
    }

    /** The forwarder keeps what it has. */
    @Override
    public void close() {
        feed.close();
    }
}
