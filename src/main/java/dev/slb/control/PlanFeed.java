package dev.slb.control;

import dev.slb.base.Threads;
import dev.slb.plan.PlanSink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Hands a {@link PlanStore} to a {@link PlanSink} of the same process, on one thread. */
public final class PlanFeed implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(PlanFeed.class);

    private final PlanSink sink;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(Threads.single("plan-feed"));
    private volatile PlanStore.Subscription subscription;

    public PlanFeed(PlanStore store, PlanSink sink) {
        this.sink = sink;
        this.subscription = store.subscribe(null, this::wakeUp);
        // A wake-up inside of subscribe came before the field was set.
        wakeUp();
    }

    private void wakeUp() {
        if (subscription == null || !scheduled.compareAndSet(false, true)) {
            return;
        }
        try {
            thread.execute(this::drain);
        } catch (RejectedExecutionException e) {
            log.debug("closed while a change came in");
        }
    }

    private void drain() {
        scheduled.set(false);
        for (PlanChange change = subscription.poll(); change != null; change = subscription.poll()) {
            try {
                change.applyTo(sink);
            } catch (RuntimeException e) {
                log.error("the forwarder failed on {}", change.getClass().getSimpleName(), e);
            }
        }
    }

    @Override
    public void close() {
        subscription.close();
        thread.shutdown();
        try {
            thread.awaitTermination(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
