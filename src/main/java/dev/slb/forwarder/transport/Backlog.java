package dev.slb.forwarder.transport;

import java.util.concurrent.TimeUnit;

/**
 * What the connections of one event loop hold in buffers because the other end does not take what is written to it. Only used
 * on that loop.
 *
 * <p>It has a budget, a part of the memory that all buffers may take, so that the rest stays for everybody else. Each connection
 * may hold a fixed share of what is left of it: the more of them are slow, the less each is read ahead for. Beyond the budget
 * those end that have taken nothing for longest.
 */
public final class Backlog {

    /** A connection has at most this part of what is left of the budget at once; a slow one holds about twice that. */
    private static final int SHARES = 128;

    /** When others hold too much, this part of the budget is given back with each look at all. */
    private static final int STEPS = 16;

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** One connection that may hold something. */
    public abstract static class Entry {

        private Entry before;
        private Entry after;
        private long counted;
        private long seen;
        private boolean listed;

        /** Bytes of memory that wait to go out. */
        protected abstract long held();

        /** End now, for want of memory. */
        protected abstract void end();
    }

    private final Loop loop;
    private final Buffers buffers;
    private final long budget;
    private long held;
    /** In the order in which they began to wait, or took something last. */
    private Entry first;

    private Entry last;
    private boolean looking;
    private boolean ending;

    Backlog(Loop loop, Buffers buffers, long budget) {
        this.loop = loop;
        this.buffers = buffers;
        this.budget = budget;
    }

    /** To be called when what the connection holds may have grown, or is gone. */
    public void look(Entry entry) {
        long now = entry.held();
        if (now == 0) {
            remove(entry);
            return;
        }
        if (!entry.listed) {
            entry.listed = true;
            entry.seen = now;
            append(entry);
            lookLater();
        }
        held += now - entry.counted;
        entry.counted = now;
        if (held > budget) {
            endLater();
        }
    }

    /** The connection is gone. */
    public void remove(Entry entry) {
        if (entry.listed) {
            entry.listed = false;
            held -= entry.counted;
            entry.counted = 0;
            unlink(entry);
        }
    }

    /** How many bytes a connection may have at once that usually has so many. */
    public int room(int most, int least) {
        long left = Math.min(budget - held, buffers.left() / buffers.loops()) / SHARES;
        return (int) Math.max(least, Math.min(most, left));
    }

    /** In a task of its own, since the connection may be in the midst of something. */
    private void endLater() {
        if (!ending) {
            ending = true;
            loop.eventLoop().execute(() -> {
                ending = false;
                endSlowest(budget);
            });
        }
    }

    private void endSlowest(long enough) {
        while (first != null && held > enough) {
            Entry slowest = first;
            remove(slowest);
            slowest.end();
        }
    }

    private void lookLater() {
        if (!looking) {
            looking = true;
            loop.eventLoop().schedule(this::lookAtAll, LOOK_NANOS, TimeUnit.NANOSECONDS);
        }
    }

    private void lookAtAll() {
        looking = false;
        Entry end = last;
        Entry next = first;
        while (next != null) {
            Entry each = next;
            next = each == end ? null : each.after;
            look(each);
            if (each.listed && each.counted < each.seen) { // it has taken something
                unlink(each);
                append(each);
            }
            each.seen = each.counted;
        }
        if (buffers.left() <= 0) { // whatever holds it; and what is given back may come back only later
            endSlowest(held - budget / STEPS);
        }
        if (first != null) {
            lookLater();
        }
    }

    private void append(Entry entry) {
        entry.before = last;
        entry.after = null;
        if (last == null) {
            first = entry;
        } else {
            last.after = entry;
        }
        last = entry;
    }

    private void unlink(Entry entry) {
        if (entry.before == null) {
            first = entry.after;
        } else {
            entry.before.after = entry.after;
        }
        if (entry.after == null) {
            last = entry.before;
        } else {
            entry.after.before = entry.before;
        }
        entry.before = null;
        entry.after = null;
    }
}
