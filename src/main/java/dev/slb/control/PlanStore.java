package dev.slb.control;

import dev.slb.plan.DocumentId;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.WrittenPlan;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The plan documents of this process, in memory, and who wants to hear of them. Thread-safe.
 *
 * <p>Subscribers get everything, then {@link PlanChange.Synced}, then changes. Before {@link #synced} they get nothing:
 * "can't list the objects yet" must never look like "there are no objects".
 */
public final class PlanStore {

    /**
     * @param last null when the object never had a valid version in the life of this process
     * @param kept whether the object has no valid version now
     */
    private record Entry(DocumentId loadBalancer, WrittenPlan<?> last, boolean kept) {

        PlanDocument document() {
            return last == null ? null : last.document();
        }

        String version() {
            return last == null ? null : last.version();
        }

        PlanChange replay(DocumentId id) {
            return last == null ? new PlanChange.Keep(id) : new PlanChange.Publish(last);
        }
    }

    private final Map<DocumentId, Entry> entries = new TreeMap<>();
    private final List<Subscription> subscriptions = new ArrayList<>();
    private boolean synced;

    /** The same of a document that is written here. */
    public void publish(PlanDocument document) {
        publish(WrittenPlan.of(document));
    }

    /** Replaces any older version. The same version again changes nothing. */
    public synchronized void publish(WrittenPlan<?> plan) {
        DocumentId id = plan.id();
        DocumentId owner = plan.document().loadBalancer();
        Entry before = entries.put(id, new Entry(owner, plan, false));
        if (before != null && plan.version().equals(before.version())) {
            return;
        }
        PlanChange change = new PlanChange.Publish(plan);
        for (Subscription subscription : subscriptions) {
            if (subscription.wants(owner)) {
                subscription.add(id, change, before == null);
            } else if (before != null && subscription.wants(before.loadBalancer)) {
                subscription.add(id, new PlanChange.Withdraw(id), false);
            }
        }
    }

    /** The object exists but has no valid version now: the version that was published last stays, here and in forwarders. */
    public synchronized void keep(DocumentId id, DocumentId loadBalancer) {
        Entry before = entries.get(id);
        if (before != null) {
            entries.put(id, new Entry(before.loadBalancer, before.last, true));
            return;
        }
        entries.put(id, new Entry(loadBalancer, null, true));
        tell(loadBalancer, id, new PlanChange.Keep(id), true);
    }

    public synchronized void withdraw(DocumentId id) {
        Entry before = entries.remove(id);
        if (before != null) {
            tell(before.loadBalancer, id, new PlanChange.Withdraw(id), false);
        }
    }

    private void tell(DocumentId loadBalancer, DocumentId id, PlanChange change, boolean appeared) {
        for (Subscription subscription : subscriptions) {
            if (subscription.wants(loadBalancer)) {
                subscription.add(id, change, appeared);
            }
        }
    }

    /** Every object that exists was named: deliveries may begin. Calling it again changes nothing. */
    public synchronized void synced() {
        if (!synced) {
            synced = true;
            subscriptions.forEach(Subscription::start);
        }
    }

    public synchronized boolean isSynced() {
        return synced;
    }

    /** The version that forwarders should serve, empty when none is known: withdrawn, or kept from before this process. */
    public synchronized Optional<String> version(DocumentId id) {
        return Optional.ofNullable(entries.get(id)).map(Entry::version);
    }

    /** The version published last, kept or not. */
    public synchronized Optional<PlanDocument> document(DocumentId id) {
        return Optional.ofNullable(entries.get(id)).map(Entry::document);
    }

    /** All documents that forwarders should serve, sorted by id. */
    public List<PlanDocument> documents() {
        return plans().stream().<PlanDocument>map(WrittenPlan::document).toList();
    }

    /** The same as they are written. */
    public synchronized List<WrittenPlan<?>> plans() {
        return entries.values().stream()
                .<WrittenPlan<?>>map(Entry::last)
                .filter(Objects::nonNull)
                .toList();
    }

    /**
     * @param loadBalancer only what belongs to it; null for everything
     * @param wakeUp called when {@link Subscription#poll} may have something new; must neither block nor call back
     */
    public synchronized Subscription subscribe(DocumentId loadBalancer, Runnable wakeUp) {
        Subscription subscription = new Subscription(loadBalancer, wakeUp);
        subscriptions.add(subscription);
        if (synced) {
            subscription.start();
        }
        return subscription;
    }

    /**
     * What one subscriber has not taken yet: at most one change per document, so a slow one costs bounded memory. Changes
     * come in the order in which each document changed last, which is an order that really happened.
     */
    public final class Subscription implements AutoCloseable {

        private final DocumentId loadBalancer;
        private final Runnable wakeUp;
        /** What was there at the start and is not handed out yet. */
        private final Map<DocumentId, PlanChange> replay = new TreeMap<>();
        /** What came later, and goes out after {@link PlanChange.Synced}. */
        private final Map<DocumentId, PlanChange> changes = new LinkedHashMap<>();

        private Stage stage = Stage.WAITING;

        private enum Stage {
            WAITING,
            BEGIN,
            REPLAY,
            LIVE
        }

        private Subscription(DocumentId loadBalancer, Runnable wakeUp) {
            this.loadBalancer = loadBalancer;
            this.wakeUp = wakeUp;
        }

        /** The next change, null when there is none now. */
        public PlanChange poll() {
            synchronized (PlanStore.this) {
                switch (stage) {
                    case WAITING:
                        return null;
                    case BEGIN:
                        stage = Stage.REPLAY;
                        return new PlanChange.Begin();
                    case REPLAY:
                        if (!replay.isEmpty()) {
                            return takeFirst(replay);
                        }
                        stage = Stage.LIVE;
                        return new PlanChange.Synced();
                    default:
                        return changes.isEmpty() ? null : takeFirst(changes);
                }
            }
        }

        @Override
        public void close() {
            synchronized (PlanStore.this) {
                subscriptions.remove(this);
            }
        }

        private boolean wants(DocumentId owner) {
            return loadBalancer == null || loadBalancer.equals(owner);
        }

        private void start() {
            stage = Stage.BEGIN;
            entries.forEach((id, entry) -> {
                if (wants(entry.loadBalancer)) {
                    replay.put(id, entry.replay(id));
                }
            });
            wakeUp.run();
        }

        private void add(DocumentId id, PlanChange change, boolean appeared) {
            if (stage == Stage.WAITING) {
                return;
            }
            boolean unnamed = replay.containsKey(id) || (stage != Stage.LIVE && appeared && !changes.containsKey(id));
            if (!unnamed) {
                changes.remove(id);
                changes.put(id, change);
            } else if (change instanceof PlanChange.Withdraw) {
                // Not named before "synced" means withdrawn.
                replay.remove(id);
            } else {
                replay.put(id, change);
            }
            wakeUp.run();
        }

        private static PlanChange takeFirst(Map<DocumentId, PlanChange> queue) {
            var first = queue.entrySet().iterator();
            PlanChange change = first.next().getValue();
            first.remove();
            return change;
        }
    }
}
