package dev.slb.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Turns SIGINT and SIGTERM into an orderly end: the JVM halts only when {@link #close} was called, or after a limit. */
final class Termination implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook = new Thread(
            () -> {
                asked.countDown();
                try {
                    finished.await(LIMIT.toSeconds(), TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            },
            "termination");

    Termination() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Asks for the end from inside. */
    void request() {
        asked.countDown();
    }

    void await() throws InterruptedException {
        asked.await();
    }

    /** @return whether the end was asked for within that time */
    boolean await(Duration time) throws InterruptedException {
        return asked.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        finished.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending: the hook runs, and now ends too.
        }
    }
}
