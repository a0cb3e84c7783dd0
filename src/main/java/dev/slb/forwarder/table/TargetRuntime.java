package dev.slb.forwarder.table;

import dev.slb.forwarder.persistence.CookieTable;
import dev.slb.forwarder.schedule.PickContext;
import dev.slb.plan.Action;
import dev.slb.plan.PersistencePlan;
import io.netty.util.concurrent.EventExecutor;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The runtime of one {@link Action.Forward} of one listener. It lives as long as the listener has such an action, over
 * all changes of the group and of health.
 */
public final class TargetRuntime {

    private final Action.Forward action;
    private final byte[] rewrittenCookie;
    private volatile Selection selection = Selection.none(Reasons.NO_VERDICT);
    private final List<Runnable> waiting = new ArrayList<>();

    public TargetRuntime(Action.Forward action) {
        this.action = action;
        PersistencePlan persistence = action.persistence();
        this.rewrittenCookie = persistence != null && persistence.type() == PersistencePlan.Type.COOKIE_REWRITE
                ? persistence.cookieName().getBytes(StandardCharsets.ISO_8859_1)
                : null;
    }

    /** Whether both forward to the same servers, however they choose among them. */
    public boolean hasServersOf(TargetRuntime other) {
        return action.group().equals(other.action.group()) && Objects.equals(action.port(), other.action.port());
    }

    /** The next server among those that were not tried, or null when there is none; then {@link #reason} says why. */
    public Member pick(PickContext context) {
        Selection now = selection;
        return now.picker() == null ? null : now.picker().pick(context);
    }

    /** Whether {@link #learn} is of use. */
    public boolean learnsConnectionIds() {
        return action.scheduler().udpOnly() && action.persistence() == null;
    }

    /** A server has told by which QUIC connection id its client will call it: that is picked for it from now on. */
    public void learn(long connectionIdHash, Member member) {
        Selection now = selection;
        if (now.successor() != null) {
            now.successor().learn(connectionIdHash, member);
        } else if (now.picker() != null) {
            now.picker().learn(connectionIdHash, member);
        }
    }

    /** The servers that may be picked now, by their sticky cookies; null without such persistence. */
    public CookieTable<Member> cookies() {
        Selection now = selection;
        return now.successor() == null ? now.cookies() : now.successor().cookies();
    }

    /** Name of the server's cookie that is made sticky by a prefix; null when there is none. */
    public byte[] rewrittenCookie() {
        return rewrittenCookie;
    }

    /** Why there is no server to pick, one of {@link Reasons}. */
    public String reason() {
        Selection now = selection;
        if (now.successor() != null) {
            return now.successor().reason();
        }
        // Null when servers came back since the pick, or when all of them were tried.
        return now.reason() == null ? reasonAfterTries() : now.reason();
    }

    /** Why there is no server to pick for one that was tried on others. */
    public String reasonAfterTries() {
        return isPausing() ? Reasons.SERVERS_PAUSED : Reasons.CONNECT_FAILED;
    }

    /** Whether servers that could get something new are left out for a while, since traffic can't reach them. */
    public boolean isPausing() {
        Selection now = selection;
        return now.successor() == null ? now.pausing() : now.successor().isPausing();
    }

    /** Whether no server has a verdict yet (a start): what comes now should wait for the first, see {@link #awaitVerdict}. */
    public boolean awaitsVerdict() {
        Selection now = selection;
        return now.successor() == null
                ? now.reason() == Reasons.NO_VERDICT
                : now.successor().awaitsVerdict();
    }

    /**
     * Runs a task once, on this executor, as soon as there is a first verdict, but after one timeout of the check at the
     * latest. Whether there is a server then, {@link #pick} says.
     */
    public void awaitVerdict(EventExecutor executor, Runnable task) {
        AtomicBoolean called = new AtomicBoolean();
        Runnable once = () -> {
            if (called.compareAndSet(false, true)) {
                task.run();
            }
        };
        Runnable wake = () -> executor.execute(once);
        long timeoutMillis =
                action.healthCheck() == null ? 0 : action.healthCheck().timeoutMillis();
        executor.schedule(
                () -> {
                    synchronized (waiting) {
                        waiting.remove(wake);
                    }
                    once.run();
                },
                timeoutMillis,
                TimeUnit.MILLISECONDS);
        wakeByVerdict(wake);
    }

    private void wakeByVerdict(Runnable wake) {
        TargetRuntime successor;
        synchronized (waiting) {
            successor = selection.successor();
            if (successor == null && awaitsVerdict()) {
                waiting.add(wake);
                return;
            }
        }
        if (successor == null) {
            wake.run();
        } else {
            successor.wakeByVerdict(wake);
        }
    }

    /** Control thread: from now on this. */
    public void select(Selection next) {
        List<Runnable> woken = List.of();
        synchronized (waiting) {
            selection = next;
            if (next.reason() != Reasons.NO_VERDICT) {
                woken = List.copyOf(waiting);
                waiting.clear();
            }
        }
        woken.forEach(Runnable::run);
    }

    /** Control thread: the listener goes on with that one. Whoever still has this, since it is connecting, gets its servers. */
    public void replaceBy(TargetRuntime successor) {
        List<Runnable> moved;
        synchronized (waiting) {
            selection = Selection.of(successor);
            moved = List.copyOf(waiting);
            waiting.clear();
        }
        moved.forEach(successor::wakeByVerdict);
    }
}
