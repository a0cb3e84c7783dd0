package dev.slb.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;

import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * A lock that remembers when it was held for certain: from before the last write that succeeded. So a holder whose renewals hang
 * knows by its own clock that it must stop, whenever the elector gets round to say so.
 */
final class TimedLock implements Lock {

    private static final long NEVER = Long.MIN_VALUE;

    private final Lock lock;
    private final Duration validity;
    private final LongSupplier nanoClock;
    private final Runnable gained;
    private volatile long heldFrom = NEVER;

    /**
     * @param gained called each time that it is held and was not before, whoever the elector takes for the holder: one that
     *     starts again finds its own name in the Lease before it has written anything
     */
    TimedLock(Lock lock, Duration validity, LongSupplier nanoClock, Runnable gained) {
        this.lock = lock;
        this.validity = validity;
        this.nanoClock = nanoClock;
        this.gained = gained;
    }

    boolean isHeld() {
        return isHeldFrom(heldFrom);
    }

    private boolean isHeldFrom(long from) {
        return from != NEVER && nanoClock.getAsLong() - from < validity.toNanos();
    }

    @Override
    public LeaderElectionRecord get(KubernetesClient client) {
        LeaderElectionRecord record = asClientException(() -> lock.get(client));
        if (record == null || !Objects.equals(record.getHolderIdentity(), identity())) {
            heldFrom = NEVER;
        }
        return record;
    }

    @Override
    public void create(KubernetesClient client, LeaderElectionRecord record) {
        write(record, () -> lock.create(client, record));
    }

    @Override
    public void update(KubernetesClient client, LeaderElectionRecord record) {
        write(record, () -> lock.update(client, record));
    }

    private void write(LeaderElectionRecord record, Runnable write) {
        boolean hold = Objects.equals(record.getHolderIdentity(), identity());
        if (!hold) {
            heldFrom = NEVER;
        }
        long start = nanoClock.getAsLong();
        asClientException(() -> {
            write.run();
            return null;
        });
        if (hold) {
            long before = heldFrom;
            heldFrom = start;
            // In this order: whoever was told that it is not held is told of the gain.
            if (!isHeldFrom(before)) {
                gained.run();
            }
        }
    }

    /** The elector goes on after a client's exception only; a Lease that somebody has mangled must not end it either. */
    private static <T> T asClientException(java.util.function.Supplier<T> action) {
        try {
            return action.get();
        } catch (KubernetesClientException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new KubernetesClientException("the Lease can't be used: " + e, e);
        }
    }

    @Override
    public String identity() {
        return lock.identity();
    }

    @Override
    public String describe() {
        return lock.describe();
    }
}
