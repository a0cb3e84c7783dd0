package dev.slb.operator;

import dev.slb.base.Threads;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Whether this replica writes. Losing the lease, or the API server, ends nothing: the election goes on, and who gains the
 * lease later starts to write.
 */
final class Leadership implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Leadership.class);

    private final KubernetesClient client;
    private final LeaseOptions options;
    private final Runnable onGain;
    private final TimedLock lock;
    private final ExecutorService workers = Executors.newCachedThreadPool(Threads.numbered("leadership"));
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(Threads.numbered("leadership-timer"));

    // Guarded by this.
    private CompletableFuture<?> election;
    private boolean closed;

    /** @param onGain called on a thread of its own each time that this replica is elected */
    Leadership(KubernetesClient client, LeaseOptions options, Runnable onGain) {
        this.client = client;
        this.options = options;
        this.onGain = onGain;
        this.lock = new TimedLock(
                new LeaseLock(options.namespace(), options.name(), options.identity()),
                options.renewDeadline(),
                System::nanoTime,
                this::gained);
    }

    void start() {
        timer.execute(this::elect);
    }

    /** To be asked right before each write. */
    boolean isElected() {
        return lock.isHeld();
    }

    private synchronized void elect() {
        if (closed) {
            return;
        }
        LeaderElectionConfig config = new LeaderElectionConfig(
                lock,
                options.duration(),
                options.renewDeadline(),
                options.retryPeriod(),
                new LeaderCallbacks(() -> {}, this::lost, holder -> log.debug("elected: {}", holder)),
                true,
                options.name());
        election = new LeaderElector(client, config, workers).start();
        election.whenComplete((done, failure) -> electAgain(failure));
    }

    private synchronized void electAgain(Throwable failure) {
        if (closed) {
            return;
        }
        if (failure != null) {
            log.warn("the election failed and starts again: {}", failure.toString());
        }
        timer.schedule(this::elect, options.retryPeriod().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Must not throw: an elector whose first write succeeds and whose round fails all the same never tries again. */
    private void gained() {
        log.info("{} is elected and writes from now on", options.identity());
        try {
            workers.execute(onGain);
        } catch (RejectedExecutionException e) {
            log.debug("closed while it was being elected", e);
        }
    }

    private void lost() {
        log.info("{} is no longer elected and only programs its forwarder", options.identity());
    }

    /** Gives the lease back, so that another replica need not wait for its end. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        if (election != null) {
            election.cancel(true);
        }
        timer.shutdownNow();
        workers.shutdown();
    }
}
