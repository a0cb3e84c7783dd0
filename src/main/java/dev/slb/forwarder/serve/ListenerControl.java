package dev.slb.forwarder.serve;

import dev.slb.forwarder.port.Ports;
import dev.slb.forwarder.port.Ports.BoundPort;
import dev.slb.forwarder.tls.UnusableTlsException;
import dev.slb.plan.Action;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.ForwarderReport.Kept;
import dev.slb.plan.ListenerPlan;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;

import java.util.ArrayList;
import java.util.List;

/**
 * Brings a listener from the version that it serves to the latest one: when all groups are known and the port is bound,
 * and not before. Until then the old version serves, and the report says what is missing. What it does where a version says
 * {@link Action.Keep} stands in the plan that it serves, which is its memory. Owned by the control thread.
 */
final class ListenerControl implements Ports.Owner {

    private static final long FIRST_RETRY_MILLIS = 250;
    private static final long LAST_RETRY_MILLIS = 10_000;

    /** Is told what came of a version. */
    interface Events {

        /** What the listener serves, or why it does not serve the latest version, may be different now. */
        void changed(DocumentId listener);

        /** This is to be {@link RuntimeControl#review reviewed}. */
        void stale(RuntimeControl running);

        /** This goes on only until its connections have ended. */
        void drain(RuntimeControl running);
    }

    private final DocumentId id;
    private final Workshop workshop;
    private final Published published;
    private final SharedSelections selections;
    private final Ports ports;
    private final Events events;

    /** Of the latest valid version, which is in {@link #published}. */
    private String wantedVersion;
    /** The same. */
    private ListenerTls wantedTls;

    private RuntimeControl running;
    /** Done when nobody comes in any more to what was on its port before. */
    private Future<?> handover;
    /** What was served until then. */
    private String servedBefore;
    /** The port that {@link #running} accepts on. */
    private BoundPort port;
    /** A port that is bound for the latest version, which can't serve yet. */
    private BoundPort nextPort;

    private String refused;
    private String whyRefused;
    private String waitingFor;
    private ScheduledFuture<?> retry;
    private long retryMillis = FIRST_RETRY_MILLIS;

    ListenerControl(
            DocumentId id,
            Workshop workshop,
            Published published,
            SharedSelections selections,
            Ports ports,
            Events events) {
        this.id = id;
        this.workshop = workshop;
        this.handover = workshop.control().newSucceededFuture(null);
        this.published = published;
        this.selections = selections;
        this.ports = ports;
        this.events = events;
    }

    /** What runs; null before a first version serves. */
    RuntimeControl running() {
        return running;
    }

    /** The latest valid version; null when there was none. */
    private ListenerPlan wanted() {
        return published.listener(id);
    }

    DocumentState state() {
        return new DocumentState(
                serving(),
                refused,
                refused == null ? waitingFor : whyRefused,
                running == null ? List.of() : kept(running.plan()));
    }

    /** The version that who comes now meets; null for none. */
    private String serving() {
        return running == null ? null : handover.isDone() ? running.version() : servedBefore;
    }

    private static List<Kept> kept(ListenerPlan plan) {
        List<Kept> all = new ArrayList<>();
        addKept(all, null, plan.routing().action());
        plan.routing().rules().forEach(rule -> addKept(all, rule.name(), rule.action()));
        return all;
    }

    private static void addKept(List<Kept> all, String rule, Action action) {
        if (action instanceof Action.Keep keep && keep.kept() != null) {
            all.add(Kept.of(rule, keep.kept().action()));
        }
    }

    void publish(ListenerPlan plan, String version) {
        if (version.equals(wantedVersion) && refused == null) {
            return;
        }
        refused = null;
        waitingFor = null;
        retryMillis = FIRST_RETRY_MILLIS;
        cancelRetry();
        ListenerPlan next = plan.keeping(running == null ? null : running.plan(), published.possible(plan));
        ListenerTls tls;
        try {
            tls = ListenerTls.of(next, workshop.tls());
        } catch (UnusableTlsException e) {
            workshop.sayRefused(id, version, e.getMessage());
            stay(version, e.getMessage());
            return;
        }
        want(next, version, tls);
        advance();
    }

    private void want(ListenerPlan plan, String version, ListenerTls tls) {
        if (wantedTls != null) {
            wantedTls.release();
        }
        published.listener(id, plan);
        wantedVersion = version;
        wantedTls = tls;
    }

    /** What serves is the latest that can. */
    private void stay(String refusedVersion, String why) {
        refuse(refusedVersion, why);
        if (running == null) {
            want(null, null, null);
        } else {
            want(running.plan(), running.version(), running.tls().hold());
        }
        releaseNextPort();
    }

    private void releaseNextPort() {
        if (nextPort != null) {
            BoundPort unneeded = nextPort;
            nextPort = null;
            unneeded.release();
        }
    }

    /** This version is not taken; what serves goes on. */
    void refuse(String version, String why) {
        refused = version;
        whyRefused = why;
    }

    /** Tries to serve the latest version; called whenever something has changed that it may have waited for. */
    void advance() {
        if (wanted() == null) {
            return;
        }
        forgetWhatIsGone();
        ListenerPlan wanted = wanted();
        Ports.Port place = Ports.Port.of(wanted);
        if (nextPort != null && !nextPort.is(place)) {
            releaseNextPort();
        }
        if (running != null && wantedVersion.equals(running.version()) && port != null) {
            return;
        }
        List<DocumentId> missing = missingGroups(wanted);
        if (!missing.isEmpty()) {
            waitFor(missing);
            return;
        }
        if (port != null && port.is(place)) {
            serve(wanted);
        } else if (nextPort != null) {
            BoundPort before = port;
            port = nextPort;
            nextPort = null;
            serve(wanted);
            if (before != null) {
                before.release();
            }
        } else {
            ports.acquire(this, place);
        }
    }

    private void waitFor(List<DocumentId> groups) {
        String wait = "waits for "
                + String.join(", ", groups.stream().map(DocumentId::toString).toList());
        if (!wait.equals(waitingFor)) {
            waitingFor = wait;
            changed();
        }
    }

    private void changed() {
        events.changed(id);
    }

    /** Nobody goes on with a group that was withdrawn, nor with it again when it comes back. */
    private void forgetWhatIsGone() {
        ListenerPlan wanted = wanted();
        published.listener(id, wanted.keeping(null, published.possible(wanted)));
        if (running != null) {
            ListenerPlan serving = running.plan();
            ListenerPlan left = serving.keeping(null, published.possible(serving));
            if (!left.equals(serving)) {
                running.install(left, running.version(), running.tls());
                changed();
            }
        }
    }

    private List<DocumentId> missingGroups(ListenerPlan wanted) {
        return wanted.groups().stream()
                .filter(group -> !published.isPublished(group))
                .toList();
    }

    private void serve(ListenerPlan wanted) {
        if (wantedVersion.equals(refused)) {
            refused = null;
        }
        waitingFor = null;
        servedBefore = serving();
        RuntimeControl before = running;
        if (before == null || !before.isFor(wanted)) {
            running = new RuntimeControl(wanted, workshop, published, selections, events::stale);
        }
        running.install(wanted, wantedVersion, wantedTls);
        handover = port.open(running.entrance());
        if (!handover.isDone()) {
            handover.addListener(done -> workshop.control().execute(this::changed));
        }
        if (before != null && before != running) {
            events.drain(before);
        }
        changed();
    }

    /** The listener ends: nothing new is accepted, and what runs is drained. */
    void withdraw() {
        cancelRetry();
        want(null, null, null);
        if (port != null) {
            port.release();
            port = null;
        }
        releaseNextPort();
        if (running != null) {
            events.drain(running);
            running = null;
        }
    }

    @Override
    public String name() {
        return id.toString();
    }

    @Override
    public boolean wants(Ports.Port which) {
        return wanted() != null && Ports.Port.of(wanted()).equals(which);
    }

    @Override
    public boolean waitsFor(Ports.Port which) {
        return wants(which)
                && (port == null || !port.is(which))
                && missingGroups(wanted()).isEmpty();
    }

    @Override
    public void bound(BoundPort bound) {
        nextPort = bound;
        if (wants(bound.which())) {
            advance();
        } else {
            nextPort = null;
            bound.release();
        }
        changed();
    }

    @Override
    public void refused(String why, boolean retryLater) {
        refuse(wantedVersion, why);
        changed();
        if (retryLater) {
            cancelRetry();
            retry = workshop.schedule(this::advance, retryMillis);
            retryMillis = Math.min(2 * retryMillis, LAST_RETRY_MILLIS);
        }
    }

    @Override
    public void lost(BoundPort taken) {
        if (port == taken) {
            port = null;
        }
        if (nextPort == taken) {
            nextPort = null;
        }
    }

    private void cancelRetry() {
        if (retry != null) {
            retry.cancel(false);
            retry = null;
        }
    }
}
