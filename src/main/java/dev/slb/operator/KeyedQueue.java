package dev.slb.operator;

import dev.slb.base.Threads;
import dev.slb.control.Backoff;
import dev.slb.kind.ObjectId;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Work on objects, by id: never twice at a time on the same one, once more when it was asked for meanwhile, and again with growing
 * waits when it failed.
 */
final class KeyedQueue implements AutoCloseable {

    /** Work that may fail, and is tried again then. */
    interface Work {
        void on(ObjectId id) throws Exception;
    }

    private static final Logger log = LoggerFactory.getLogger(KeyedQueue.class);

    /** One is how it should be found out that somebody wrote in the same moment; so many in a row are not. */
    private static final int MANY_CONFLICTS = 3;

    private static final class Entry {
        private final Backoff backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(15));
        private boolean running;
        private boolean again;
        private boolean warned;
    }

    private final String name;
    private final Work work;
    private final ScheduledThreadPoolExecutor threads;

    /** What waits or runs; guarded by this. */
    private final Map<ObjectId, Entry> entries = new HashMap<>();

    KeyedQueue(String name, int threads, Work work) {
        this.name = name;
        this.work = work;
        this.threads = new ScheduledThreadPoolExecutor(threads, Threads.numbered(name));
        this.threads.setRemoveOnCancelPolicy(true);
    }

    void addAll(Collection<ObjectId> ids) {
        ids.forEach(this::add);
    }

    /** One that waits for another try goes on waiting: what made it fail is rarely gone so soon. */
    synchronized void add(ObjectId id) {
        Entry entry = entries.get(id);
        if (entry == null) {
            entries.put(id, new Entry());
            schedule(id, 0);
        } else if (entry.running) {
            entry.again = true;
        }
    }

    /** As {@link #add}, not before a time has passed. */
    void addLater(ObjectId id, Duration wait) {
        submit(() -> add(id), wait.toMillis(), id);
    }

    /** How many wait or are worked on, those included that wait for another try. */
    synchronized int size() {
        return entries.size();
    }

    private void schedule(ObjectId id, long millis) {
        submit(() -> run(id), millis, id);
    }

    private void submit(Runnable task, long millis, ObjectId id) {
        try {
            threads.schedule(task, millis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("{} is closed, {} is left", name, id);
        }
    }

    private void run(ObjectId id) {
        Entry entry;
        synchronized (this) {
            entry = entries.get(id);
            entry.running = true;
            entry.again = false;
        }
        boolean failed = false;
        try {
            work.on(id);
        } catch (Throwable e) {
            // Errors too: an object that is taken for running would never be worked on again.
            failed = true;
            if (!entry.warned && (!isConflict(e) || entry.backoff.failures() >= MANY_CONFLICTS)) {
                log.warn("{}: {} failed and is tried again: {}", name, id, e.toString());
                entry.warned = true;
            } else {
                log.debug("{}: {} failed", name, id, e);
            }
        }
        synchronized (this) {
            entry.running = false;
            if (failed) {
                schedule(id, entry.backoff.nextMillis());
            } else if (entry.again) {
                entry.backoff.reset();
                entry.warned = false;
                schedule(id, 0);
            } else {
                entries.remove(id);
            }
        }
    }

    private static boolean isConflict(Throwable failure) {
        return failure instanceof KubernetesClientException answer
                && answer.getCode() == HttpURLConnection.HTTP_CONFLICT;
    }

    /** Lets go of what waits, and gives what runs a moment to end. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            threads.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
