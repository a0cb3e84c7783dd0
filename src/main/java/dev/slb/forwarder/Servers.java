package dev.slb.forwarder;

import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.transport.Loop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The servers that exist, each once, however many groups and listeners have it. Owned by the control thread. */
final class Servers {

    private final List<Loop> loops;
    private final Map<Server.Key, Entry> entries = new HashMap<>();

    Servers(List<Loop> loops) {
        this.loops = loops;
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

    /** The server, made when it is new; lives until as many {@link #release}. */
    Server hold(Server.Key key) {
        Entry entry = entries.computeIfAbsent(key, absent -> new Entry(new Server(absent, loops)));
        entry.holders++;
        return entry.server;
    }

    void release(Server.Key key) {
        Entry entry = entries.get(key);
        if (--entry.holders == 0) {
            entries.remove(key);
            entry.server.setPoolable(false);
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
