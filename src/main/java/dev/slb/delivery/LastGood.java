package dev.slb.delivery;

import dev.slb.base.Threads;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanSink;
import dev.slb.plan.WrittenPlan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Stands between the plan stream and the forwarder, and remembers on disk the versions that the forwarder really serves:
 * a version that it refuses, or that still waits for a group, would leave nothing to serve after a restart. So a forwarder
 * that restarts while no operator can be reached goes on where it was, also with what it keeps for want of a good reference.
 */
public final class LastGood implements PlanSink, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LastGood.class);

    /** How often versions that wait to be served are looked at. */
    private static final long PERIOD_MILLIS = 200;

    private final LastGoodFolder folder;
    private final PlanSink forwarder;
    private final Function<DocumentId, DocumentState> states;
    private final Supplier<Map<DocumentId, ListenerPlan>> keeping;
    private final ScheduledExecutorService writer =
            Executors.newSingleThreadScheduledExecutor(Threads.single("last-good"));

    /** Named in the delivery that runs, or since. */
    private final Set<DocumentId> named = new HashSet<>();

    // What the writer still has to do; guarded by this.
    private final Map<DocumentId, WrittenPlan<?>> unwritten = new HashMap<>();
    private final Set<DocumentId> undeleted = new HashSet<>();
    /** Listeners of which the forwarder keeps something, or might: what that is may change without a new version. */
    private final Map<DocumentId, ListenerPlan> keepers = new HashMap<>();

    private Set<DocumentId> retained;

    /** Of {@link #keepers}, as they are on disk; the writer's own. */
    private final Map<DocumentId, ListenerPlan> written = new HashMap<>();

    private boolean failing;
    private volatile boolean synced;
    private volatile boolean whole;

    /**
     * @param states what became of a document in the forwarder, null for nothing yet
     * @param keeping the plans that it serves of listeners that keep something, with what they keep
     * @throws IOException when the folder is not there and can't be made
     */
    public LastGood(
            Path folder,
            PlanSink forwarder,
            Function<DocumentId, DocumentState> states,
            Supplier<Map<DocumentId, ListenerPlan>> keeping)
            throws IOException {
        this.folder = new LastGoodFolder(folder);
        this.forwarder = forwarder;
        this.states = states;
        this.keeping = keeping;
    }

    /**
     * Gives the forwarder what is on disk; to be called before the first delivery. It counts as the beginning of a delivery
     * that broke off: nothing is withdrawn, and the forwarder is not synced.
     *
     * @throws IOException when the folder can't be read
     */
    public void start() throws IOException {
        List<WrittenPlan<?>> plans = folder.load();
        whole = folder.isWhole();
        log.info("serving the last good set of {} documents until an operator says more", plans.size());
        if (!plans.isEmpty()) {
            forwarder.begin();
            plans.forEach(forwarder::publish);
            neverValid(plans).forEach(forwarder::keep);
        }
        writer.scheduleWithFixedDelay(this::writeWhatServes, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Whether what was on disk at the start was a whole set, and not the beginning of a first delivery. */
    public boolean wasWhole() {
        return whole;
    }

    /** Listeners serve with groups that were only ever kept, of which there is nothing on disk. */
    private static Set<DocumentId> neverValid(List<WrittenPlan<?>> plans) {
        Set<DocumentId> groups = new TreeSet<>();
        for (WrittenPlan<?> plan : plans) {
            if (plan.document() instanceof ListenerPlan listener) {
                groups.addAll(listener.groups());
            }
        }
        plans.forEach(plan -> groups.remove(plan.id()));
        return groups;
    }

    @Override
    public void begin() {
        named.clear();
        forwarder.begin();
    }

    @Override
    public void publish(WrittenPlan<?> plan) {
        forwarder.publish(plan);
        named.add(plan.id());
        synchronized (this) {
            unwritten.put(plan.id(), plan);
            undeleted.remove(plan.id());
            keepers.remove(plan.id());
            if (plan.document() instanceof ListenerPlan listener
                    && !listener.keeps().isEmpty()) {
                keepers.put(listener.id(), listener);
            }
        }
    }

    @Override
    public void keep(DocumentId id) {
        forwarder.keep(id);
        named.add(id);
    }

    @Override
    public void withdraw(DocumentId id) {
        forwarder.withdraw(id);
        named.remove(id);
        synchronized (this) {
            unwritten.remove(id);
            keepers.remove(id);
            undeleted.add(id);
        }
    }

    @Override
    public void synced() {
        forwarder.synced();
        synchronized (this) {
            unwritten.keySet().retainAll(named);
            keepers.keySet().retainAll(named);
            retained = Set.copyOf(named);
        }
        synced = true;
    }

    private void writeWhatServes() {
        try {
            flush();
            failing = false;
        } catch (IOException | RuntimeException e) {
            if (!failing) {
                log.error("the last good set is not up to date on disk, and will be tried again: {}", e.toString());
            }
            failing = true;
        }
    }

    private void flush() throws IOException {
        deleteWhatIsGone();
        Map<DocumentId, WrittenPlan<?>> candidates;
        synchronized (this) {
            candidates = new HashMap<>(unwritten);
        }
        boolean all = synced;
        for (WrittenPlan<?> plan : candidates.values()) {
            DocumentState state = states.apply(plan.id());
            if (state == null || !plan.version().equals(state.serving())) {
                // Not looked at yet, or refused, or waiting: only the first will end by itself.
                all &= state != null;
                continue;
            }
            if (!write(plan)) {
                all = false;
                continue;
            }
            synchronized (this) {
                unwritten.remove(plan.id(), plan);
            }
        }
        rememberKept();
        if (all) {
            folder.markWhole();
        }
    }

    /** Writes again what is served in the same version and goes on with something else, or with nothing any more. */
    private void rememberKept() throws IOException {
        Map<DocumentId, ListenerPlan> all;
        synchronized (this) {
            all = new HashMap<>(keepers);
            all.keySet().removeAll(unwritten.keySet());
        }
        written.keySet().retainAll(all.keySet());
        for (ListenerPlan listener : all.values()) {
            remember(listener);
        }
    }

    /** @return whether it is on disk; false when another version serves by now */
    private boolean write(WrittenPlan<?> plan) throws IOException {
        if (plan.document() instanceof ListenerPlan listener
                && !listener.keeps().isEmpty()) {
            return remember(listener);
        }
        folder.write(plan);
        return true;
    }

    /** The same of a listener that keeps something: with what it keeps. */
    private boolean remember(ListenerPlan listener) throws IOException {
        ListenerPlan served = keeping.get().get(listener.id());
        if (served == null || !served.forgetting().equals(listener)) {
            return false;
        }
        if (!served.equals(written.get(listener.id()))) {
            folder.write(WrittenPlan.of(served));
            written.put(listener.id(), served);
        }
        return true;
    }

    private void deleteWhatIsGone() throws IOException {
        Set<DocumentId> ids;
        Set<DocumentId> all;
        synchronized (this) {
            ids = Set.copyOf(undeleted);
            all = retained;
        }
        if (all != null) {
            folder.retain(all);
            written.keySet().retainAll(all);
        }
        for (DocumentId id : ids) {
            folder.delete(id);
            written.remove(id);
        }
        synchronized (this) {
            if (retained == all) {
                retained = null;
            }
            undeleted.removeAll(ids);
        }
    }

    /** Writes what serves now. */
    @Override
    public void close() {
        writer.shutdown();
        try {
            if (writer.awaitTermination(10, TimeUnit.SECONDS)) {
                writeWhatServes();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
