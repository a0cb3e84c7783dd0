package dev.slb.forwarder.serve;

import dev.slb.forwarder.health.Probers;
import dev.slb.forwarder.persistence.CookieKey;
import dev.slb.forwarder.persistence.CookieTable;
import dev.slb.forwarder.schedule.Fixed;
import dev.slb.forwarder.schedule.Picker;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.table.Selection;
import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The control side of a {@link Selection}: the servers of a group with their checks, pauses and slow start, and from them what event
 * loops pick from. There is one for all rules and listeners that say the same of a group ({@link SharedSelections}); each is a target that
 * gets what is made here. Owned by the control thread.
 */
public final class SelectionControl implements GroupControl.User {

    /**
     * What rules and listeners must have in common to share one.
     *
     * @param action without what only concerns a listener: who remembers clients by their addresses chooses for new ones by a hash
     * @param backend what servers are spoken to in
     * @param cookiesOf the LoadBalancer with whose key cookies are made; null without cookies
     * @param secure whether cookies go over TLS only
     */
    record Key(
            Action.Forward action,
            Server.Protocol protocol,
            BackendPlan backend,
            DocumentId cookiesOf,
            boolean secure) {

        static Key of(Action.Forward action, ListenerProtocol listener, DocumentId loadBalancer, BackendPlan backend) {
            PersistencePlan persistence = action.persistence();
            boolean bySource = persistence != null && persistence.type() == PersistencePlan.Type.SOURCE_IP;
            boolean cookies = persistence != null && !bySource;
            Action.Forward shared = new Action.Forward(
                    action.group(),
                    action.port(),
                    bySource ? Schedulers.OF_NEW_CLIENTS : action.scheduler(),
                    action.healthCheck(),
                    cookies ? persistence : null,
                    action.passive());
            return new Key(
                    shared,
                    Server.Protocol.of(listener),
                    backend,
                    cookies ? loadBalancer : null,
                    cookies && listener == ListenerProtocol.HTTPS);
        }

        /** The server on the port that it is spoken to on; null when that is none. */
        Server.Key of(ServerPlan server) {
            Integer port = action.portOf(server);
            return port == null ? null : new Server.Key(server.id(), server.address(), port, protocol, backend);
        }
    }

    /** A server with its weight, 0 included. */
    public record Weighed(Member member, long weight) {}

    private final Key key;
    private final GroupControl group;
    private final Servers servers;
    private final Members members;
    private final Probers checks;
    private final TimeSource time;
    private final Function<DocumentId, CookieKey> cookieKeys;
    /** Run when this is to be {@link #rebuild rebuilt}. */
    private final Runnable stale;

    private final SlowStart slowStart;
    private final Set<TargetControl> targets = new LinkedHashSet<>();

    private Map<Server.Key, Entry> entries = new LinkedHashMap<>();
    private volatile List<Weighed> weighed = List.of();
    private Selection selection;
    private List<Member> usable = List.of();
    /** The same as a set, once somebody asks. */
    private Set<Member> candidates;

    private Picker<Member> picker;
    private ServerRole active;
    private boolean dirty;

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
            return inherits() ? inherited : check.health();
        }

        boolean inherits() {
            return check != null && check.health() == Health.UNAVAILABLE && inherited != null;
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
     * @param inherited what earlier checks said of servers of which these have no verdict yet, so that editing a check doesn't stop
     *     traffic until then
     * @param predecessors what the first target had before, with whose place in the cycle, slow start and active role this goes on
     * @param stale is told when this is to be rebuilt
     */
    SelectionControl(
            Key key,
            GroupControl group,
            Map<Server.Key, Health> inherited,
            List<SelectionControl> predecessors,
            Workshop workshop,
            Function<DocumentId, CookieKey> cookieKeys,
            Consumer<SelectionControl> stale) {
        this.key = key;
        this.group = group;
        this.servers = workshop.servers();
        this.members = workshop.members();
        this.checks = workshop.checks();
        this.time = workshop.time();
        this.cookieKeys = cookieKeys;
        this.stale = () -> {
            dirty = true;
            stale.accept(this);
        };
        this.slowStart = new SlowStart(time::nanoTime, (millis, task) -> workshop.schedule(task, millis), this.stale);
        predecessors.forEach(each -> {
            picker = each.picker;
            active = each.active;
            slowStart.inherit(each.slowStart);
        });
        group.users().add(this);
        replace(group.plan(), inherited);
        rebuild();
    }

    /** The group, its servers' port, and how they are checked and chosen. */
    public Action.Forward action() {
        return key.action;
    }

    Key key() {
        return key;
    }

    GroupControl group() {
        return group;
    }

    /** Those who get what is made here. */
    public Set<TargetControl> targets() {
        return targets;
    }

    /** Master-slave groups: who gets new connections; null otherwise, and when nobody does. */
    public ServerRole active() {
        return active;
    }

    /** Whether what event loops pick from is not up to date. */
    boolean isDirty() {
        return dirty;
    }

    /** What event loops pick from. */
    Selection selection() {
        return selection;
    }

    /** Whom event loops may pick. */
    Set<Member> candidates() {
        if (candidates == null) {
            candidates = Set.copyOf(usable);
        }
        return candidates;
    }

    /** What checks say of the server; null when it is not one of the group's. */
    Health health(Server.Key server) {
        Entry entry = entries.get(server);
        return entry == null ? null : entry.health();
    }

    /** The server as the group has it now; null when it is not one of the group's, or not for these rules. */
    ServerPlan server(Server.Key server) {
        Entry entry = entries.get(server);
        return entry == null ? null : entry.server;
    }

    @Override
    public void update(GroupPlan plan) {
        replace(plan, Map.of());
        stale.run();
    }

    /** The key of sticky cookies has changed. */
    void cookieKeyChanged() {
        stale.run();
    }

    /** Nobody picks from it any more. */
    void close() {
        group.users().remove(this);
        slowStart.close();
        entries.values().forEach(this::leave);
        entries = Map.of();
    }

    private void replace(GroupPlan plan, Map<Server.Key, Health> inherited) {
        Map<Server.Key, ServerPlan> wanted = new LinkedHashMap<>();
        for (ServerPlan server : plan.servers()) {
            Server.Key of = key.of(server);
            if (of != null) {
                wanted.put(of, server);
            }
        }
        // Those that go leave their checks first: a new server at an old one's address must not inherit its verdict.
        entries.forEach((server, entry) -> {
            if (!wanted.containsKey(server)) {
                leave(entry);
                targets.forEach(target -> target.forget(entry.member));
            }
        });
        Map<Server.Key, Entry> next = new LinkedHashMap<>();
        int entered = 0;
        for (Map.Entry<Server.Key, ServerPlan> each : wanted.entrySet()) {
            Entry entry = entries.get(each.getKey());
            if (entry == null) {
                entry = enter(each.getKey(), each.getValue(), inherited.get(each.getKey()), entered++);
            }
            entry.server = each.getValue();
            next.put(each.getKey(), entry);
        }
        entries = next;
        weighed = hasRoles()
                ? List.of()
                : next.values().stream()
                        .map(entry -> new Weighed(entry.member, entry.server.weight()))
                        .toList();
    }

    /** @param turn how many have entered with it and before it */
    private Entry enter(Server.Key of, ServerPlan server, Health inherited, int turn) {
        String name = server.name() == null ? server.id() : server.name();
        Entry entry = new Entry(members.hold(group.id(), of, name), server, inherited);
        servers.countUser(of, 1);
        if (isChecked(key, server)) {
            entry.check = checks.join(of.address(), of.port(), key.action.healthCheck(), turn, stale);
        }
        PassivePlan passive = PassivePlan.orDefault(key.action.passive());
        if (passive.enabled() && !hasRoles()) {
            entry.pause = servers.failures(of).join(passive, entry.check, stale);
        }
        return entry;
    }

    /** The slave is never probed: it takes over whatever its state (classic SLB). */
    static boolean isChecked(Key key, ServerPlan server) {
        return key.action.healthCheck() != null && server.role() != ServerRole.SLAVE;
    }

    private void leave(Entry entry) {
        if (entry.pause != null) {
            entry.pause.leave(stale);
        }
        if (entry.check != null) {
            entry.check.leave(stale);
        }
        countAbnormal(entry, false);
        servers.countUser(entry.member.server().key(), -1);
        members.release(entry.member);
    }

    /** Whether some server is as an earlier check has it, since this one has no verdict yet. */
    boolean inherits() {
        return entries.values().stream().anyMatch(Entry::inherits);
    }

    private void countAbnormal(Entry entry, boolean abnormal) {
        if (entry.countedAbnormal != abnormal) {
            entry.countedAbnormal = abnormal;
            servers.countAbnormal(entry.member.server().key(), abnormal ? 1 : -1);
        }
    }

    /** Makes what event loops pick from anew, and gives it to all targets. */
    void rebuild() {
        dirty = false;
        entries.values().forEach(entry -> countAbnormal(entry, entry.health() == Health.ABNORMAL));
        usable = List.of();
        candidates = null;
        selection = hasRoles() ? selectRole() : selectWeighted();
        targets.forEach(TargetControl::select);
    }

    boolean hasRoles() {
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
        List<Member> chosen = new ArrayList<>();
        List<Long> weights = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (entry.isCandidate() && !entry.leftOut) {
                chosen.add(entry.member);
                weights.add(entry.server.weight());
            }
        }
        if (key.action.scheduler().startsSlowly()) {
            startSlowly(chosen, weights);
        }
        if (chosen.isEmpty()) {
            return Selection.none(whyNone());
        }
        usable = chosen;
        picker = Schedulers.picker(key.action.scheduler(), chosen, weights, group.position(), picker);
        return Selection.of(picker, cookies(chosen), pausing);
    }

    private CookieTable<Member> cookies(List<Member> chosen) {
        CookieKey made = key.cookiesOf == null ? null : cookieKeys.apply(key.cookiesOf);
        return made == null
                ? null
                : CookieTable.of(
                        key.action.persistence(),
                        made,
                        chosen,
                        member -> member.server().key().id(),
                        key.secure,
                        time::currentTimeMillis);
    }

    private void startSlowly(List<Member> chosen, List<Long> weights) {
        List<SlowStart.Seen> seen = new ArrayList<>();
        entries.forEach(
                (of, entry) -> seen.add(new SlowStart.Seen(of.id(), entry.health(), entry.server.weight() > 0)));
        slowStart.update(group.plan().slowStartMillis(), seen);
        if (slowStart.isRamping() && !weights.isEmpty()) {
            long most = Collections.max(weights);
            for (int i = 0; i < weights.size(); i++) {
                weights.set(i, slowStart.weight(chosen.get(i).server().key().id(), weights.get(i), most));
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

    /** Shows each server. */
    public void observe(Observer observer) {
        entries.values()
                .forEach(entry -> observer.server(entry.server, entry.member, entry.isUsable() && !entry.leftOut));
    }

    /** Adds this view to those of others: the worse counts. */
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
