package dev.slb.forwarder.serve;

import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Server;
import dev.slb.plan.DocumentId;

import java.util.HashMap;
import java.util.Map;

/**
 * The members that exist, each once, however many listeners and rules pick it: a server, as it is spoken to, of a group. Owned by the
 * control thread.
 */
final class Members {

    /** How long to wait for what has just begun on a member that nobody holds. */
    private static final long RETRY_MILLIS = 100;

    /** Calls later. */
    interface Timer {
        void schedule(Runnable task, long millis);
    }

    private record Key(DocumentId group, Server.Key server) {

        static Key of(Member member) {
            return new Key(member.group(), member.server().key());
        }
    }

    private static final class Entry {
        private final Member member;
        private int holders;

        Entry(Member member) {
            this.member = member;
        }
    }

    private final Servers servers;
    private final Timer timer;
    private final Map<Key, Entry> entries = new HashMap<>();

    Members(Servers servers, Timer timer) {
        this.servers = servers;
        this.timer = timer;
    }

    /**
     * The member, made when it is new; lives until as many {@link #release}.
     *
     * @param name what people call it
     */
    Member hold(DocumentId group, Server.Key server, String name) {
        Entry entry = entries.computeIfAbsent(
                new Key(group, server), absent -> new Entry(new Member(group, servers.hold(server), name)));
        entry.holders++;
        return entry.member;
    }

    /**
     * Holds it once more.
     *
     * @return false when it is gone: nothing runs, and nothing can begin
     */
    boolean hold(Member member) {
        Entry entry = entries.get(Key.of(member));
        if (entry == null || entry.member != member) {
            return false;
        }
        entry.holders++;
        return true;
    }

    void release(Member member) {
        Entry entry = entries.get(Key.of(member));
        entry.holders--;
        settle(entry);
    }

    /** Whoever has picked it, but not begun yet, picks another; who has begun is waited for. */
    private void settle(Entry entry) {
        Key key = Key.of(entry.member);
        if (entry.holders > 0 || entries.get(key) != entry) {
            return;
        }
        if (entry.member.retire()) {
            entries.remove(key);
            servers.release(key.server);
        } else {
            timer.schedule(() -> settle(entry), RETRY_MILLIS);
        }
    }

    /** How many there are. */
    int size() {
        return entries.size();
    }
}
