package dev.slb.forwarder;

import dev.slb.forwarder.accesslog.AccessLog;
import dev.slb.forwarder.health.HealthChecks;
import dev.slb.forwarder.l4.udp.FlowLimit;
import dev.slb.forwarder.limits.CidrSet;
import dev.slb.forwarder.limits.ListenerLimits;
import dev.slb.forwarder.limits.LoadBalancerLimits;
import dev.slb.forwarder.persistence.CookieKey;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Refusals;
import dev.slb.forwarder.tls.TlsContexts;
import dev.slb.forwarder.transport.Addresses;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.ForwarderReport.DocumentState;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.LoadBalancerPlan;
import dev.slb.plan.PlanDocument;
import dev.slb.plan.PlanJson;
import dev.slb.plan.PlanSink;
import dev.slb.plan.ServerPlan;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * All documents, and what was made of them. Everything here happens on the control thread, one call after the other;
 * event loops see only the immutable tables that come out of it.
 */
final class Configuration implements PlanSink {

    private static final Logger LOG = LoggerFactory.getLogger(Configuration.class);

    private final EventExecutor control;
    private final Transport transport;
    private final Refusals refusals;
    private final AccessLog accessLog;
    private final Runnable settled;
    private final TlsContexts tls;
    private final HealthChecks checks;
    private final Servers servers;
    private final Ports ports;
    private final SortedMap<DocumentId, ListenerControl> listeners = new TreeMap<>();
    private final SortedMap<DocumentId, GroupState> groups = new TreeMap<>();
    /** By LoadBalancer. */
    private final Map<DocumentId, CookieKey> cookieKeys = new HashMap<>();

    private final SortedMap<DocumentId, LoadBalancerLimits> loadBalancers = new TreeMap<>();
    private final Set<ListenerService> draining = new LinkedHashSet<>();
    /** State of documents that are not listeners; listeners have their own. */
    private final SortedMap<DocumentId, DocumentState> states = new TreeMap<>();

    private Set<DocumentId> named = new HashSet<>();
    private boolean synced;
    private boolean settling;
    /** Something has gone: a listener may have waited for the port of another, or gone on with a group for want of a better one. */
    private boolean somethingHasGone;

    private boolean closing;
    private Runnable drained;

    /**
     * @param accessLog null: none
     * @param settled run when something that a report shows may have changed
     */
    Configuration(
            EventExecutor control,
            Transport transport,
            ForwarderOptions options,
            FlowLimit flowLimit,
            Refusals refusals,
            AccessLog accessLog,
            Runnable settled) {
        this.control = control;
        this.transport = transport;
        this.refusals = refusals;
        this.accessLog = accessLog;
        this.settled = settled;
        this.tls = new TlsContexts(options.tls(), transport.loops(), control);
        this.checks = new HealthChecks(transport, control, tls);
        this.servers = new Servers(transport.loops(), tls);
        this.ports = new Ports(transport, control, options.bindAddress(), flowLimit, listeners.values());
    }

    @Override
    public void begin() {
        named = new HashSet<>();
    }

    @Override
    public void publish(PlanDocument document) {
        if (closing) {
            return;
        }
        named.add(document.id());
        String version = PlanJson.version(document);
        List<String> problems = problems(document);
        if (!problems.isEmpty()) {
            LOG.warn("{} version {} is refused: {}", document.id(), version, problems);
            refuse(document, version, String.join("; ", problems));
        } else {
            try {
                take(document, version);
            } catch (RuntimeException e) {
                LOG.error("{} version {} can't be served", document.id(), version, e);
                refuse(document, version, "internal error: " + e);
            }
        }
        changed();
    }

    private void take(PlanDocument document, String version) {
        if (document instanceof ListenerPlan listener) {
            listener(listener.id()).publish(listener, version);
            return;
        }
        if (new DocumentState(version, null, null).equals(states.get(document.id()))) {
            return; // the same again, in a new delivery
        }
        if (document instanceof GroupPlan group) {
            groups.computeIfAbsent(group.id(), GroupState::new).publish(group);
        } else if (document instanceof LoadBalancerPlan loadBalancer) {
            takeCookieKey(loadBalancer);
            limits(loadBalancer.id()).install(loadBalancer);
        }
        states.put(document.id(), new DocumentState(version, null, null));
        advanceListeners();
    }

    private void takeCookieKey(LoadBalancerPlan loadBalancer) {
        CookieKey before = cookieKeys.get(loadBalancer.id());
        if (loadBalancer.cookieKey() == null) {
            cookieKeys.remove(loadBalancer.id());
        } else if (before == null || !before.isOf(loadBalancer.cookieKey())) {
            cookieKeys.put(loadBalancer.id(), new CookieKey(loadBalancer.cookieKey()));
        }
        if (cookieKeys.get(loadBalancer.id()) != before) {
            services().stream()
                    .filter(service -> service.loadBalancer().equals(loadBalancer.id()))
                    .forEach(service -> service.targets().forEach(TargetState::cookieKeyChanged));
        }
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
        return listeners.computeIfAbsent(id, absent -> new ListenerControl(this, absent));
    }

    @Override
    public void keep(DocumentId id) {
        named.add(id);
        if (!closing && id.kind().isGroup() && !groups.containsKey(id)) {
            groups.put(id, GroupState.empty(id));
            states.put(id, new DocumentState(null, null, "has no valid version yet"));
            advanceListeners();
            changed();
        }
    }

    @Override
    public void withdraw(DocumentId id) {
        named.remove(id);
        states.remove(id);
        cookieKeys.remove(id);
        if (id.kind().isGroup()) {
            GroupState group = groups.get(id);
            if (group != null) {
                group.withdraw();
                somethingHasGone = true;
            }
        }
        if (loadBalancers.containsKey(id)) {
            loadBalancers.get(id).install(null);
        }
        ListenerControl listener = listeners.remove(id);
        if (listener != null) {
            listener.withdraw();
            somethingHasGone = true;
        }
        changed();
    }

    @Override
    public void synced() {
        Set<DocumentId> gone = new LinkedHashSet<>(listeners.keySet());
        gone.addAll(states.keySet());
        gone.removeAll(named);
        gone.forEach(this::withdraw);
        synced = true;
        somethingHasGone = true; // by then, if ever
        changed();
    }

    private void advanceListeners() {
        listeners.values().forEach(ListenerControl::advance);
    }

    /** Something may have changed: settles it after what is already queued, so that a burst of changes costs once. */
    void changed() {
        if (!settling) {
            settling = true;
            control.execute(this::settle);
        }
    }

    private void settle() {
        settling = false;
        if (somethingHasGone) {
            somethingHasGone = false;
            advanceListeners();
        }
        listeners.values().forEach(listener -> {
            if (listener.service() != null) {
                listener.service().settle();
            }
        });
        draining.forEach(ListenerService::settle);
        forgetGroups();
        loadBalancers.values().removeIf(each -> !each.isPublished() && each.isUnused());
        settled.run();
        if (closing && draining.isEmpty() && drained != null) {
            drained.run();
            drained = null;
        }
    }

    /** A withdrawn group goes on for the listeners that use it, and ends with the last. */
    private void forgetGroups() {
        if (groups.values()
                .removeIf(group -> !group.isPublished() && group.users().isEmpty())) {
            changed(); // connections to its servers may have to end now
        }
    }

    /** Withdrawn listeners go on until their connections have ended. */
    void drain(ListenerService service) {
        draining.add(service);
        service.drain(() -> {
            draining.remove(service);
            changed();
        });
    }

    /** Withdraws all listeners for good; calls back, once, when their connections have ended. */
    void drainAll(Runnable done) {
        closing = true;
        drained = done;
        List.copyOf(listeners.keySet()).forEach(this::withdraw);
        changed();
    }

    /** Ends everything at once. The futures tell when the ports are closed. */
    List<Future<?>> close() {
        draining.forEach(ListenerService::close);
        listeners.values().forEach(listener -> {
            if (listener.service() != null) {
                listener.service().close();
            }
        });
        tls.close();
        return ports.close();
    }

    Collection<LoadBalancerLimits> loadBalancers() {
        return loadBalancers.values();
    }

    private LoadBalancerLimits limits(DocumentId loadBalancer) {
        return loadBalancers.computeIfAbsent(loadBalancer, absent -> new LoadBalancerLimits());
    }

    ListenerService newService(ListenerPlan plan) {
        ListenerLimits limits = new ListenerLimits(limits(plan.loadBalancer()));
        ListenerRuntime runtime =
                new ListenerRuntime(plan.id(), plan.protocol(), transport, refusals, accessLog, limits);
        return new ListenerService(this, runtime, new Entrance(runtime, Frontends.create(runtime)));
    }

    TargetState newTarget(
            ListenerService listener, Action.Forward action, BackendPlan backend, List<TargetState> predecessors) {
        return new TargetState(
                listener,
                action,
                backend,
                groups.get(action.group()),
                servers,
                checks,
                predecessors,
                () -> cookieKeys.get(listener.loadBalancer()),
                (millis, task) -> control.schedule(task, millis, TimeUnit.MILLISECONDS),
                this::changed);
    }

    /**
     * What a version of a listener can go on with of earlier ones: groups and redirect targets that its LoadBalancer still
     * has. Before a whole delivery was taken, listeners that were not named yet may come.
     */
    Predicate<Action> possible(ListenerPlan plan) {
        return action -> {
            if (action instanceof Action.Forward forward) {
                return isPublished(forward.group())
                        && plan.loadBalancer()
                                .equals(group(forward.group()).plan().loadBalancer());
            }
            return action instanceof Action.Redirect redirect
                    && (!synced
                            || listeners.values().stream().anyMatch(each -> isTarget(each.wanted(), plan, redirect)));
        };
    }

    private static boolean isTarget(ListenerPlan candidate, ListenerPlan plan, Action.Redirect redirect) {
        return candidate != null
                && candidate.protocol() == ListenerProtocol.HTTPS
                && candidate.port() == redirect.port()
                && candidate.loadBalancer().equals(plan.loadBalancer());
    }

    boolean isPublished(DocumentId group) {
        return groups.containsKey(group) && groups.get(group).isPublished();
    }

    /** The group as it was last published, null when it is gone. */
    GroupState group(DocumentId id) {
        return groups.get(id);
    }

    EventExecutor control() {
        return control;
    }

    TlsContexts tls() {
        return tls;
    }

    Servers servers() {
        return servers;
    }

    HealthChecks checks() {
        return checks;
    }

    Ports ports() {
        return ports;
    }

    boolean isSynced() {
        return synced;
    }

    /** The services that run and are not being drained. */
    Collection<ListenerService> services() {
        return listeners.values().stream()
                .map(ListenerControl::service)
                .filter(service -> service != null)
                .toList();
    }

    Collection<ListenerService> drainingServices() {
        return draining;
    }

    /** What listeners serve whose version says {@link Action.Keep}, with what they keep. */
    Map<DocumentId, ListenerPlan> keeping() {
        return services().stream()
                .map(ListenerService::plan)
                .filter(plan -> !plan.keeps().isEmpty())
                .collect(Collectors.toUnmodifiableMap(ListenerPlan::id, Function.identity()));
    }

    SortedMap<DocumentId, DocumentState> documentStates() {
        SortedMap<DocumentId, DocumentState> all = new TreeMap<>(states);
        for (Map.Entry<DocumentId, ListenerControl> each : listeners.entrySet()) {
            all.put(each.getKey(), each.getValue().state());
        }
        return all;
    }
}
