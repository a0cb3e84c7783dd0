package dev.slb.operator;

import dev.slb.api.ApiObject;
import dev.slb.base.Threads;
import dev.slb.control.Backoff;
import dev.slb.control.Control;
import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.RegisteredController;
import io.javaoperatorsdk.operator.api.config.ConfigurationService;
import io.javaoperatorsdk.operator.api.config.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.config.ResolvedControllerConfiguration;
import io.javaoperatorsdk.operator.api.config.informer.InformerConfiguration;
import io.javaoperatorsdk.operator.health.InformerHealthIndicator;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Runs a reconciler for each kind on java-operator-sdk, again and again. Its own leader election is off, since it stops followers and
 * ends the process, and so is its habit to end when an informer can't start.
 */
final class Reconcilers implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Reconcilers.class);

    /** How long one start waits for an API server before it leaves the trying to the informers. */
    private static final Duration START_PATIENCE = Duration.ofSeconds(20);

    /** Who runs so long runs well. */
    private static final Duration WELL = Duration.ofMinutes(1);

    private static final Duration SYNC_POLL = Duration.ofMillis(100);

    /** Everything is looked at again so often, whatever watches have missed. */
    private static final Duration RECONCILE_ANYWAY = Duration.ofMinutes(3);

    private final KubernetesClient client;
    private final Set<String> namespaces;
    private final List<ObjectReconciler<?>> reconcilers;
    private final Changes changes;
    private final Thread runner = Threads.daemon("reconcilers", this::run);
    private volatile Operator operator;
    private volatile boolean closed;

    /** @param namespaces whose objects are served; empty for all */
    Reconcilers(
            KubernetesClient client,
            Set<String> namespaces,
            Changes changes,
            Control control,
            Measures measures,
            Consumer<ObjectId> afterwards) {
        this.client = client;
        this.namespaces = namespaces;
        this.changes = changes;
        this.reconcilers = Kinds.ALL.stream()
                .<ObjectReconciler<?>>map(kind -> new ObjectReconciler<>(kind, changes, control, measures, afterwards))
                .toList();
    }

    /** Does not wait: an API server that is out of reach is tried for ever. */
    void startLater() {
        runner.start();
    }

    /** Starts them again whenever one of their informers has stopped: it can't be started by itself, nor a second time. */
    private void run() {
        Backoff backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));
        try {
            for (boolean again = false; !closed; again = true) {
                CompletableFuture<String> stopped = new CompletableFuture<>();
                long start = System.nanoTime();
                try {
                    runUntil(stopped, again);
                } catch (RuntimeException e) {
                    if (closed) {
                        break;
                    }
                    log.warn("the reconcilers could not start and are started again: {}", e.toString());
                }
                if (System.nanoTime() - start > WELL.toNanos()) {
                    backoff.reset();
                }
                // What is still watched goes on being watched meanwhile.
                Thread.sleep(backoff.nextMillis());
                stop();
            }
        } catch (InterruptedException e) {
            closed = true;
        } finally {
            stop();
        }
    }

    /** @param again what happened while nobody watched is not told by the new informers where it is an end */
    private void runUntil(CompletableFuture<String> stopped, boolean again) throws InterruptedException {
        Operator fresh = newOperator(stopped);
        operator = fresh;
        fresh.start();
        while (again && !stopped.isDone()) {
            if (hasSynced()) {
                changes.forgetUnknown();
                again = false;
            } else {
                waitFor(stopped, SYNC_POLL);
            }
        }
        while (!waitFor(stopped, WELL)) {
            // It goes on.
        }
        log.error("no {} are watched, and all are watched anew", stopped.join());
    }

    private static boolean waitFor(CompletableFuture<String> stopped, Duration atMost) throws InterruptedException {
        try {
            stopped.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
        return true;
    }

    private void stop() {
        Operator running = operator;
        operator = null;
        if (running != null) {
            running.stop();
        }
    }

    /** @param stopped completed with the kind of an informer that has ended by itself */
    private Operator newOperator(CompletableFuture<String> stopped) {
        Operator fresh = new Operator(configuration -> configuration
                .withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withUseSSAToPatchPrimaryResource(false)
                .withStopOnInformerErrorDuringStartup(false)
                .withCacheSyncTimeout(START_PATIENCE)
                .withInformerStoppedHandler((informer, failure) -> {
                    if (failure != null) {
                        stopped.complete(informer.getApiTypeClass().getSimpleName() + "s");
                    }
                }));
        reconcilers.forEach(reconciler -> register(fresh, reconciler));
        return fresh;
    }

    private <T extends ApiObject<?, ?>> void register(Operator fresh, ObjectReconciler<T> reconciler) {
        fresh.register(reconciler, configuration(reconciler.kind(), fresh.getConfigurationService()));
    }

    /** One class reconciles all kinds, so that which it is can't be found out from its type parameter. */
    private <T extends ApiObject<?, ?>> ControllerConfiguration<T> configuration(
            ObjectKind<T, ?> kind, ConfigurationService service) {
        InformerConfiguration<T>.Builder informer = InformerConfiguration.builder(kind.type());
        String name = kind.toString();
        return new ResolvedControllerConfiguration<>(
                name,
                true,
                ObjectReconciler.class.getName(),
                new GenericRetry()
                        .setInitialInterval(Duration.ofSeconds(1))
                        .setMaxInterval(Duration.ofSeconds(30).toMillis())
                        .withoutMaxAttempts(),
                null,
                RECONCILE_ANYWAY,
                null,
                Map.of(),
                name,
                service,
                (namespaces.isEmpty() ? informer.withWatchAllNamespaces() : informer.withNamespaces(namespaces))
                        .buildForController(),
                false,
                null);
    }

    /** Whether every informer has its first list. */
    boolean hasSynced() {
        return each(kind -> true, InformerHealthIndicator::hasSynced);
    }

    /** Whether every object of a kind is known and followed now. */
    boolean isWatching(Class<? extends HasMetadata> kind) {
        return each(kind::equals, informer -> informer.hasSynced() && informer.isWatching());
    }

    /** False as long as there is no informer yet. */
    private boolean each(Predicate<Class<?>> kinds, Predicate<InformerHealthIndicator> condition) {
        Operator running = operator;
        return running != null
                && running.getRegisteredControllers().stream()
                        .map(controller -> (RegisteredController<?>) controller)
                        .filter(controller ->
                                kinds.test(controller.getConfiguration().getResourceClass()))
                        .map(RegisteredController::getControllerHealthInfo)
                        .flatMap(health -> health.informerEventSourceHealthIndicators().values().stream())
                        .map(source -> source.informerHealthIndicators().values())
                        .allMatch(informers ->
                                !informers.isEmpty() && informers.stream().allMatch(condition));
    }

    @Override
    public void close() {
        closed = true;
        runner.interrupt();
        try {
            runner.join(START_PATIENCE.plusSeconds(5).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
