package dev.slb.forwarder.health;

import dev.slb.forwarder.tls.BackendTls;
import dev.slb.forwarder.tls.TlsContexts;
import dev.slb.forwarder.tls.UnusableTlsException;
import dev.slb.forwarder.transport.Addresses;
import dev.slb.forwarder.transport.Deadline;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.Health;
import dev.slb.plan.HealthCheckPlan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;

/**
 * All checks of a forwarder: one prober per server's address and specification, however many groups, listeners and rules
 * want it. Owned by the control thread.
 */
public final class Probers {

    private record Key(String address, int port, HealthCheckPlan plan) {

        static Key of(String address, int port, HealthCheckPlan plan) {
            return new Key(address, plan.port() == null ? port : plan.port(), plan);
        }
    }

    private final Transport transport;
    private final Executor control;
    private final TlsContexts tls;
    private final RandomGenerator chance;
    /** By event loop. */
    private final List<FirstChecks> firstChecks;

    private final Map<Key, Check> checks = new HashMap<>();
    private final LongAdder successes = new LongAdder();
    private final LongAdder failures = new LongAdder();

    /**
     * @param control runs tasks on the control thread
     * @param firstPerSecond how many servers an event loop checks for the first time in a second; more wait
     * @param chance only used on the control thread
     */
    public Probers(Transport transport, Executor control, TlsContexts tls, int firstPerSecond, RandomGenerator chance) {
        this.chance = chance;
        this.firstChecks = transport.loops().stream()
                .map(loop -> firstChecks(loop, firstPerSecond))
                .toList();
        this.transport = transport;
        this.control = control;
        this.tls = tls;
    }

    /**
     * Begins to check a server, or joins who does so already: then there may be a verdict at once.
     *
     * @param port the server's own; the specification may name another
     * @param turn how many servers of its group are to be checked before it, when it is not checked yet, and not all can be at once
     * @param changed run on the control thread on every change of verdict or cause; also the key for {@link Check#leave}
     */
    public Check join(String address, int port, HealthCheckPlan plan, int turn, Runnable changed) {
        Check check = checks.computeIfAbsent(Key.of(address, port, plan), key -> new Check(key, turn));
        check.users.add(changed);
        return check;
    }

    /** What is known of a server by a specification, as {@link #join} has it, whoever has it checked. */
    public Health health(String address, int port, HealthCheckPlan plan) {
        Check check = checks.get(Key.of(address, port, plan));
        return check == null ? Health.UNAVAILABLE : check.health;
    }

    private static FirstChecks firstChecks(Loop loop, int perSecond) {
        FirstChecks[] made = new FirstChecks[1];
        Deadline wake = new Deadline() {
            @Override
            protected void expired() {
                made[0].goOn();
            }
        };
        made[0] =
                new FirstChecks(perSecond, loop::nanoTime, nanos -> loop.wheel().arm(wake, nanos));
        return made[0];
    }

    /** It can be used, as the listener that wants the check was compiled with it. */
    private BackendTls backend(BackendPlan plan) {
        try {
            return tls.backend(plan);
        } catch (UnusableTlsException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many checks have ended, well or not, since the start. */
    public long ended(boolean good) {
        return (good ? successes : failures).sum();
    }

    /** How many servers wait for their first check, as there are more than may be checked at once. Any thread. */
    public int waiting() {
        return firstChecks.stream().mapToInt(FirstChecks::waiting).sum();
    }

    /** Number of probers that run. */
    public int size() {
        return checks.size();
    }

    /** The check of one server by one specification, shared by all that want it. */
    public final class Check implements Prober.Listener {

        private final Key key;
        /** As often as it joined: a group may have one address under two identities. */
        private final List<Runnable> users = new ArrayList<>();

        private final BackendTls backend;
        private final Prober prober;
        private Health health = Health.UNAVAILABLE;
        private String cause;
        /** Who waits for a good check. */
        private final Set<Runnable> awaiting = new LinkedHashSet<>();

        private volatile boolean awaited;

        private Check(Key key, int turn) {
            this.key = key;
            this.backend = backend(key.plan.backend());
            this.prober = new Prober(Addresses.parse(key.address, key.port), key.plan, transport, backend, this);
            prober.start(firstChecks.get(prober.loop().index()), turn, chance);
        }

        public Health health() {
            return health;
        }

        /** Why the server is abnormal, null otherwise. */
        public String cause() {
            return cause;
        }

        /** Runs a task once, on the control thread, when the next check was good. */
        public void whenGood(Runnable task) {
            awaiting.add(task);
            awaited = true;
        }

        /** The last user that leaves ends the check. */
        public void leave(Runnable user) {
            if (users.remove(user) && users.isEmpty()) {
                checks.remove(key);
                prober.stop();
                if (backend != null) {
                    backend.release();
                }
            }
        }

        @Override
        public void verdict(Health verdict, String because) {
            control.execute(() -> update(verdict, because));
        }

        @Override
        public void checked(boolean good) {
            (good ? successes : failures).increment();
            if (good && awaited) {
                awaited = false;
                control.execute(this::wasGood);
            }
        }

        private void wasGood() {
            List<Runnable> tasks = List.copyOf(awaiting);
            awaiting.clear();
            tasks.forEach(Runnable::run);
        }

        private void update(Health verdict, String because) {
            health = verdict;
            cause = because;
            new LinkedHashSet<>(users).forEach(Runnable::run);
        }
    }
}
