package dev.slb.forwarder.serve;

import dev.slb.forwarder.health.Probers;
import dev.slb.forwarder.persistence.CookieKey;
import dev.slb.forwarder.persistence.CookieTable;
import dev.slb.forwarder.persistence.StickyChoice;
import dev.slb.forwarder.persistence.StickyMemory;
import dev.slb.forwarder.schedule.Fixed;
import dev.slb.forwarder.schedule.PickContext;
import dev.slb.forwarder.schedule.Picker;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.table.Selection;
import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.table.TargetRuntime;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.ForwarderReport.ServerHealth;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerProtocol;
import dev.slb.plan.PassivePlan;
import dev.slb.plan.PersistencePlan;
import dev.slb.plan.ServerPlan;
import dev.slb.plan.ServerRole;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * The control side of a {@link TargetRuntime}: the group's servers with their checks, and from them the selection that event
 * loops pick from. Owned by the control thread.
 */
public final class TargetControl implements GroupControl.User {

    /** The listener whose target it is. */
    interface Listener {

        ListenerRuntime runtime();

        /** The key of sticky cookies; null when there is none. */
        CookieKey cookieKey();

        /** Something has changed: has {@link TargetControl#rebuild} called when the target is dirty. */
        void changed();
    }

    /** How long a QUIC connection id is remembered after it was last seen in a handshake or from a new address. */
    private static final long CONNECTION_ID_MILLIS = TimeUnit.HOURS.toMillis(1);

    private final Listener listener;
    private final Action.Forward action;
    private final BackendPlan backend;
    private final GroupControl group;
    private final Servers servers;
    private final Members members;
    private final Probers checks;
    private final TargetRuntime target;
    /** Called when a verdict has changed, to have {@link #rebuild} called. */
    private final Runnable verdictChanged;

    private final SlowStart slowStart;
    /** Layer 4 with persistence: which client has which server; QCH: which QUIC connection id; else null. */
    private final TimeSource time;

    private StickyMemory<Member> memory;

    private Map<Server.Key, Entry> entries = new LinkedHashMap<>();
    private volatile List<Weighed> weighed = List.of();
    private Picker<Member> picker;
    private ServerRole active;
    private boolean dirty;
    private long rebuilds;

    /** A server with its weight, 0 included. */
    public record Weighed(Member member, long weight) {}

    private static final class Entry {
        private final Member member;
        private ServerPlan server;
        private Probers.Check check;
        /** What traffic notices; null where it does not count. */
        private FailuresControl.Pause pause;
        /** It gets nothing new for that. */
        private boolean leftOut;
        /** What an earlier check of the same server said, until this one has a verdict of its own. */
        private final Health inherited;

        private boolean countedAbnormal;

        Entry(Member member, ServerPlan server, Health inherited) {
            this.member = member;
            this.server = server;
            this.inherited = inherited;
        }

        Health health() {
            if (check == null) {
                return Health.UNCHECKED;
            }
            return check.health() == Health.UNAVAILABLE && inherited != null ? inherited : check.health();
        }

        boolean isUsable() {
            return health() == Health.NORMAL || health() == Health.UNCHECKED;
        }

        /** Whether it could get something new, as far as weight and checks say. */
        boolean isCandidate() {
            return server.weight() > 0 && isUsable();
        }

        boolean isPaused() {
            return pause != null && pause.isOn();
        }
    }

    /**
     * @param backend what its servers are spoken to in
     * @param predecessors targets that the listener had for the same group: what they know of its servers is taken
     *     over, so that editing a check doesn't stop traffic until the new one has its first verdict
     */
    TargetControl(
            Workshop workshop,
            Listener listener,
            Action.Forward action,
            BackendPlan backend,
            GroupControl group,
            List<TargetControl> predecessors) {
        this.listener = listener;
        this.action = action;
        this.backend = backend;
        this.group = group;
        this.servers = workshop.servers();
        this.members = workshop.members();
        this.checks = workshop.checks();
        this.target = new TargetRuntime(action);
        this.verdictChanged = () -> {
            dirty = true;
            listener.changed();
        };
        this.time = workshop.time();
        this.slowStart =
                new SlowStart(time::nanoTime, (millis, task) -> workshop.schedule(task, millis), verdictChanged);
        group.users().add(this);
        predecessors.forEach(each -> {
            picker = each.picker;
            active = each.active;
            slowStart.inherit(each.slowStart);
            if (each.isStickyBySource() == isStickyBySource()) {
                memory = each.memory;
            }
        });
        if (!isStickyBySource() && !target.learnsConnectionIds()) {
            memory = null;
        } else if (memory == null) {
            memory = new StickyMemory<>(() -> listener.runtime().countRefusal(Reasons.PERSISTENCE_TABLE_FULL));
        }
        replace(group.plan(), predecessors);
        rebuild();
    }

    TargetRuntime target() {
        return target;
    }

    /** What it is the target of. */
    public Action.Forward action() {
        return action;
    }

    /** Whose servers it chooses from. */
    public GroupControl group() {
        return group;
    }

    /** Master-slave groups: who gets new connections; null otherwise, and when nobody does. */
    public ServerRole active() {
        return active;
    }

    /** Whether it must be rebuilt. */
    boolean isDirty() {
        return dirty;
    }

    /** The server as the group has it now; null when it is not one of the group's, or not for this target. */
    ServerPlan server(Server.Key key) {
        Entry entry = entries.get(key);
        return entry == null ? null : entry.server;
    }

    /** What this target's checks say of the server; null when it is not one of the group's. */
    Health health(Server.Key key) {
        Entry entry = entries.get(key);
        return entry == null ? null : entry.health();
    }

    @Override
    public void update(GroupPlan plan) {
        replace(plan, List.of());
        verdictChanged.run();
    }

    /** The key of sticky cookies has changed. */
    void cookieKeyChanged() {
        if (action.persistence() != null) {
            verdictChanged.run();
        }
    }

    /** No longer needed. */
    void close() {
        group.users().remove(this);
        slowStart.close();
        entries.values().forEach(this::leave);
        entries = Map.of();
    }

    private void replace(GroupPlan plan, List<TargetControl> predecessors) {
        Server.Protocol protocol = Server.Protocol.of(listener.runtime().protocol());
        Map<Server.Key, ServerPlan> wanted = new LinkedHashMap<>();
        for (ServerPlan server : plan.servers()) {
            Integer port = action.portOf(server);
            if (port != null) {
                wanted.put(new Server.Key(server.id(), server.address(), port, protocol, backend), server);
            }
        }
        // Those that go leave their checks first: a new server at an old one's address must not inherit its verdict.
        entries.forEach((key, entry) -> {
            if (!wanted.containsKey(key)) {
                leave(entry);
                if (memory != null) {
                    memory.forget(entry.member);
                }
            }
        });
        Map<Server.Key, Entry> next = new LinkedHashMap<>();
        wanted.forEach((key, server) -> {
            Entry entry = entries.get(key);
            if (entry == null) {
                entry = enter(key, server, predecessors);
            }
            entry.server = server;
            next.put(key, entry);
        });
        entries = next;
        weighed = hasRoles()
                ? List.of()
                : next.values().stream()
                        .map(entry -> new Weighed(entry.member, entry.server.weight()))
                        .toList();
    }

    private Entry enter(Server.Key key, ServerPlan server, List<TargetControl> predecessors) {
        Health inherited = null;
        for (TargetControl each : predecessors) {
            Health known = each.health(key.with(each.backend));
            inherited = known == null ? inherited : known;
        }
        String name = server.name() == null ? server.id() : server.name();
        Entry entry = new Entry(members.hold(group.id(), key, name), server, inherited);
        servers.countUser(key, 1);
        // The slave is never probed: it takes over whatever its state (classic SLB).
        if (action.healthCheck() != null && server.role() != ServerRole.SLAVE) {
            entry.check = checks.join(key.address(), key.port(), action.healthCheck(), verdictChanged);
        }
        PassivePlan passive = PassivePlan.orDefault(action.passive());
        if (passive.enabled() && !hasRoles()) {
            entry.pause = servers.failures(key).join(passive, entry.check, verdictChanged);
        }
        return entry;
    }

    private void leave(Entry entry) {
        if (entry.pause != null) {
            entry.pause.leave(verdictChanged);
        }
        if (entry.check != null) {
            entry.check.leave(verdictChanged);
        }
        countAbnormal(entry, false);
        servers.countUser(entry.member.server().key(), -1);
        members.release(entry.member);
    }

    private boolean isStickyBySource() {
        return action.persistence() != null && action.persistence().type() == PersistencePlan.Type.SOURCE_IP;
    }

    private void countAbnormal(Entry entry, boolean abnormal) {
        if (entry.countedAbnormal != abnormal) {
            entry.countedAbnormal = abnormal;
            servers.countAbnormal(entry.member.server().key(), abnormal ? 1 : -1);
        }
    }

    /** Makes what event loops pick from anew. */
    void rebuild() {
        dirty = false;
        rebuilds++;
        entries.values().forEach(entry -> countAbnormal(entry, entry.health() == Health.ABNORMAL));
        target.select(hasRoles() ? selectRole() : selectWeighted());
    }

    /** How often it was made anew: as long as that is the same, so is what it {@link #report reports}. */
    public long rebuilds() {
        return rebuilds;
    }

    private boolean hasRoles() {
        return group.id().kind().hasRoles();
    }

    /** Whom traffic can't reach gets nothing new, unless it is so with all who could get something. */
    private boolean leaveOut() {
        boolean others = entries.values().stream().anyMatch(entry -> entry.isCandidate() && !entry.isPaused());
        boolean any = false;
        for (Entry entry : entries.values()) {
            entry.leftOut = others && entry.isPaused() && entry.isCandidate();
            any |= entry.leftOut;
        }
        return any;
    }

    private Selection selectWeighted() {
        boolean pausing = leaveOut();
        List<Member> members = new ArrayList<>();
        List<Long> weights = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (entry.isCandidate() && !entry.leftOut) {
                members.add(entry.member);
                weights.add(entry.server.weight());
            }
        }
        if (action.scheduler().startsSlowly() && memory == null) {
            startSlowly(members, weights);
        }
        if (members.isEmpty()) {
            return Selection.none(whyNone());
        }
        if (memory != null) {
            return Selection.of(
                    isStickyBySource()
                            ? remembering(members, weights, PickContext::sourceHash)
                            : remembering(members, weights, PickContext::connectionIdHash),
                    null,
                    pausing);
        }
        picker = Schedulers.picker(action.scheduler(), members, weights, group.position(), picker);
        return Selection.of(picker, cookies(members), pausing);
    }

    private Picker<Member> remembering(List<Member> members, List<Long> weights, ToLongFunction<PickContext> client) {
        boolean persistent = action.persistence() != null;
        return new StickyChoice<>(
                Schedulers.hash(members, weights, client),
                members,
                client,
                memory,
                persistent ? returned -> listener.runtime().usage(returned).countReturn() : returned -> {},
                persistent ? action.persistence().timeoutMillis() : CONNECTION_ID_MILLIS,
                time::nanoTime);
    }

    private CookieTable<Member> cookies(List<Member> members) {
        PersistencePlan persistence = action.persistence();
        CookieKey key = persistence == null ? null : listener.cookieKey();
        return key == null
                ? null
                : CookieTable.of(
                        persistence,
                        key,
                        members,
                        member -> member.server().key().id(),
                        listener.runtime().protocol() == ListenerProtocol.HTTPS,
                        time::currentTimeMillis);
    }

    private void startSlowly(List<Member> members, List<Long> weights) {
        List<SlowStart.Seen> seen = new ArrayList<>();
        entries.forEach(
                (key, entry) -> seen.add(new SlowStart.Seen(key.id(), entry.health(), entry.server.weight() > 0)));
        slowStart.update(group.plan().slowStartMillis(), seen);
        if (slowStart.isRamping() && !weights.isEmpty()) {
            long most = Collections.max(weights);
            for (int i = 0; i < weights.size(); i++) {
                weights.set(i, slowStart.weight(members.get(i).server().key().id(), weights.get(i), most));
            }
        }
    }

    private String whyNone() {
        if (entries.isEmpty()) {
            return Reasons.NO_SERVERS;
        }
        if (entries.values().stream().allMatch(entry -> entry.server.weight() == 0)) {
            return Reasons.ALL_WEIGHTS_ZERO;
        }
        boolean anyVerdict = entries.values().stream()
                .anyMatch(entry -> entry.server.weight() > 0 && entry.health() != Health.UNAVAILABLE);
        return anyVerdict ? Reasons.NO_HEALTHY_SERVER : Reasons.NO_VERDICT;
    }

    /**
     * The master while it is good, else the slave, whatever its state. A master without a verdict gets nothing: at a
     * start everybody waits for its first check (going to the slave for some milliseconds would be a failover that
     * nobody asked for), later the slave goes on.
     */
    private Selection selectRole() {
        Entry master = byRole(ServerRole.MASTER);
        Entry slave = byRole(ServerRole.SLAVE);
        boolean start = active == null && master != null && master.health() == Health.UNAVAILABLE;
        Entry chosen = master != null && master.isUsable() ? master : start ? null : slave;
        if (chosen == null) {
            active = null;
            return Selection.none(
                    start ? Reasons.NO_VERDICT : entries.isEmpty() ? Reasons.NO_SERVERS : Reasons.NO_HEALTHY_SERVER);
        }
        active = chosen.server.role();
        return Selection.of(new Fixed<>(chosen.member));
    }

    private Entry byRole(ServerRole role) {
        for (Entry entry : entries.values()) {
            if (entry.server.role() == role) {
                return entry;
            }
        }
        return null;
    }

    /** The servers and their weights; none of a group with roles. Any thread. */
    public List<Weighed> servers() {
        return weighed;
    }

    /** Takes a look at servers as they are now. */
    public interface Observer {
        /** @param usable whether it may get something new, its weight aside */
        void server(ServerPlan server, Member member, boolean usable);
    }

    /** Which client has which server; null unless clients are recognised by their addresses. */
    public StickyMemory<Member> memory() {
        return memory;
    }

    /** Shows each server. */
    public void observe(Observer observer) {
        entries.values()
                .forEach(entry -> observer.server(entry.server, entry.member, entry.isUsable() && !entry.leftOut));
    }

    /** Adds this target's view to those of others: the worse counts. */
    public void report(TreeMap<String, ServerHealth> healths) {
        for (Entry entry : entries.values()) {
            Health health = entry.health();
            String cause = health == Health.ABNORMAL && entry.check != null ? entry.check.cause() : null;
            String paused = entry.leftOut ? entry.pause.reason() : null;
            healths.merge(
                    entry.server.id(), new ServerHealth(entry.server.id(), health, cause, paused), ServerHealth::and);
        }
    }
}
