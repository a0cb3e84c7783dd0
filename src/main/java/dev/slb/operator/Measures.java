package dev.slb.operator;

import dev.slb.kind.Kinds;
import dev.slb.kind.ObjectId;
import dev.slb.kind.ObjectKind;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How long the operator's work takes: until an object that something has touched is translated, its translation itself, and all the way
 * from an edit to where forwarders serve it. Any thread.
 */
final class Measures {

    private static final Duration[] WORK = millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 30_000);
    private static final Duration[] EDITS =
            millis(10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000);

    private final BooleanSupplier elected;
    private final LongSupplier nanoClock;
    private final Map<ObjectKind<?, ?>, Timer> reconciles;
    private final Map<ObjectKind<?, ?>, Timer> translations;
    private final Map<ObjectKind<?, ?>, Timer> programmings;

    /** Since when objects wait to be translated. */
    private final Map<ObjectId, Long> touched = new ConcurrentHashMap<>();
    /** The last edit of each object. */
    private final Map<ObjectId, Edit> edits = new ConcurrentHashMap<>();

    /** @param since null: it is through, or not measured */
    private record Edit(long generation, Long since) {}

    /** @param elected whether this replica looks at what forwarders serve, to write it */
    Measures(MeterRegistry registry, BooleanSupplier elected, LongSupplier nanoClock) {
        this.elected = elected;
        this.nanoClock = nanoClock;
        this.reconciles = timers(
                registry,
                "slb.operator.reconcile",
                "From where something touches an object until it is translated",
                WORK);
        this.translations = timers(registry, "slb.operator.translate", "Translation of an object", WORK);
        this.programmings = timers(
                registry,
                "slb.operator.edit.to.programmed",
                "From where an edit of an object is seen until all forwarders serve it",
                EDITS);
    }

    private static Duration[] millis(long... bounds) {
        Duration[] durations = new Duration[bounds.length];
        for (int i = 0; i < bounds.length; i++) {
            durations[i] = Duration.ofMillis(bounds[i]);
        }
        return durations;
    }

    private static Map<ObjectKind<?, ?>, Timer> timers(
            MeterRegistry registry, String name, String description, Duration[] bounds) {
        Map<ObjectKind<?, ?>, Timer> timers = new ConcurrentHashMap<>();
        Kinds.ALL.forEach(kind -> timers.put(
                kind,
                Timer.builder(name)
                        .description(description)
                        .tag("kind", kind.name())
                        .serviceLevelObjectives(bounds)
                        .register(registry)));
        return timers;
    }

    /** An object has come, or is of another generation. */
    void seen(ObjectId id, Long generation) {
        if (generation != null) {
            edits.compute(
                    id,
                    (same, before) -> before != null && before.generation == generation
                            ? before
                            : new Edit(generation, elected.getAsBoolean() ? (Long) nanoClock.getAsLong() : null));
        }
    }

    void gone(ObjectId id) {
        edits.remove(id);
        touched.remove(id);
    }

    /** What others may have brought to an end, or were about to, is not measured. */
    void forgetEdits() {
        edits.replaceAll((id, edit) -> new Edit(edit.generation, null));
    }

    /** These have to be translated. */
    void touched(Collection<ObjectId> ids) {
        long now = nanoClock.getAsLong();
        ids.forEach(id -> touched.putIfAbsent(id, now));
    }

    /** How many wait to be translated. */
    int waiting() {
        return touched.size();
    }

    <R> R reconcile(ObjectId id, Supplier<R> translation) {
        long start = nanoClock.getAsLong();
        Long since = touched.remove(id);
        R result = translation.get();
        long end = nanoClock.getAsLong();
        translations.get(id.kind()).record(end - start, TimeUnit.NANOSECONDS);
        reconciles.get(id.kind()).record(end - (since == null ? start : since), TimeUnit.NANOSECONDS);
        return result;
    }

    /** All forwarders serve this generation. */
    void programmed(ObjectId id, Long generation) {
        end(id, generation, true);
    }

    /** There is nothing of this generation that forwarders could serve. */
    void refused(ObjectId id, Long generation) {
        end(id, generation, false);
    }

    private void end(ObjectId id, Long generation, boolean counts) {
        edits.computeIfPresent(id, (same, edit) -> {
            if (generation == null || edit.generation != generation || edit.since == null) {
                return edit;
            }
            if (counts) {
                programmings.get(id.kind()).record(nanoClock.getAsLong() - edit.since, TimeUnit.NANOSECONDS);
            }
            return new Edit(edit.generation, null);
        });
    }
}
