package dev.slb.control;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Waits that double up to a limit, each shortened by up to a half at random so that peers don't come back all at once. */
public final class Backoff {

    private final Duration first;
    private final Duration limit;
    private int failures;

    public Backoff(Duration first, Duration limit) {
        this.first = first;
        this.limit = limit;
    }

    public void reset() {
        failures = 0;
    }

    /** How many waits were asked for since the last reset. */
    public int failures() {
        return failures;
    }

    public long nextMillis() {
        long wait = Math.min(limit.toMillis(), first.toMillis() << Math.min(failures, 20));
        failures++;
        return wait - ThreadLocalRandom.current().nextLong(wait / 2 + 1);
    }
}
