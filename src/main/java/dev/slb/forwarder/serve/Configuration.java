package dev.slb.forwarder.serve;

import dev.slb.forwarder.l4.udp.FlowLimit;
import dev.slb.forwarder.limits.CidrSet;
import dev.slb.forwarder.limits.LoadBalancerLimits;
import dev.slb.forwarder.port.Ports;
import dev.slb.forwarder.transport.Addresses;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanSink;
import dev.slb.plan.ServerPlan;
import dev.slb.plan.WrittenPlan;
import io.netty.util.concurrent.Future;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Takes documents, and has listeners serve them: {@link Published} holds what they say, the {@link Workshop} what listeners are
 * made with, and a {@link ListenerControl} brings each listener to its latest version. Everything here happens on the control
 * thread, one call after the other; event loops see only the immutable tables that come out of it.
 */
public final class Configuration implements PlanSink {

    private final Workshop workshop;
    private final Published published;
    private final Ports ports;
    private final SharedSelections selections;
    private final Consumer<Changes> settled;
    private final SortedMap<DocumentId, ListenerControl> listeners = new TreeMap<>();
    private final Set<RuntimeControl> draining = new LinkedHashSet<>();
    /** State of documents that are not listeners; listeners have their own. */
    private final SortedMap<DocumentId, DocumentState> states = new TreeMap<>();

    /**
     * What has come of a burst of changes; of nothing when it is about the whole.
     *
     * @param documents of which a report may show something else, with the listeners of which something else is served
     * @param selections those that are others, or have others as targets; one without targets is no more
     */
    public record Changes(Set<DocumentId> documents, Set<SelectionControl> selections) {}

    private Set<DocumentId> named = new HashSet<>();
    private boolean settling;
    /** Of what something may be different since it was settled: of documents, and of what listeners serve. */
    private Set<DocumentId> touched = new LinkedHashSet<>();
    /** Those that are to look at their servers. */
    private Set<RuntimeControl> stale = new LinkedHashSet<>();
    /**
     * Something has come or gone that others name: a listener may have waited for a group, or for the port of another, or gone on with
     * what it has no longer for want of a better one.
     */
    private boolean namesTurned;

    private boolean closing;
    private Runnable drained;

    private final ListenerControl.Events events = new ListenerControl.Events() {
        @Override
        public void changed(DocumentId listener) {
            touch(listener);
        }

        @Override
        public void stale(RuntimeControl running) {
            stale.add(running);
            Configuration.this.changed();
        }

        @Override
        public void drain(RuntimeControl running) {
            Configuration.this.drain(running);
        }
    };

    /**
     * @param bindAddress IP literal of every listening socket, null for all addresses
     * @param settled is told what has changed, once for a burst
     */
    public Configuration(Workshop workshop, String bindAddress, FlowLimit flowLimit, Consumer<Changes> settled) {
        this.workshop = workshop;
        this.published = new Published(workshop.time(), workshop.chance());
        this.selections = new SharedSelections(workshop, published::cookieKey, this::changed);
        this.settled = settled;
        this.ports = new Ports(workshop.transport(), workshop.control(), bindAddress, flowLimit, listeners.values());
    }

    @Override
    public void begin() {
        named = new HashSet<>();
    }

    @Override
    public void publish(WrittenPlan<?> plan) {
        if (closing) {
            return;
        }
        PlanDocument document = plan.document();
        String version = plan.version();
        named.add(document.id());
        List<String> problems = problems(document);
        if (!problems.isEmpty()) {
            workshop.sayRefused(document.id(), version, problems);
            refuse(document, version, String.join("; ", problems));
        } else {
            try {
                take(document, version);
            } catch (RuntimeException e) {
                workshop.transport().faults().tell(document.id() + " version " + version, e);
                refuse(document, version, "internal error: " + e);
            }
        }
        touch(document.id());
    }

    private void take(PlanDocument document, String version) {
        if (document instanceof ListenerPlan listener) {
            ListenerPlan before = published.listener(listener.id());
            listener(listener.id()).publish(listener, version);
            namesTurned |= before != null && !isSameTarget(before, listener);
            return;
        }
        if (new DocumentState(version, null, null).equals(states.get(document.id()))) {
            return; // the same again, in a new delivery
        }
        if (document instanceof GroupPlan group) {
            namesTurned |= published.publish(group);
        } else if (document instanceof LoadBalancerPlan loadBalancer && published.publish(loadBalancer)) {
            selections.cookieKeyChanged(loadBalancer.id());
        }
        states.put(document.id(), new DocumentState(version, null, null));
    }

    /** For redirects to it. */
    private static boolean isSameTarget(ListenerPlan one, ListenerPlan other) {
        return one.protocol() == other.protocol()
                && one.frontend().port() == other.frontend().port()
                && one.loadBalancer().equals(other.loadBalancer());
    }

    private static List<String> problems(PlanDocument document) {
        List<String> problems = new ArrayList<>(document.validate());
        if (problems.isEmpty() && document instanceof GroupPlan group) {
            for (ServerPlan server : group.servers()) {
                if (!Addresses.isLiteral(server.address())) {
                    problems.add("servers[" + server.id() + "].address: is not an IP address");
                }
            }
        } else if (problems.isEmpty() && document instanceof ListenerPlan listener) {
            if (listener.accessControl() != null) {
                networks(listener.accessControl().cidrs(), "accessControl.cidrs", problems);
            }
            if (listener.http() != null) {
                networks(listener.http().forwarded().trustedCidrs(), "http.forwarded.trustedCidrs", problems);
            }
            if (listener.proxyProtocol() != null) {
                networks(listener.proxyProtocol().trustedCidrs(), "proxyProtocol.trustedCidrs", problems);
            }
        }
        return problems;
    }

    private static void networks(List<String> cidrs, String field, List<String> problems) {
        cidrs.stream()
                .map(CidrSet::problem)
                .filter(problem -> problem != null)
                .forEach(problem -> problems.add(field + ": " + problem));
    }

    private void refuse(PlanDocument document, String version, String why) {
        if (document instanceof ListenerPlan) {
            listener(document.id()).refuse(version, why);
            return;
        }
        DocumentState before = states.get(document.id());
        states.put(document.id(), new DocumentState(before == null ? null : before.serving(), version, why));
    }

    private ListenerControl listener(DocumentId id) {
        return listeners.computeIfAbsent(
                id, absent -> new ListenerControl(absent, workshop, published, selections, ports, events));
    }

    @Override
    public void keep(DocumentId id) {
        named.add(id);
        if (!closing && id.kind().isGroup() && published.exists(id)) {
            states.put(id, new DocumentState(null, null, "has no valid version yet"));
            namesTurned = true;
            touch(id);
        }
    }

    @Override
    public void withdraw(DocumentId id) {
        named.remove(id);
        states.remove(id);
        namesTurned |= id.kind().isGroup() && published.withdrawGroup(id);
        published.withdrawLoadBalancer(id);
        ListenerControl listener = listeners.remove(id);
        if (listener != null) {
            listener.withdraw();
            namesTurned = true;
        }
        touch(id);
    }

    @Override
    public void synced() {
        Set<DocumentId> gone = new LinkedHashSet<>(listeners.keySet());
        gone.addAll(states.keySet());
        gone.removeAll(named);
        gone.forEach(this::withdraw);
        published.synced();
        namesTurned = true; // by then, if ever
        changed();
    }

    private void touch(DocumentId id) {
        touched.add(id);
        changed();
    }

    /** Something may have changed: settles it after what is already queued, so that a burst of changes costs once. */
    private void changed() {
        if (!settling) {
            settling = true;
            workshop.control().execute(this::settle);
        }
    }

    private void settle() {
        Set<SelectionControl> selected = selections.settle();
        settling = false;
        if (namesTurned) {
            namesTurned = false;
            listeners.forEach((id, listener) -> guarded(id, listener::advance));
        }
        Set<RuntimeControl> reviewed = stale;
        stale = new LinkedHashSet<>();
        reviewed.forEach(running -> guarded(running.runtime().id(), running::review));
        Set<DocumentId> all = touched;
        touched = new LinkedHashSet<>();
        forgetGroups();
        published.forgetLoadBalancers();
        settled.accept(new Changes(all, selected));
        if (closing && draining.isEmpty() && drained != null) {
            drained.run();
            drained = null;
        }
    }

    /** What goes wrong with one listener is no one else's. */
    private void guarded(DocumentId listener, Runnable task) {
        workshop.transport().faults().guard(listener, task).run();
    }

    /** A withdrawn group goes on for the listeners that use it, and ends with the last. */
    private void forgetGroups() {
        if (published.forgetGroups()) {
            changed(); // connections to its servers may have to end now
        }
    }

    /** Withdrawn listeners go on until their connections have ended. */
    private void drain(RuntimeControl running) {
        draining.add(running);
        running.drain(() -> {
            draining.remove(running);
            changed();
        });
    }

    /** Withdraws all listeners for good; calls back, once, when their connections have ended. */
    public void drainAll(Runnable done) {
        closing = true;
        drained = done;
        List.copyOf(listeners.keySet()).forEach(this::withdraw);
        changed();
    }

    /** Ends everything at once. The futures tell when the ports are closed. */
    public List<Future<?>> close() {
        draining.forEach(RuntimeControl::close);
        listeners.values().forEach(listener -> {
            if (listener.running() != null) {
                listener.running().close();
            }
        });
        workshop.close();
        return ports.close();
    }

    /** What LoadBalancers limit, those included that are not published. */
    public Collection<LoadBalancerLimits> loadBalancers() {
        return published.limits();
    }

    /** The group as it was last published, null when it is gone. */
    public GroupControl group(DocumentId id) {
        return published.group(id);
    }

    /** How many selections there are, of all listeners and rules. */
    int selections() {
        return selections.size();
    }

    /** How many health checks have ended, well or not. */
    public long healthChecks(boolean good) {
        return workshop.checks().ended(good);
    }

    /** How many servers wait for their first check. */
    public int waitingChecks() {
        return workshop.checks().waiting();
    }

    /** How often traffic was to leave a server out, see {@link FailuresControl}. */
    public long pauses() {
        return workshop.servers().pauses();
    }

    /** Whether a whole delivery was taken. */
    public boolean isSynced() {
        return published.isSynced();
    }

    /** What runs of a listener and is not being drained; null for nothing. */
    public RuntimeControl running(DocumentId listener) {
        ListenerControl control = listeners.get(listener);
        return control == null ? null : control.running();
    }

    /** The listeners that run and are not being drained. */
    public Collection<RuntimeControl> running() {
        return listeners.values().stream()
                .map(ListenerControl::running)
                .filter(running -> running != null)
                .toList();
    }

    /** The listeners whose connections are ending. */
    public Collection<RuntimeControl> draining() {
        return draining;
    }

    /** What a listener serves that says {@link Action.Keep} somewhere, with what it keeps; null when nothing is kept. */
    public ListenerPlan keeping(DocumentId listener) {
        RuntimeControl running = running(listener);
        return running == null || running.plan().keeps().isEmpty() ? null : running.plan();
    }

    /** What became of a document; null when it was not delivered, or was withdrawn. */
    public DocumentState state(DocumentId id) {
        ListenerControl listener = listeners.get(id);
        return listener == null ? states.get(id) : listener.state();
    }
}
