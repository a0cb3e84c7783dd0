package dev.slb.admin;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What is built on a thread of its own, one thing at a time, for those who ask. Called on the port's thread only. */
final class Builds {

    /** Something to build, once, for all who ask for it. */
    private static final class Task<T> {
        private final String key;
        private final long freshNanos;
        private final Supplier<T> work;
        private final Consumer<T> unwanted;
        private final Set<Consumer<T>> askers = new LinkedHashSet<>();
        private long begun;
        private T result;

        Task(String key, long freshNanos, Supplier<T> work, Consumer<T> unwanted) {
            this.key = key;
            this.freshNanos = freshNanos;
            this.work = work;
            this.unwanted = unwanted;
        }
    }

    private final Executor worker;
    private final Executor port;
    private final BiConsumer<String, Throwable> faults;
    private final Map<String, Task<?>> waiting = new LinkedHashMap<>();
    private final Map<String, Task<AdminAnswer>> fresh = new HashMap<>();
    private boolean busy;
    private long holds;

    /**
     * @param worker where is built
     * @param port the port's thread
     * @param faults hears what building has thrown
     */
    Builds(Executor worker, Executor port, BiConsumer<String, Throwable> faults) {
        this.worker = worker;
        this.port = port;
        this.faults = faults;
    }

    /** What was built a moment ago, null for nothing. */
    AdminAnswer fresh(AdminWork.Build build) {
        Task<AdminAnswer> recent = fresh.get(build.key());
        return recent != null && System.nanoTime() - recent.begun < recent.freshNanos ? recent.result : null;
    }

    /**
     * @param asker is told later
     * @return ends the asking
     */
    Runnable ask(AdminWork.Build build, Consumer<AdminAnswer> asker) {
        Task<AdminAnswer> recent = fresh.get(build.key());
        if (recent != null && recent.result == null) {
            return join(recent, asker);
        }
        @SuppressWarnings("unchecked") // keys of builds and those of holds differ
        Task<AdminAnswer> task = (Task<AdminAnswer>) waiting.computeIfAbsent(
                "build " + build.key(),
                key -> new Task<>(key, build.freshFor().toNanos(), () -> answer(build.build()), nobody -> {}));
        return join(task, asker);
    }

    private AdminAnswer answer(Supplier<AdminAnswer> build) {
        try {
            return build.get();
        } catch (Throwable e) {
            faults.accept("a document of the admin port", e);
            return AdminAnswer.line(500, "failed");
        }
    }

    /** The same for what a poll waits for. */
    Runnable begin(AdminWork.Hold hold, Consumer<CompletableFuture<Void>> asker) {
        Task<CompletableFuture<Void>> task = new Task<>(
                "hold " + ++holds,
                0,
                () -> {
                    try {
                        return hold.begin().get();
                    } catch (Throwable e) {
                        faults.accept("a poll of the admin port", e);
                        return CompletableFuture.completedFuture(null);
                    }
                },
                future -> future.cancel(false));
        waiting.put(task.key, task);
        return join(task, asker);
    }

    private <T> Runnable join(Task<T> task, Consumer<T> asker) {
        task.askers.add(asker);
        next();
        return () -> {
            task.askers.remove(asker);
            if (task.askers.isEmpty()) {
                waiting.remove(task.key, task);
            }
        };
    }

    private void next() {
        Iterator<Task<?>> first = waiting.values().iterator();
        if (!busy && first.hasNext()) {
            Task<?> task = first.next();
            first.remove();
            run(task);
        }
    }

    @SuppressWarnings("unchecked") // what stays fresh is an answer
    private <T> void run(Task<T> task) {
        busy = true;
        task.begun = System.nanoTime();
        if (task.freshNanos > 0) {
            fresh.put(task.key.substring("build ".length()), (Task<AdminAnswer>) task);
        }
        worker.execute(() -> {
            T result = task.work.get();
            port.execute(() -> built(task, result));
        });
    }

    private <T> void built(Task<T> task, T result) {
        busy = false;
        task.result = result;
        Set<Consumer<T>> askers = new LinkedHashSet<>(task.askers);
        task.askers.clear();
        if (askers.isEmpty()) {
            task.unwanted.accept(result);
        }
        askers.forEach(asker -> asker.accept(result));
        next();
    }

    /** Lets go of documents that are not fresh any more. */
    void tick(long now) {
        fresh.values().removeIf(task -> task.result != null && now - task.begun >= task.freshNanos);
    }
}
