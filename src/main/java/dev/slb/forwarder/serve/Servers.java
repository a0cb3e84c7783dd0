package dev.slb.forwarder.serve;

import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.tls.BackendTls;
import dev.slb.forwarder.tls.TlsContexts;
import dev.slb.forwarder.tls.UnusableTlsException;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.BackendPlan;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The servers that exist, each once, however many groups and listeners have it, and what traffic notices of them, once for those
 * that are the same to it. Owned by the control thread.
 */
final class Servers {

    private final List<Loop> loops;
    private final TimeSource time;
    private final TlsContexts tls;
    private final EventExecutor control;
    private final Map<Server.Key, Entry> entries = new HashMap<>();
    private final Map<Spoken, Noticed> noticed = new HashMap<>();
    private final LongAdder pauses = new LongAdder();

    /** @param control the control thread */
    Servers(List<Loop> loops, TimeSource time, TlsContexts tls, EventExecutor control) {
        this.time = time;
        this.loops = loops;
        this.tls = tls;
        this.control = control;
    }

    /** What is the same to traffic: what connects in the same way to the same place. */
    private record Spoken(String address, int port, Server.Protocol protocol, BackendPlan backend) {

        static Spoken of(Server.Key key) {
            return new Spoken(key.address(), key.port(), key.protocol(), key.backend());
        }

        @Override
        public String toString() {
            return protocol + " to " + NetUtil.toSocketAddressString(address, port);
        }
    }

    private static final class Noticed {
        private final FailuresControl failures;
        private int servers;

        Noticed(FailuresControl failures) {
            this.failures = failures;
        }
    }

    private static final class Entry {
        private final Server server;
        private int holders;
        private int users;
        private int abnormal;

        Entry(Server server) {
            this.server = server;
        }

        void settle() {
            server.setPoolable(users > 0 && abnormal == 0);
        }
    }

    /**
     * The server, made when it is new; lives until as many {@link #release}.
     *
     * @param key its backend can be used, as the listener that names it was compiled with it
     */
    Server hold(Server.Key key) {
        Entry entry = entries.computeIfAbsent(key, this::newEntry);
        entry.holders++;
        return entry.server;
    }

    private Entry newEntry(Server.Key key) {
        try {
            BackendTls backend = tls.backend(key.backend());
            Noticed its = noticed.computeIfAbsent(Spoken.of(key), this::newNoticed);
            its.servers++;
            return new Entry(new Server(key, loops, backend, its.failures.failures()));
        } catch (UnusableTlsException e) {
            throw new IllegalStateException(e);
        }
    }

    private Noticed newNoticed(Spoken spoken) {
        return new Noticed(new FailuresControl(
                spoken.toString(),
                time,
                control,
                (task, millis) -> control.schedule(task, millis, TimeUnit.MILLISECONDS),
                pauses::increment));
    }

    /** What traffic notices of a server that is held. */
    FailuresControl failures(Server.Key key) {
        return noticed.get(Spoken.of(key)).failures;
    }

    /** How often traffic was to leave a server out, since the start. Any thread. */
    long pauses() {
        return pauses.sum();
    }

    void release(Server.Key key) {
        Entry entry = entries.get(key);
        if (--entry.holders == 0) {
            entries.remove(key);
            entry.server.setPoolable(false);
            if (entry.server.tls() != null) {
                entry.server.tls().release();
            }
            Noticed its = noticed.get(Spoken.of(key));
            if (--its.servers == 0) {
                noticed.remove(Spoken.of(key));
                its.failures.close();
            }
        }
    }

    /** One target more (or less) chooses from this server: without any, idle connections to it are closed. */
    void countUser(Server.Key key, int change) {
        Entry entry = entries.get(key);
        entry.users += change;
        entry.settle();
    }

    /** One target more (or less) sees it abnormal: while any does, idle connections to it are closed. */
    void countAbnormal(Server.Key key, int change) {
        Entry entry = entries.get(key);
        entry.abnormal += change;
        entry.settle();
    }
}
