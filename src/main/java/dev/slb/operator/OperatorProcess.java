package dev.slb.operator;

import dev.slb.admin.AdminCounts;
import dev.slb.api.ApiObject;
import dev.slb.base.Threads;
import dev.slb.control.BindPorts;
import dev.slb.control.Control;
import dev.slb.control.PlanStore;
import dev.slb.control.Statuses;
import dev.slb.control.world.World;
import dev.slb.delivery.PlanStreamOptions;
import dev.slb.delivery.PlanStreamServer;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * One replica of the operator: translates what the cluster has and serves the plan to its forwarder; while it is elected, it
 * writes status, Events and Services too. Starts without an API server, and outlives it.
 *
 * <pre>{@code
 * try (OperatorProcess operator = OperatorProcess.start(client, apiErrors, options)) {
 *     stop.await();
 * }
 * }</pre>
 */
public final class OperatorProcess implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(OperatorProcess.class);

    private static final Duration HEALTH_PERIOD = Duration.ofSeconds(1);
    private static final long SYNC_POLL_MILLIS = 100;
    private static final long SWEEP_MINUTES = 5;
    private static final long REVIEW_SECONDS = 5;
    private static final Duration SECRET_POLL = Duration.ofMillis(50);

    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(Threads.numbered("operator-timer"));
    private final Deque<AutoCloseable> closing = new ArrayDeque<>();

    private final PlanStore store = new PlanStore();
    private final LongAdder looks = new LongAdder();
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Measures measures = new Measures(registry, this::mayWrite, System::nanoTime);
    private final ApiErrors apiErrors;
    private final World world;
    private final Control control;
    private final Changes changes;
    private final Leadership leadership;
    private final ClusterWatch watch;
    private final SecretWatch secrets;
    private final CookieKeys cookieKeys;
    private final Forwarders forwarders;
    private final Services services;
    private final Reconcilers reconcilers;
    private final KeyedQueue statusQueue;
    private final KeyedQueue childQueue;
    private final StatusWriter statusWriter;
    private final EventRecorder events;
    private final Throttle reported;
    private final OperatorOptions options;
    private PlanStreamServer plan;
    private HealthEndpoint health;

    /** What the start waits for, as it was told last. */
    private String awaited;

    private OperatorProcess(KubernetesClient client, ApiErrors apiErrors, OperatorOptions options) {
        Clock clock = Clock.systemUTC();
        this.apiErrors = apiErrors;
        this.world = new World(options.settings());
        this.control = new Control(world, store);
        this.statusQueue = closeLast(new KeyedQueue("status", 4, this::writeStatus));
        this.childQueue = closeLast(new KeyedQueue("children", 2, this::ensureChildren));
        this.secrets = closeLast(new SecretWatch(client, world, this::touched));
        this.changes = new Changes(world, control, secrets, measures, this::look);
        this.leadership = new Leadership(client, options.lease(), this::elected);
        this.reported = new Throttle(timer, HEALTH_PERIOD, statusQueue::addAll);
        this.watch = closeLast(new ClusterWatch(client, options.watchedNamespaces(), world, changes::touched));
        this.forwarders = closeLast(new Forwarders(client, options, new Forwarders.Listener() {
            @Override
            public void forwarders(int ready, Set<String> addresses) {
                changes.touched(world.setForwarders(ready, addresses));
                reported.addAll(world.objectIds());
            }

            @Override
            public void reported(Set<DocumentId> documents) {
                reported.addAll(withLoadBalancers(documents.stream()
                        .map(control::makerOf)
                        .flatMap(Optional::stream)
                        .collect(Collectors.toSet())));
            }
        }));
        this.services = closeLast(new Services(client, options, world, control, store, this::look));
        this.cookieKeys = closeLast(new CookieKeys(client, options, world, control, changes::touched, this::look));
        this.events = new EventRecorder(client, options.name(), clock);
        this.statusWriter = new StatusWriter(
                client,
                world,
                control,
                new Statuses(world, control, store, services::addresses, clock),
                new BindPorts(world),
                forwarders::reports,
                this::mayWrite,
                events,
                measures,
                changes::touched,
                statusQueue::addLater);
        this.reconcilers =
                closeLast(new Reconcilers(client, options.watchedNamespaces(), changes, control, measures, this::look));
        closeLast(leadership);
        this.options = options;
    }

    private <C extends AutoCloseable> C closeLast(C closeable) {
        closing.push(closeable);
        return closeable;
    }

    /**
     * Returns as soon as forwarders can connect; everything that needs the API server goes on by itself.
     *
     * @param client is not closed
     * @param apiErrors what it counts
     * @throws IOException when a local socket can't be bound
     */
    public static OperatorProcess start(KubernetesClient client, ApiErrors apiErrors, OperatorOptions options)
            throws IOException {
        OperatorProcess process = new OperatorProcess(client, apiErrors, options);
        try {
            process.start();
            return process;
        } catch (IOException | RuntimeException e) {
            process.close();
            throw e;
        }
    }

    private void start() throws IOException {
        plan = closeLast(new PlanStreamServer(store, options.plan(), options.name(), PlanStreamOptions.defaults()));
        Heartbeat heartbeat = closeLast(
                new Heartbeat(this::goWhereTranslationsGo, options.supervision().heartbeat(), System::nanoTime));
        heartbeat.start();
        if (options.health() != null) {
            AdminCounts counts = new AdminCounts();
            OperatorMetrics metrics = new OperatorMetrics(
                    registry,
                    apiErrors,
                    Map.of("translation", measures::waiting, "status", statusQueue::size, "children", childQueue::size),
                    store,
                    looks,
                    options.supervision().restarts(),
                    leadership::isElected,
                    watches(),
                    forwarders::latest,
                    counts);
            health = closeLast(new HealthEndpoint(options.health(), heartbeat::problem, metrics::scrape, counts));
        }
        watch.start();
        forwarders.start();
        services.start();
        cookieKeys.start();
        reconcilers.startLater();
        timer.schedule(this::syncOnceComplete, SYNC_POLL_MILLIS, TimeUnit.MILLISECONDS);
        timer.scheduleWithFixedDelay(this::sweep, SWEEP_MINUTES, SWEEP_MINUTES, TimeUnit.MINUTES);
        timer.scheduleWithFixedDelay(this::reviewCertificates, REVIEW_SECONDS, REVIEW_SECONDS, TimeUnit.SECONDS);
    }

    private Map<String, BooleanSupplier> watches() {
        Map<String, BooleanSupplier> watches = new TreeMap<>();
        Kinds.ALL.forEach(kind -> watches.put(kind.name(), () -> reconcilers.isWatching(kind.type())));
        List.of(Pod.class, Node.class).forEach(kind -> watches.put(kind.getSimpleName(), () -> watch.isWatching(kind)));
        return watches;
    }

    /** Returns only if nobody keeps the world or the store to himself. */
    private void goWhereTranslationsGo() {
        world.objectIds();
        store.isSynced();
    }

    /**
     * Nothing is translated, and nothing leaves the process, before all is known that the cluster has. A replica that can't write
     * yet must not keep another one from it, so the election comes last.
     */
    private void syncOnceComplete() {
        boolean complete = false;
        try {
            String missing = missing();
            complete = missing == null;
            if (!complete && !missing.equals(awaited)) {
                log.info("waiting for the first list of {}", missing);
                awaited = missing;
            }
            if (complete) {
                changes.forgetUnknown();
                control.sync();
                log.info(
                        "everything is translated: the plan has {} documents",
                        store.documents().size());
                leadership.start();
            }
        } catch (RuntimeException e) {
            log.error("the first look at the cluster failed and is tried again", e);
            complete = false;
        } finally {
            if (!complete) {
                timer.schedule(this::syncOnceComplete, SYNC_POLL_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }

    /** What is not yet known as a whole, null when everything is. */
    private String missing() {
        if (!reconcilers.hasSynced() || !changes.isDelivered()) {
            return Kinds.ALL.stream().map(kind -> kind.name() + "s").collect(Collectors.joining(", "));
        } else if (!watch.isDelivered()) {
            return "pods and nodes";
        } else if (!secrets.isDelivered()) {
            return "Secrets and ConfigMaps that listeners name";
        } else if (!cookieKeys.isDelivered()) {
            return "keys for cookies";
        } else if (!services.isDelivered()) {
            return "Services";
        }
        return forwarders.isDelivered() ? null : "the forwarders' pods";
    }

    private void elected() {
        measures.forgetEdits();
        Collection<ObjectId> all = world.objectIds();
        statusQueue.addAll(all);
        all.stream().filter(id -> id.kind() == Kinds.LOAD_BALANCER).forEach(childQueue::add);
        try {
            timer.execute(this::sweep);
        } catch (RejectedExecutionException e) {
            log.debug("closed while it was being elected", e);
        }
    }

    private boolean mayWrite() {
        return leadership.isElected();
    }

    /** Sets the reconcilers of objects going. */
    private void touched(Collection<ObjectId> ids) {
        changes.touched(ids);
    }

    /** Looks whether something of an object has to be written. */
    private void look(ObjectId id) {
        looks.increment();
        statusQueue.add(id);
        if (id.kind() == Kinds.LOAD_BALANCER) {
            childQueue.add(id);
        } else if (id.kind() == Kinds.LISTENER) {
            world.loadBalancersOf(id).forEach(childQueue::add);
        } else {
            // It counts the servers of all its groups: once for many that change in the same moment.
            reported.addAll(world.loadBalancersOf(id));
        }
    }

    private SortedSet<ObjectId> withLoadBalancers(Set<ObjectId> ids) {
        SortedSet<ObjectId> all = new TreeSet<>(ids);
        ids.forEach(id -> all.addAll(world.loadBalancersOf(id)));
        return all;
    }

    private void writeStatus(ObjectId id) {
        if (!mayWrite()) {
            return;
        }
        if (!forwarders.isSettled() && hasStatus(id)) {
            // What forwarders say is on its way; what was written before says more than "unknown".
            reported.addAll(Set.of(id));
            return;
        }
        if (!secrets.isDelivered(id) && (hasStatus(id) || secrets.isFresh(id))) {
            // What it names is on its way: "not found" would be a guess. But a first status does not wait for long.
            statusQueue.addLater(id, SECRET_POLL);
            return;
        }
        statusWriter.write(id).ifPresent(written -> {
            if (id.kind() == Kinds.LISTENER) {
                secrets.refusal(id).ifPresent(why -> events.warn(written, "SecretNotReadable", why));
                // It counts the listeners that are ready.
                world.loadBalancersOf(id).forEach(statusQueue::add);
            }
        });
    }

    private boolean hasStatus(ObjectId id) {
        return world.object(id).map(ApiObject::getStatus).isPresent();
    }

    /** One that can't be written must not hold up the other. */
    private void ensureChildren(ObjectId id) {
        try {
            ensure(id, "CookieKeyFailed", "key for cookies", cookieKeys::ensure);
        } finally {
            ensure(id, "ServiceFailed", "Service", services::ensure);
        }
    }

    private void ensure(ObjectId id, String failure, String what, Consumer<ObjectId> write) {
        if (!mayWrite()) {
            return;
        }
        try {
            write.accept(id);
        } catch (KubernetesClientException e) {
            world.object(id)
                    .ifPresent(loadBalancer -> events.warn(loadBalancer, failure, what + ": " + e.getMessage()));
            throw e;
        }
    }

    private void sweep() {
        try {
            if (mayWrite()) {
                services.sweep();
                cookieKeys.sweep();
            }
        } catch (RuntimeException e) {
            log.warn("what is left of LoadBalancers that are gone could not be removed, later again: {}", e.toString());
        }
    }

    /** Certificates begin and expire while nothing else happens. */
    private void reviewCertificates() {
        try {
            touched(world.reviewCertificates());
        } catch (RuntimeException e) {
            log.error("certificates could not be looked at, later again", e);
        }
    }

    /** Whether this replica writes to the API server now. */
    public boolean isElected() {
        return leadership.isElected();
    }

    /** Whether everything in the cluster was translated once, and forwarders are served. */
    public boolean isSynced() {
        return store.isSynced();
    }

    /** All documents that forwarders should serve, sorted by id. */
    List<PlanDocument> documents() {
        return store.documents();
    }

    /** Where {@code /healthz} and {@code /readyz} are, null for nowhere. */
    public InetSocketAddress healthAddress() {
        return health == null ? null : health.address();
    }

    /** Forwarders keep what they have. The lease is given back. */
    @Override
    public void close() {
        timer.shutdownNow();
        for (AutoCloseable each : closing) {
            try {
                each.close();
            } catch (Exception e) {
                log.warn("{} did not close well", each.getClass().getSimpleName(), e);
            }
        }
    }
}
