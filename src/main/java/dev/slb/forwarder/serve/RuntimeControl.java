package dev.slb.forwarder.serve;

import dev.slb.forwarder.port.Entrance;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.table.TableAction;
import dev.slb.forwarder.table.Tracked;
import dev.slb.forwarder.table.Usage;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ServerRole;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import io.netty.util.concurrent.ScheduledFuture;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The control side of a {@link ListenerRuntime}: its targets, the servers that it has connections to, and how those end. It
 * goes from version to version until it is drained. Owned by the control thread.
 */
public final class RuntimeControl implements TargetControl.Listener {

    private static final long DRAIN_POLL_MILLIS = 100;

    private final Workshop workshop;
    private final Published published;
    private final SharedSelections selections;
    private final Consumer<RuntimeControl> changed;
    private final ListenerRuntime runtime;
    private final Entrance entrance;
    /** By group: of whom this listener has picked something. */
    private final Map<DocumentId, Map<Member, UsageControl>> usages = new LinkedHashMap<>();

    private Map<TargetKey, TargetControl> targets = Map.of();
    /** The same, by group. */
    private Map<DocumentId, List<TargetControl>> targetsOf = Map.of();
    /** Groups that it has usages of, and no target, with what they run when they change. */
    private final Map<GroupControl, Runnable> left = new HashMap<>();
    /** Groups whose usages are to be reviewed. */
    private Set<DocumentId> stale = new LinkedHashSet<>();

    private final DocumentId loadBalancer;
    private ListenerPlan plan;
    private String version;
    private ListenerTls tls;
    private ScheduledFuture<?> drainPoll;
    private long drainDeadline;
    private boolean closed;

    private record TargetKey(Action.Forward action, BackendPlan backend) {}

    private static final class UsageControl {
        private final Usage usage;
        /** As it was when the group last had the server. */
        private ServerRole role;

        private ScheduledFuture<?> ending;
        private boolean ended;

        UsageControl(Usage usage) {
            this.usage = usage;
        }

        Server.Key server() {
            return usage.member().server().key();
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
     * @param changed is told when {@link #review} should be called
     */
    RuntimeControl(
            ListenerPlan first,
            Workshop workshop,
            Published published,
            SharedSelections selections,
            Consumer<RuntimeControl> changed) {
        this.workshop = workshop;
        this.published = published;
        this.selections = selections;
        this.changed = changed;
        this.loadBalancer = first.loadBalancer();
        this.runtime = workshop.newRuntime(first, published.limits(loadBalancer));
        this.entrance = new Entrance(runtime, workshop.newFrontend(runtime));
        runtime.limits().whenLimited(this::limitBandwidth);
        runtime.whenUsed(usage -> workshop.control().execute(() -> use(usage)));
    }

    /** For connections that were there before; on layer 4 they are in their usages' registries. */
    private void limitBandwidth() {
        runtime.limitBandwidth();
        runtime.usages().forEach(Usage::limitBandwidth);
    }

    @Override
    public ListenerRuntime runtime() {
        return runtime;
    }

    Entrance entrance() {
        return entrance;
    }

    @Override
    public DocumentId loadBalancer() {
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

    /** The same, by group. */
    public Map<DocumentId, List<TargetControl>> targetsByGroup() {
        return targetsOf;
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
        targetsOf = after.values().stream()
                .collect(Collectors.groupingBy(target -> target.action().group()));
        before.forEach((key, target) -> {
            if (!after.containsKey(key)) {
                target.close();
                targetsOf(key.action().group()).stream()
                        .findFirst()
                        .ifPresent(successor -> target.target().replaceBy(successor.target()));
            }
        });
        stale.addAll(usages.keySet());
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
                target = before.containsKey(key) ? before.get(key) : newTarget(key, targetsOf(forward.group()));
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

    /** @param before those of the version before that have the same group */
    private TargetControl newTarget(TargetKey key, List<TargetControl> before) {
        return new TargetControl(
                workshop.time(),
                selections,
                this,
                key.action(),
                key.backend(),
                published.group(key.action().group()),
                before);
    }

    private List<TargetControl> targetsOf(DocumentId group) {
        return targetsOf.getOrDefault(group, List.of());
    }

    /** Something is about to begin on a member that this listener has not picked before, or not since it was forgotten. */
    private void use(Usage usage) {
        if (closed) {
            usage.end(Tracked.End.CLOSE);
        } else if (workshop.members().hold(usage.member())) {
            DocumentId group = usage.member().group();
            usages.computeIfAbsent(group, absent -> new LinkedHashMap<>()).put(usage.member(), new UsageControl(usage));
            stale.add(group);
            review();
        } else {
            runtime.forget(usage);
        }
    }

    @Override
    public void selected(DocumentId group) {
        if (usages.containsKey(group)) {
            stale.add(group);
            changed.accept(this);
        }
    }

    /** Looks at each server of groups that have changed, whether its connections may go on. */
    void review() {
        Set<DocumentId> groups = stale;
        stale = new LinkedHashSet<>();
        for (DocumentId group : groups) {
            Map<Member, UsageControl> ofGroup = usages.getOrDefault(group, Map.of());
            ofGroup.values().removeIf(this::isOver);
            if (ofGroup.isEmpty()) {
                usages.remove(group);
            }
            watch(published.group(group));
        }
    }

    /** Brings a usage to where it should be. @return whether there is nothing left of it */
    private boolean isOver(UsageControl control) {
        List<SelectionControl> using = targetsOf(control.usage.member().group()).stream()
                .map(TargetControl::selection)
                .filter(selection -> selection.server(control.server()) != null)
                .toList();
        if (!using.isEmpty()) {
            control.role = using.get(0).server(control.server()).role();
        }
        boolean present = !using.isEmpty() || isInLeftGroup(control);
        if (present && !isAbnormal(control, using)) {
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
        if (present || !runtime.forget(control.usage)) {
            return false;
        }
        control.cancelEnding();
        workshop.members().release(control.usage.member());
        return true;
    }

    /** Connections to servers of a group that this listener no longer uses run on as long as the servers are in it. */
    private boolean isInLeftGroup(UsageControl control) {
        Server.Key key = control.server();
        GroupControl group = published.group(control.usage.member().group());
        return group != null
                && targetsOf(group.id()).isEmpty()
                && group.plan().servers().stream()
                        .anyMatch(server -> server.id().equals(key.id())
                                && server.address().equals(key.address())
                                && (server.port() == null || server.port() == key.port()));
    }

    private void watch(GroupControl group) {
        left.entrySet().removeIf(each -> {
            boolean over = !isLeft(each.getKey());
            if (over) {
                each.getKey().watchers().remove(each.getValue());
            }
            return over;
        });
        if (group != null && isLeft(group) && !left.containsKey(group)) {
            Runnable changes = () -> selected(group.id());
            left.put(group, changes);
            group.watchers().add(changes);
        }
    }

    private boolean isLeft(GroupControl group) {
        return usages.containsKey(group.id())
                && published.group(group.id()) == group
                && targetsOf(group.id()).isEmpty();
    }

    private static boolean isAbnormal(UsageControl control, List<SelectionControl> using) {
        return !using.isEmpty()
                && using.stream().allMatch(selection -> selection.health(control.server()) == Health.ABNORMAL);
    }

    private boolean hasFailedOver(UsageControl control) {
        return targetsOf(control.usage.member().group()).stream()
                .anyMatch(target -> target.selection().active() == ServerRole.SLAVE);
    }

    private static void goOn(UsageControl control) {
        control.cancelEnding();
        if (control.ended) {
            control.ended = false;
            control.usage.reopen();
        }
    }

    private void startDrain(UsageControl control) {
        if (control.ended || control.ending != null) {
            return;
        }
        control.usage.leave();
        if (plan.drain().timeoutMillis() == 0) {
            end(control, Tracked.End.CLOSE);
            return;
        }
        control.ending = workshop.schedule(
                () -> {
                    end(control, Tracked.End.CLOSE);
                    selected(control.usage.member().group());
                },
                plan.drain().timeoutMillis());
    }

    private static void end(UsageControl control, Tracked.End how) {
        control.cancelEnding();
        if (!control.ended) {
            control.ended = true;
            control.usage.end(how);
        }
    }

    /** Withdrawn: what runs may end within the drain time; then, or when nothing is left, this closes itself. */
    void drain(Runnable whenClosed) {
        runtime.drain();
        targets.values().forEach(target -> selections.changed(target.selection())); // it is no longer reported
        runtime.usages().forEach(Usage::drain);
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
        usages.values().forEach(ofGroup -> ofGroup.values().forEach(control -> end(control, Tracked.End.CLOSE)));
        targets.values().forEach(TargetControl::close);
        targets = Map.of();
        targetsOf = Map.of();
        left.forEach((group, changes) -> group.watchers().remove(changes));
        left.clear();
        usages.values().forEach(ofGroup -> ofGroup.keySet().forEach(workshop.members()::release));
        usages.clear();
        runtime.limits().close();
        if (tls != null) {
            tls.release();
            tls = null;
        }
    }
}
