package dev.slb.forwarder.admin;

import dev.slb.forwarder.transport.TimeSource;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.testing.Patience;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

@Sockets
class LoopWatchTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Transport transport = Transport.open(TransportKind.NIO, 2, "watched");
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
    private final CountDownLatch turning = new CountDownLatch(1);
    private final LoopWatch watch = new LoopWatch(transport.loops(), new TimeSource() {
        @Override
        public long nanoTime() {
            return nanos.get();
        }

        @Override
        public long currentTimeMillis() {
            return 0;
        }
    });

    @AfterEach
    void close() {
        turning.countDown();
        transport.close().awaitUninterruptibly();
    }

    @Test
    void aLoopThatDoesNotTurnIsNamedOnceTheTimeIsOverAndNoLongerWhenItTurns() {
        transport.loops().get(1).eventLoop().execute(() -> {
            try {
                turning.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        watch.ask();
        nanos.addAndGet(LIMIT.toNanos());
        assertThat(watch.problem(LIMIT)).isEmpty();

        for (int i = 0; i < 100; i++) {
            watch.ask();
        }
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        Patience.await(() -> watch.problem(LIMIT).equals(Optional.of("event loop 1 has not turned for 61 s")));

        turning.countDown();
        Patience.await(() -> watch.problem(LIMIT).isEmpty());
    }
}
