package dev.slb.operator;

import dev.slb.base.CauseChain;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A lock that remembers when it was held for certain: from before the last write that succeeded. So a holder whose renewals hang
 * knows by its own clock that it must stop, whenever the elector gets round to say so.
 */
final class TimedLock implements Lock {

    private static final Logger log = LoggerFactory.getLogger(TimedLock.class);

    private static final long NEVER = Long.MIN_VALUE;

    private final Lock lock;
    private final Duration validity;
    private final LongSupplier nanoClock;
    private final Runnable gained;
    private boolean reachable = true;
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
        long now = nanoClock.getAsLong(); // before the other, or it might be over for us and not for write()
        return isHeldFrom(heldFrom, now);
    }

    private boolean isHeldFrom(long from, long now) {
        return from != NEVER && now - from < validity.toNanos();
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
            long now = nanoClock.getAsLong();
            if (!isHeldFrom(before, now) && isHeldFrom(start, now)) {
                gained.run();
            }
        }
    }

    /** The elector goes on after a client's exception only; a Lease that somebody has mangled must not end it either. */
    private <T> T asClientException(Supplier<T> action) {
        try {
            T result = action.get();
            reached();
            return result;
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                outOfReach(e);
            }
            throw e;
        } catch (RuntimeException e) {
            outOfReach(e);
            throw new KubernetesClientException("the Lease can't be used: " + e, e);
        }
    }

    /** Says so once, for the whole client: the Lease is tried all the time, by those too that are not elected. */
    private void outOfReach(RuntimeException failure) {
        if (reachable) {
            log.warn(
                    "the Lease is out of reach, trying on while forwarding goes on: {}",
                    CauseChain.root(failure).toString());
        }
        reachable = false;
    }

    private void reached() {
        if (!reachable) {
            log.info("the Lease can be reached again");
        }
        reachable = true;
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
