package dev.slb.forwarder.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/** A histogram of durations, written by one thread and read by whoever asks. */
public final class Durations {

    private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final long[] BOUNDS = {
        TimeUnit.MICROSECONDS.toNanos(1_000),
        TimeUnit.MICROSECONDS.toNanos(2_500),
        TimeUnit.MILLISECONDS.toNanos(5),
        TimeUnit.MILLISECONDS.toNanos(10),
        TimeUnit.MILLISECONDS.toNanos(25),
        TimeUnit.MILLISECONDS.toNanos(50),
        TimeUnit.MILLISECONDS.toNanos(100),
        TimeUnit.MILLISECONDS.toNanos(250),
        TimeUnit.MILLISECONDS.toNanos(500),
        TimeUnit.SECONDS.toNanos(1),
        TimeUnit.MILLISECONDS.toNanos(2_500),
        TimeUnit.SECONDS.toNanos(5),
        TimeUnit.SECONDS.toNanos(10),
        TimeUnit.SECONDS.toNanos(30)
    };

    /** How many buckets there are; the last has no upper bound. */
    public static final int BUCKETS = BOUNDS.length + 1;

    // By bucket, then the sum.
    private final long[] counts = new long[BUCKETS + 1];

    /** Called on the loop. */
    void add(long nanos) {
        int bucket = 0;
        while (bucket < BOUNDS.length && nanos > BOUNDS[bucket]) {
            bucket++;
        }
        COUNTS.setOpaque(counts, bucket, counts[bucket] + 1);
        COUNTS.setOpaque(counts, BUCKETS, counts[BUCKETS] + nanos);
    }

    /** The largest duration of a bucket, in seconds. */
    public static double boundSeconds(int bucket) {
        return bucket < BOUNDS.length ? BOUNDS[bucket] / 1e9 : Double.POSITIVE_INFINITY;
    }

    /** How many are in the bucket, not those in smaller ones. */
    public long count(int bucket) {
        return (long) COUNTS.getOpaque(counts, bucket);
    }

    public long sumNanos() {
        return (long) COUNTS.getOpaque(counts, BUCKETS);
    }
}
