package dev.slb.forwarder.persistence;

import dev.slb.forwarder.schedule.ConsistentHash;
import dev.slb.forwarder.schedule.PickContext;
import dev.slb.forwarder.schedule.Picker;

import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * A client that comes back within a time gets what it had, as long as that may be chosen at all; any other gets what a
 * {@link ConsistentHash} says. So forwarders that don't talk to each other agree on every client, but for those whose
 * server would have become another one within the time: these keep theirs where they came before.
 */
public final class StickyChoice<T> implements Picker<T> {

    private final Picker<T> choice;
    private final Set<T> candidates;
    private final ToLongFunction<PickContext> key;
    private final StickyMemory<T> memory;
    private final Consumer<T> returned;
    private final long timeoutNanos;
    private final LongSupplier nanoTime;

    /**
     * @param choice for clients that have nothing
     * @param candidates those among which it chooses; compared by identity
     * @param key what a client is recognised by: one of the hashes of a {@link PickContext}
     * @param returned told of a candidate that a client had and gets again
     * @param timeoutMillis since its last connection
     * @param nanoTime what time it is
     */
    public StickyChoice(
            Picker<T> choice,
            Set<T> candidates,
            ToLongFunction<PickContext> key,
            StickyMemory<T> memory,
            Consumer<T> returned,
            long timeoutMillis,
            LongSupplier nanoTime) {
        this.choice = choice;
        this.candidates = candidates;
        this.key = key;
        this.memory = memory;
        this.returned = returned;
        this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        this.nanoTime = nanoTime;
    }

    @Override
    public T pick(PickContext context) {
        long client = key.applyAsLong(context);
        long now = nanoTime.getAsLong();
        T had = memory.find(client, now, timeoutNanos);
        if (had != null && candidates.contains(had) && !context.tried(had)) {
            returned.accept(had);
            return had;
        }
        T chosen = choice.pick(context);
        if (chosen != null) {
            memory.remember(client, chosen, now, timeoutNanos);
        }
        return chosen;
    }

    @Override
    public void learn(long client, T candidate) {
        memory.remember(client, candidate, nanoTime.getAsLong(), timeoutNanos);
    }

    @Override
    public String toString() {
        return "sticky " + choice;
    }
}
