package dev.slb.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TimedLockTest {

    private final TestingLock lease = new TestingLock();
    private long nanos = -5;
    private int gains;
    private final TimedLock lock = new TimedLock(lease, Duration.ofSeconds(10), () -> nanos, this::gained);

    private void gained() {
        assertThat(lock.isHeld()).isTrue();
        gains++;
    }

    private static LeaderElectionRecord heldBy(String holder) {
        ZonedDateTime now = ZonedDateTime.now(ZoneOffset.UTC);
        return new LeaderElectionRecord(holder, Duration.ofSeconds(15), now, now, 0);
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    @Test
    void isNotHeldBeforeTheFirstWrite() {
        assertThat(lock.isHeld()).isFalse();
        lock.get(null);
        assertThat(lock.isHeld()).isFalse();
    }

    @Test
    void isHeldFromBeforeTheLastWriteUntilItsValidityEnds() {
        lease.onWrite = () -> pass(Duration.ofSeconds(4));
        lock.create(null, heldBy("me"));
        assertThat(lock.isHeld()).isTrue();

        pass(Duration.ofSeconds(5));
        assertThat(lock.isHeld()).isTrue();
        pass(Duration.ofSeconds(1));
        assertThat(lock.isHeld()).as("10 s after the write began").isFalse();

        lock.update(null, heldBy("me"));
        assertThat(lock.isHeld()).isTrue();
    }

    @Test
    void aWriteThatFailsProlongsNothing() {
        lock.create(null, heldBy("me"));
        pass(Duration.ofSeconds(9));
        lease.onWrite = () -> {
            throw new KubernetesClientException("cut");
        };
        assertThatThrownBy(() -> lock.update(null, heldBy("me"))).hasMessage("cut");
        assertThat(lock.isHeld()).isTrue();
        pass(Duration.ofSeconds(1));
        assertThat(lock.isHeld()).isFalse();
    }

    @Test
    void isLostWithTheSightOfAnotherHolderAndWithItsRelease() {
        lock.create(null, heldBy("me"));
        lease.record = heldBy("other");
        lock.get(null);
        assertThat(lock.isHeld()).isFalse();

        lock.update(null, heldBy("me"));
        assertThat(lock.isHeld()).isTrue();
        lock.update(null, heldBy(null));
        assertThat(lock.isHeld()).isFalse();
    }

    @Test
    void aGainIsToldOnceItIsHeld() {
        lease.record = heldBy("me"); // of a process before this one
        lock.get(null);
        assertThat(gains).isZero();
        lock.update(null, heldBy("me"));
        assertThat(gains).isEqualTo(1);

        pass(Duration.ofSeconds(9));
        lock.update(null, heldBy("me"));
        assertThat(gains).as("never lost").isEqualTo(1);

        lease.onWrite = () -> pass(Duration.ofSeconds(2));
        pass(Duration.ofSeconds(9));
        lock.update(null, heldBy("me"));
        assertThat(gains).as("lost while it was being renewed").isEqualTo(2);

        lease.onWrite = () -> pass(Duration.ofSeconds(11));
        lock.update(null, heldBy("me"));
        assertThat(gains).as("over before it was told").isEqualTo(2);
        lease.onWrite = () -> {};
        lock.update(null, heldBy("me"));
        assertThat(gains).isEqualTo(3);

        lock.update(null, heldBy(null));
        lock.update(null, heldBy("me"));
        assertThat(gains).as("given back and taken again").isEqualTo(4);
    }

    @Test
    void aMangledLeaseIsAnErrorThatTheElectorSurvives() {
        lease.onRead = () -> {
            throw new NullPointerException("leaseDurationSeconds");
        };
        assertThatThrownBy(() -> lock.get(null)).isInstanceOf(KubernetesClientException.class);
    }

    private static final class TestingLock implements Lock {
        private LeaderElectionRecord record;
        private Runnable onWrite = () -> {};
        private Runnable onRead = () -> {};

        @Override
        public LeaderElectionRecord get(KubernetesClient client) {
            onRead.run();
            return record;
        }

        @Override
        public void create(KubernetesClient client, LeaderElectionRecord created) {
            update(client, created);
        }

        @Override
        public void update(KubernetesClient client, LeaderElectionRecord updated) {
            onWrite.run();
            record = updated;
        }

        @Override
        public String identity() {
            return "me";
        }

        @Override
        public String describe() {
            return "a lock in memory";
        }
    }
}
