package dev.slb.forwarder.serve;

import dev.slb.forwarder.persistence.CookieKey;
import dev.slb.forwarder.port.Entrance;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.table.TableAction;
import dev.slb.forwarder.table.Tracked;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ServerPlan;
import dev.slb.plan.ServerRole;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import io.netty.util.concurrent.ScheduledFuture;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The control side of a {@link ListenerRuntime}: its targets, the servers that it has connections to, and how those end. It
 * goes from version to version until it is drained. Owned by the control thread.
 */
public final class RuntimeControl implements TargetControl.Listener {

    private static final long DRAIN_POLL_MILLIS = 100;

    private final Workshop workshop;
    private final Published published;
    private final Runnable changed;
    private final ListenerRuntime runtime;
    private final Entrance entrance;
    private final Map<MemberKey, MemberControl> members = new LinkedHashMap<>();
    private Map<TargetKey, TargetControl> targets = Map.of();
    /** Of which it has members, and no target. */
    private Set<GroupControl> left = Set.of();

    private final DocumentId loadBalancer;
    private ListenerPlan plan;
    private String version;
    private ListenerTls tls;
    private ScheduledFuture<?> drainPoll;
    private long drainDeadline;
    private boolean closed;

    private record MemberKey(DocumentId group, Server.Key server) {}

    private record TargetKey(Action.Forward action, BackendPlan backend) {}

    private static final class MemberControl {
        private final Member member;
        private ServerRole role;
        private ScheduledFuture<?> ending;
        private boolean ended;

        MemberControl(Member member, ServerRole role) {
            this.member = member;
            this.role = role;
        }

        void cancelEnding() {
            if (ending != null) {
                ending.cancel(false);
                ending = null;
            }
        }
    }

    /**
     * @param first the version that it begins with, to be {@link #install installed}
     * @param changed run when {@link #settle} should be called
     */
    RuntimeControl(ListenerPlan first, Workshop workshop, Published published, Runnable changed) {
        this.workshop = workshop;
        this.published = published;
        this.changed = changed;
        this.loadBalancer = first.loadBalancer();
        this.runtime = workshop.newRuntime(first, published.limits(loadBalancer));
        this.entrance = new Entrance(runtime, workshop.newFrontend(runtime));
        runtime.limits().whenLimited(this::limitBandwidth);
    }

    /** For connections that were there before; on layer 4 they are in their members' registries. */
    private void limitBandwidth() {
        runtime.limitBandwidth();
        members.values().forEach(control -> control.member.limitBandwidth());
    }

    @Override
    public ListenerRuntime runtime() {
        return runtime;
    }

    Entrance entrance() {
        return entrance;
    }

    /** Whose listener it is. */
    DocumentId loadBalancer() {
        return loadBalancer;
    }

    ListenerPlan plan() {
        return plan;
    }

    String version() {
        return version;
    }

    ListenerTls tls() {
        return tls;
    }

    /** Of the version that is served. */
    public Collection<TargetControl> targets() {
        return targets.values();
    }

    /** Whether this version can follow the one that is served; else it needs a runtime of its own. */
    boolean isFor(ListenerPlan next) {
        return runtime.protocol() == next.protocol() && plan.loadBalancer().equals(next.loadBalancer());
    }

    /** Serves this version from now on. All its groups are known. */
    void install(ListenerPlan next, String nextVersion, ListenerTls nextTls) {
        ListenerTls tlsBefore = tls;
        tls = nextTls.hold();
        BackendPlan backend = BackendPlan.orHttp(next.backend());
        Map<TargetKey, TargetControl> before = targets;
        Map<TargetKey, TargetControl> after = new LinkedHashMap<>();
        List<ListenerTable.Rule> rules = new ArrayList<>();
        next.routing()
                .rules()
                .forEach(rule ->
                        rules.add(new ListenerTable.Rule(rule, resolve(rule.action(), backend, before, after))));
        ListenerTable table = new ListenerTable(
                next, nextVersion, tls.frontend(), resolve(next.routing().action(), backend, before, after), rules);
        entrance.install(table);
        plan = next;
        version = nextVersion;
        targets = after;
        before.forEach((key, target) -> {
            if (!after.containsKey(key)) {
                target.close();
                after.values().stream()
                        .filter(each ->
                                each.action().group().equals(key.action().group()))
                        .findFirst()
                        .ifPresent(successor -> target.target().replaceBy(successor.target()));
            }
        });
        review();
        if (tlsBefore != null) {
            tlsBefore.release();
        }
    }

    private TableAction resolve(
            Action action,
            BackendPlan backend,
            Map<TargetKey, TargetControl> before,
            Map<TargetKey, TargetControl> after) {
        if (action instanceof Action.Forward forward) {
            TargetKey key = new TargetKey(forward, backend);
            TargetControl target = after.get(key);
            if (target == null) {
                target = before.containsKey(key) ? before.get(key) : newTarget(key, before.values());
                after.put(key, target);
            }
            return new TableAction.Forward(target.target());
        }
        if (action instanceof Action.Redirect redirect) {
            return new TableAction.Redirect(redirect.port(), redirect.statusCode());
        }
        if (action instanceof Action.Keep keep) {
            Action.Kept kept = keep.kept();
            return kept == null
                    ? resolve(keep.otherwise(), backend, before, after)
                    : resolve(kept.action(), BackendPlan.orHttp(kept.backend()), before, after);
        }
        return new TableAction.Unavailable(((Action.Unavailable) action).reason());
    }

    private TargetControl newTarget(TargetKey key, Collection<TargetControl> before) {
        List<TargetControl> sameGroup = before.stream()
                .filter(each -> each.action().group().equals(key.action().group()))
                .toList();
        return new TargetControl(
                workshop,
                this,
                key.action(),
                key.backend(),
                published.group(key.action().group()),
                sameGroup);
    }

    @Override
    public CookieKey cookieKey() {
        return published.cookieKey(loadBalancer);
    }

    @Override
    public void changed() {
        changed.run();
    }

    @Override
    public Member member(DocumentId group, Server.Key key, ServerPlan server) {
        MemberControl control = members.computeIfAbsent(new MemberKey(group, key), absent -> {
            Member member = new Member(
                    group,
                    workshop.servers().hold(key),
                    server.name() == null ? server.id() : server.name(),
                    runtime.transport().loops());
            return new MemberControl(member, server.role());
        });
        control.role = server.role(); // which an edit may have changed
        return control.member;
    }

    /** Rebuilds what has changed; then looks at each server whether its connections may go on. */
    void settle() {
        targets.values().stream().filter(TargetControl::isDirty).forEach(TargetControl::rebuild);
        review();
    }

    private void review() {
        members.values().removeIf(control -> {
            boolean present = isPresent(control);
            if (present && !isAbnormal(control)) {
                goOn(control);
                return false;
            }
            if (control.role == ServerRole.MASTER
                    && hasFailedOver(control)
                    && !plan.drain().explicit()) {
                end(control, Tracked.End.RESET);
            } else {
                startDrain(control);
            }
            if (present || !isOver(control)) {
                return false;
            }
            control.cancelEnding();
            workshop.servers().release(control.member.server().key());
            return true;
        });
        watchLeftGroups();
    }

    /** Connections to servers of a group that this listener no longer uses run on as long as the servers are in it. */
    private void watchLeftGroups() {
        Set<GroupControl> used =
                targets.values().stream().map(TargetControl::group).collect(Collectors.toSet());
        Set<GroupControl> now = new HashSet<>();
        for (MemberControl control : members.values()) {
            GroupControl group = published.group(control.member.group());
            if (group != null && !used.contains(group)) {
                now.add(group);
            }
        }
        left.forEach(group -> group.watchers().remove(changed));
        now.forEach(group -> group.watchers().add(changed));
        left = now;
    }

    /** Nothing runs, and nothing can begin: whoever has picked the server, but not begun yet, picks another. */
    private static boolean isOver(MemberControl control) {
        return control.ended || control.member.retire();
    }

    private boolean isPresent(MemberControl control) {
        Server.Key key = control.member.server().key();
        if (targets.values().stream().anyMatch(target -> uses(target, control))) {
            return true;
        }
        // A group that this listener no longer uses: its connections run on as long as the server is there at all.
        GroupControl group = published.group(control.member.group());
        return group != null
                && targets.values().stream().noneMatch(target -> target.group() == group)
                && group.plan().servers().stream()
                        .anyMatch(server -> server.id().equals(key.id())
                                && server.address().equals(key.address())
                                && (server.port() == null || server.port() == key.port()));
    }

    private boolean isAbnormal(MemberControl control) {
        List<TargetControl> using = targets.values().stream()
                .filter(target -> uses(target, control))
                .toList();
        return !using.isEmpty()
                && using.stream()
                        .allMatch(
                                target -> target.health(control.member.server().key()) == Health.ABNORMAL);
    }

    private boolean hasFailedOver(MemberControl control) {
        return targets.values().stream()
                .anyMatch(target ->
                        target.group().id().equals(control.member.group()) && target.active() == ServerRole.SLAVE);
    }

    private static boolean uses(TargetControl target, MemberControl control) {
        return target.group().id().equals(control.member.group())
                && target.health(control.member.server().key()) != null;
    }

    private static void goOn(MemberControl control) {
        control.cancelEnding();
        if (control.ended) {
            control.ended = false;
            control.member.reopen();
        }
    }

    private void startDrain(MemberControl control) {
        if (control.ended || control.ending != null) {
            return;
        }
        control.member.leave();
        if (plan.drain().timeoutMillis() == 0) {
            end(control, Tracked.End.CLOSE);
            return;
        }
        control.ending = workshop.schedule(
                () -> {
                    end(control, Tracked.End.CLOSE);
                    changed.run();
                },
                plan.drain().timeoutMillis());
    }

    private static void end(MemberControl control, Tracked.End how) {
        control.cancelEnding();
        if (!control.ended) {
            control.ended = true;
            control.member.end(how);
        }
    }

    /** Withdrawn: what runs may end within the drain time; then, or when nothing is left, this closes itself. */
    void drain(Runnable whenClosed) {
        runtime.drain();
        members.values().forEach(control -> control.member.drain());
        drainDeadline = workshop.time().nanoTime()
                + TimeUnit.MILLISECONDS.toNanos(plan.drain().timeoutMillis());
        // A loop may just be letting a connection in: it is counted once that loop has come around.
        PromiseCombiner cameAround = new PromiseCombiner(workshop.control());
        runtime.transport()
                .loops()
                .forEach(loop -> cameAround.add(loop.eventLoop().submit(() -> {})));
        Promise<Void> counted = workshop.control().newPromise();
        counted.addListener(done -> pollDrain(whenClosed));
        cameAround.finish(counted);
    }

    private void pollDrain(Runnable whenClosed) {
        if (closed) {
            return;
        }
        long leftMillis =
                TimeUnit.NANOSECONDS.toMillis(drainDeadline - workshop.time().nanoTime());
        if (leftMillis <= 0 || isUnused()) {
            close();
            whenClosed.run();
            return;
        }
        drainPoll = workshop.schedule(() -> pollDrain(whenClosed), Math.min(leftMillis + 1, DRAIN_POLL_MILLIS));
    }

    private boolean isUnused() {
        return runtime.limits().open() == 0 && !entrance.isAwaited();
    }

    /** Ends everything now. */
    void close() {
        closed = true;
        if (drainPoll != null) {
            drainPoll.cancel(false);
        }
        runtime.drain();
        runtime.end(Tracked.End.CLOSE);
        members.values().forEach(control -> end(control, Tracked.End.CLOSE));
        targets.values().forEach(TargetControl::close);
        targets = Map.of();
        left.forEach(group -> group.watchers().remove(changed));
        members.values()
                .forEach(control ->
                        workshop.servers().release(control.member.server().key()));
        members.clear();
        runtime.limits().close();
        if (tls != null) {
            tls.release();
            tls = null;
        }
    }

    /** The servers that it has now, for counting. */
    public List<Member> memberList() {
        return members.values().stream().map(control -> control.member).toList();
    }
}
