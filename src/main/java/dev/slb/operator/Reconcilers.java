package dev.slb.operator;

import dev.slb.control.Backoff;
import dev.slb.control.Control;
import dev.slb.plan.DocumentId;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.RegisteredController;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.health.InformerHealthIndicator;
import io.javaoperatorsdk.operator.health.InformerWrappingEventSourceHealthIndicator;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Runs the four reconcilers on java-operator-sdk. Its own leader election is off, since it stops followers and ends the process,
 * and so is its habit to end when an informer can't start.
 */
final class Reconcilers implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Reconcilers.class);

    /** How long one start waits for an API server before it leaves the trying to the informers. */
    private static final Duration START_PATIENCE = Duration.ofSeconds(20);

    /** Everything is looked at again so often, whatever watches have missed. */
    private static final Duration RECONCILE_ANYWAY = Duration.ofMinutes(3);

    private final KubernetesClient client;
    private final Set<String> namespaces;
    private final List<Reconciler<? extends HasMetadata>> reconcilers;
    private final Thread starter = new Thread(this::start, "reconcilers");

    private volatile Operator operator;
    private volatile boolean started;
    private volatile boolean closed;

    /** @param namespaces whose objects are served; empty for all */
    Reconcilers(
            KubernetesClient client,
            Set<String> namespaces,
            Changes changes,
            Control control,
            Consumer<DocumentId> afterwards) {
        this.client = client;
        this.namespaces = namespaces;
        this.reconcilers = List.of(
                new LoadBalancerReconciler(changes, control, afterwards),
                new ListenerReconciler(changes, control, afterwards),
                new VServerGroupReconciler(changes, control, afterwards),
                new MasterSlaveGroupReconciler(changes, control, afterwards));
    }

    /** Does not wait: an API server that is out of reach is tried for ever. */
    void startLater() {
        starter.setDaemon(true);
        starter.start();
    }

    private void start() {
        Backoff backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));
        while (!closed && !started) {
            Operator attempt = newOperator();
            try {
                attempt.start();
                operator = attempt;
                started = true;
            } catch (RuntimeException e) {
                log.warn("the reconcilers could not start and are started again: {}", e.toString());
                attempt.stop();
                pause(backoff.nextMillis());
            }
        }
        if (closed && operator != null) {
            operator.stop();
        }
    }

    private void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    private Operator newOperator() {
        Operator fresh = new Operator(configuration -> configuration
                .withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withUseSSAToPatchPrimaryResource(false)
                .withStopOnInformerErrorDuringStartup(false)
                .withCacheSyncTimeout(START_PATIENCE)
                .withInformerStoppedHandler((informer, failure) -> {
                    if (failure != null) {
                        log.error("{} stopped", informer, failure);
                    }
                }));
        reconcilers.forEach(reconciler -> register(fresh, reconciler));
        return fresh;
    }

    private <P extends HasMetadata> void register(Operator fresh, Reconciler<P> reconciler) {
        fresh.register(reconciler, configuration -> {
            configuration
                    .withRetry(new GenericRetry()
                            .setInitialInterval(Duration.ofSeconds(1))
                            .setMaxInterval(Duration.ofSeconds(30).toMillis())
                            .withoutMaxAttempts())
                    .withReconciliationMaxInterval(RECONCILE_ANYWAY);
            if (namespaces.isEmpty()) {
                configuration.watchingAllNamespaces();
            } else {
                configuration.settingNamespaces(namespaces);
            }
        });
    }

    /** Whether every informer has its first list. */
    boolean hasSynced() {
        return started
                && operator.getRegisteredControllers().stream()
                        .map(RegisteredController::getControllerHealthInfo)
                        .flatMap(health -> health.informerEventSourceHealthIndicators().values().stream())
                        .map(Reconcilers::informers)
                        .allMatch(informers -> !informers.isEmpty()
                                && informers.stream().allMatch(InformerHealthIndicator::hasSynced));
    }

    private static Collection<InformerHealthIndicator> informers(InformerWrappingEventSourceHealthIndicator<?> source) {
        return source.informerHealthIndicators().values();
    }

    @Override
    public void close() {
        closed = true;
        starter.interrupt();
        Operator running = operator;
        if (running != null) {
            running.stop();
        }
        try {
            starter.join(START_PATIENCE.plusSeconds(5).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
