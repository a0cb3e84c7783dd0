package dev.slb.forwarder.limits;

import dev.slb.forwarder.transport.TimeSource;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

import static dev.slb.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

/** Who gets how much of a pipe. What is compared is what two get in the same time, so a slow machine changes nothing. */
class PipeTest {

    private static final double BYTES_PER_SECOND = 20_000_000;

    private final List<EventLoop> loops = List.of(new DefaultEventLoop(), new DefaultEventLoop());
    private final Pipe pipe = new Pipe(TimeSource.SYSTEM);
    private volatile boolean over;

    @AfterEach
    void close() {
        over = true;
        loops.forEach(each -> each.shutdownGracefully(0, 1, TimeUnit.SECONDS));
    }

    /** A connection that always has something to move, in pieces of this size. */
    private final class Hungry extends ShapedFlow {

        private final PipeShare share;
        private final int piece;
        private final AtomicLong moved = new AtomicLong();

        Hungry(EventLoop loop, PipeShare share, int piece) {
            super(loop, TimeSource.SYSTEM);
            this.share = share;
            this.piece = piece;
            loop.execute(this::move);
        }

        private void move() {
            do {
                moved.addAndGet(piece);
            } while (!over && share.charge(this, piece));
        }

        @Override
        boolean isOver() {
            return over;
        }

        @Override
        void resume(long waitedNanos) {
            share.countWait(waitedNanos);
            move();
        }
    }

    private PipeShare share() {
        PipeShare share = new PipeShare(TimeSource.SYSTEM);
        share.join(pipe);
        return share;
    }

    private static long sum(List<Hungry> flows) {
        return flows.stream().mapToLong(each -> each.moved.get()).sum();
    }

    /** Whoever comes first takes what was saved up. */
    private static void awaitFirstBurst(Hungry last) {
        await(() -> last.moved.get() > 4 * last.piece);
    }

    /** In some window of time both get about the same; in others a loaded machine may have run one of them only. */
    private static void awaitRatio(double least, double most, LongSupplier one, LongSupplier other) {
        long[] before = {one.getAsLong(), other.getAsLong()};
        await(() -> {
            long ones = one.getAsLong() - before[0];
            long others = other.getAsLong() - before[1];
            if (ones + others < 8_000_000) {
                return false;
            }
            before[0] += ones;
            before[1] += others;
            assertThat((double) ones / others).isBetween(least, most);
            return true;
        });
    }

    @Test
    void twoListenersThatWantMoreGetTheSameHoweverManyConnectionsTheyHave() {
        PipeShare many = share();
        PipeShare one = share();
        pipe.set(BYTES_PER_SECOND, many, one);
        List<Hungry> ofMany = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            ofMany.add(new Hungry(loops.get(i % 2), many, 10_000 + 1_000 * i));
        }
        Hungry single = new Hungry(loops.get(0), one, 50_000);
        awaitFirstBurst(single);
        awaitRatio(0.85, 1.18, () -> single.moved.get(), () -> sum(ofMany));
        assertThat(many.waits()).isPositive();
        assertThat(many.waitedNanos()).isPositive();
    }

    @Test
    void connectionsOfOneListenerTakeTurns() {
        PipeShare share = share();
        pipe.set(BYTES_PER_SECOND, share);
        List<Hungry> flows = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            flows.add(new Hungry(loops.get(i % 2), share, 20_000));
        }
        awaitFirstBurst(flows.get(9));
        for (int i = 0; i < 5; i++) {
            Hungry one = flows.get(i);
            Hungry other = flows.get(9 - i);
            awaitRatio(0.5, 2, () -> one.moved.get() * 5, () -> other.moved.get() * 5);
        }
    }

    @Test
    void aFloodOfDatagramsAndAConnectionGetTheSame() {
        PipeShare datagrams = share();
        PipeShare connection = share();
        pipe.set(BYTES_PER_SECOND, datagrams, connection);
        Hungry flow = new Hungry(loops.get(0), connection, 30_000);
        AtomicLong passed = new AtomicLong();
        AtomicLong dropped = new AtomicLong();
        Thread flood = new Thread(() -> {
            while (!over) {
                if (datagrams.pass(1_200)) {
                    passed.addAndGet(1_200);
                } else {
                    dropped.incrementAndGet();
                    LockSupport.parkNanos(20_000);
                }
            }
        });
        flood.start();
        awaitRatio(0.75, 1.33, passed::get, () -> flow.moved.get());
        assertThat(dropped.get()).isPositive();
    }

    @Test
    void aHigherRateEndsAnOldDebt() {
        PipeShare share = share();
        pipe.set(1_000, share);
        Hungry flow = new Hungry(loops.get(0), share, 1_000_000); // paid for in 1,000 seconds
        await(() -> share.isAwaited());
        pipe.set(BYTES_PER_SECOND, share);
        await(() -> flow.moved.get() > 3_000_000);
    }

    @Test
    void withoutAPipeNothingWaits() {
        PipeShare share = share();
        pipe.set(1_000, share);
        Hungry flow = new Hungry(loops.get(0), share, 1_000_000);
        await(() -> share.isAwaited());
        share.join(null);
        await(() -> flow.moved.get() > 5_000_000);
        assertThat(share.pass(1_000_000)).isTrue();
    }
}
