package dev.slb.forwarder.serve;

import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.tls.TlsContexts;
import dev.slb.forwarder.tls.UnusableTlsException;
import dev.slb.forwarder.transport.Loop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The servers that exist, each once, however many groups and listeners have it. Owned by the control thread. */
final class Servers {

    private final List<Loop> loops;
    private final TlsContexts tls;
    private final Map<Server.Key, Entry> entries = new HashMap<>();

    Servers(List<Loop> loops, TlsContexts tls) {
        this.loops = loops;
        this.tls = tls;
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
            return new Entry(new Server(key, loops, tls.backend(key.backend())));
        } catch (UnusableTlsException e) {
            throw new IllegalStateException(e);
        }
    }

    void release(Server.Key key) {
        Entry entry = entries.get(key);
        if (--entry.holders == 0) {
            entries.remove(key);
            entry.server.setPoolable(false);
            if (entry.server.tls() != null) {
                entry.server.tls().release();
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
