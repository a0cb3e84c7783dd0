package dev.slb.forwarder.serve;

import dev.slb.forwarder.persistence.StickyChoice;
import dev.slb.forwarder.persistence.StickyMemory;
import dev.slb.forwarder.schedule.PickContext;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.table.Selection;
import dev.slb.forwarder.table.TargetRuntime;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.Action;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.DocumentId;
import dev.slb.plan.PersistencePlan;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The control side of a {@link TargetRuntime}: gives it what its {@link SelectionControl} makes for all that choose alike, and on layer
 * 4 what only this listener knows, which client has which server. Owned by the control thread.
 */
public final class TargetControl {

    /** The listener whose target it is. */
    interface Listener {

        ListenerRuntime runtime();

        /** Whose listener it is. */
        DocumentId loadBalancer();

        /** Servers of the group may have come, gone, failed or recovered. */
        void selected(DocumentId group);
    }

    /** How long a QUIC connection id is remembered after it was last seen in a handshake or from a new address. */
    private static final long CONNECTION_ID_MILLIS = TimeUnit.HOURS.toMillis(1);

    private final Listener listener;
    private final Action.Forward action;
    private final SharedSelections selections;
    private final TargetRuntime target;
    private final TimeSource time;
    /** Layer 4 with persistence: which client has which server; QCH: which QUIC connection id; else null. */
    private StickyMemory<Member> memory;

    private volatile SelectionControl selection;

    /**
     * @param backend what its servers are spoken to in
     * @param predecessors targets that the listener had for the same group: what they know of its servers is taken over
     */
    TargetControl(
            TimeSource time,
            SharedSelections selections,
            Listener listener,
            Action.Forward action,
            BackendPlan backend,
            GroupControl group,
            List<TargetControl> predecessors) {
        this.listener = listener;
        this.action = action;
        this.selections = selections;
        this.target = new TargetRuntime(action);
        this.time = time;
        predecessors.forEach(each -> {
            if (each.isStickyBySource() == isStickyBySource()) {
                memory = each.memory;
            }
        });
        if (!isStickyBySource() && !target.learnsConnectionIds()) {
            memory = null;
        } else if (memory == null) {
            memory = new StickyMemory<>(() -> listener.runtime().countRefusal(Reasons.PERSISTENCE_TABLE_FULL));
        }
        join(selections.find(
                group,
                SelectionControl.Key.of(action, listener.runtime().protocol(), listener.loadBalancer(), backend),
                predecessors.stream().map(TargetControl::selection).toList()));
    }

    TargetRuntime target() {
        return target;
    }

    /** What it is the target of. */
    public Action.Forward action() {
        return action;
    }

    /** The listener whose target it is. */
    public ListenerRuntime listener() {
        return listener.runtime();
    }

    /** What it has in common with others. Any thread. */
    public SelectionControl selection() {
        return selection;
    }

    /** Chooses from now on with these others. */
    void join(SelectionControl next) {
        SelectionControl before = selection;
        selection = next;
        next.targets().add(this);
        select();
        if (before != null) {
            selections.leave(before, this);
        }
    }

    /** Has event loops pick from what was made last. */
    void select() {
        target.select(memory == null || selection.hasRoles() ? selection.selection() : remembering());
        listener.selected(action.group());
    }

    private Selection remembering() {
        Selection made = selection.selection();
        if (made.picker() == null) {
            return made;
        }
        boolean bySource = isStickyBySource();
        return Selection.of(
                new StickyChoice<>(
                        made.picker(),
                        selection.candidates(),
                        bySource ? PickContext::sourceHash : PickContext::connectionIdHash,
                        memory,
                        bySource
                                ? returned -> listener.runtime().usage(returned).countReturn()
                                : returned -> {},
                        bySource ? action.persistence().timeoutMillis() : CONNECTION_ID_MILLIS,
                        time::nanoTime),
                null,
                made.pausing());
    }

    private boolean isStickyBySource() {
        return action.persistence() != null && action.persistence().type() == PersistencePlan.Type.SOURCE_IP;
    }

    /** A server is gone. */
    void forget(Member member) {
        if (memory != null) {
            memory.forget(member);
        }
    }

    /** Which client has which server; null unless clients are recognised by their addresses. */
    public StickyMemory<Member> memory() {
        return memory;
    }

    /** No longer needed. */
    void close() {
        selections.leave(selection, this);
    }
}
