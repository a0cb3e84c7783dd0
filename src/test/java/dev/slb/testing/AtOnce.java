package dev.slb.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/**
 * What takes its time and hardly any work: many at once, each in a thread of its own, rather than one after the other.
 */
public final class AtOnce {

    /** One of them. */
    public interface Conversation<T> {
        void run(T which) throws Exception;
    }

    private AtOnce() {}

    /** Runs it for each of these, and fails when one does. */
    @SafeVarargs
    public static <T> void each(Conversation<T> conversation, T... all) throws Exception {
        List<FutureTask<Void>> running = new ArrayList<>();
        for (T each : all) {
            running.add(begin(each, conversation));
        }
        AssertionError failure = null;
        for (int i = 0; i < all.length; i++) {
            try {
                end(running.get(i));
            } catch (Exception | AssertionError e) {
                AssertionError named = new AssertionError(all[i] + ": " + e.getMessage(), e);
                if (failure == null) {
                    failure = named;
                } else {
                    failure.addSuppressed(named);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Begins one, which goes on behind other tests: each has to {@link #end} its own. */
    public static <T> FutureTask<Void> begin(T which, Conversation<T> conversation) {
        FutureTask<Void> task = new FutureTask<>(() -> {
            conversation.run(which);
            return null;
        });
        Thread thread = new Thread(task, "at-once-" + which);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** Waits for its end, and fails as it has. */
    public static void end(FutureTask<Void> conversation) throws Exception {
        try {
            conversation.get(120, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AssertionError failed) {
                throw failed;
            }
            throw e;
        }
    }
}
