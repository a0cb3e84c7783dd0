package dev.slb.forwarder.persistence;

import dev.slb.forwarder.schedule.Hashes;

import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which client has which candidate, for all event loops at once, without locks. Bounded: {@value #CAPACITY} clients. A
 * client has eight places that it may be in; when all are taken by clients whose time is not over, the one that was
 * away longest is forgotten.
 */
public final class StickyMemory<T> {

    static final int CAPACITY = 1 << 16;
    private static final int WAYS = 8;

    /** Null before there is a client: it is a quarter of a megabyte. */
    private final AtomicReference<AtomicReferenceArray<Entry<T>>> places = new AtomicReference<>();

    private final Runnable forgotten;

    private static final class Entry<T> {
        private final long key;
        private final T candidate;
        /** When the client came last, in nanoseconds. */
        private volatile long seen;

        Entry(long key, T candidate, long seen) {
            this.key = key;
            this.candidate = candidate;
            this.seen = seen;
        }
    }

    /** @param forgotten called, on any thread, when a client is forgotten before its time */
    public StickyMemory(Runnable forgotten) {
        this.forgotten = forgotten;
    }

    /** What the client has, with its time begun anew; null when it has nothing, or its time is over. */
    T find(long key, long now, long timeoutNanos) {
        AtomicReferenceArray<Entry<T>> places = this.places.get();
        if (places == null) {
            return null;
        }
        int first = firstPlace(key);
        for (int i = first; i < first + WAYS; i++) {
            Entry<T> entry = places.get(i);
            if (entry != null && entry.key == key) {
                if (now - entry.seen >= timeoutNanos) {
                    return null;
                }
                entry.seen = now;
                return entry.candidate;
            }
        }
        return null;
    }

    /** From now on the client has this candidate. */
    void remember(long key, T candidate, long now, long timeoutNanos) {
        AtomicReferenceArray<Entry<T>> places = made();
        int first = firstPlace(key);
        int chosen = -1;
        long longestAway = Long.MIN_VALUE;
        for (int i = first; i < first + WAYS; i++) {
            Entry<T> entry = places.get(i);
            if (entry != null && entry.key == key) {
                chosen = i;
                break;
            }
            long away = entry == null ? Long.MAX_VALUE : now - entry.seen;
            if (away > longestAway) {
                longestAway = away;
                chosen = i;
            }
        }
        Entry<T> before = places.get(chosen);
        // Another event loop may win the place: then this client is not remembered, which its next connection mends.
        boolean placed = places.compareAndSet(chosen, before, new Entry<>(key, candidate, now));
        if (placed && before != null && before.key != key && now - before.seen < timeoutNanos) {
            forgotten.run();
        }
    }

    private AtomicReferenceArray<Entry<T>> made() {
        if (places.get() == null) {
            places.compareAndSet(null, new AtomicReferenceArray<>(CAPACITY));
        }
        return places.get();
    }

    /** A candidate is gone for good. */
    public void forget(T candidate) {
        AtomicReferenceArray<Entry<T>> places = this.places.get();
        for (int i = 0; places != null && i < CAPACITY; i++) {
            Entry<T> entry = places.get(i);
            if (entry != null && entry.candidate == candidate) {
                places.compareAndSet(i, entry, null);
            }
        }
    }

    /** How many clients came within this time, up to now. Looks at all places: not for event loops. */
    public long clients(long now, long withinNanos) {
        AtomicReferenceArray<Entry<T>> places = this.places.get();
        long clients = 0;
        for (int i = 0; places != null && i < CAPACITY; i++) {
            Entry<T> entry = places.get(i);
            clients += entry != null && now - entry.seen < withinNanos ? 1 : 0;
        }
        return clients;
    }

    private static int firstPlace(long key) {
        return (int) (Hashes.mix(key) >>> Long.SIZE - Integer.numberOfTrailingZeros(CAPACITY)) & -WAYS;
    }
}
