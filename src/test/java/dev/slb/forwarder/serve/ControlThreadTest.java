package dev.slb.forwarder.serve;

import dev.slb.forwarder.transport.Faults;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static dev.slb.testing.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

class ControlThreadTest {

    private final List<Throwable> fatal = new CopyOnWriteArrayList<>();
    private final ControlThread control = new ControlThread("test", new Faults(fatal::add));

    @AfterEach
    void stop() {
        control.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private static void fail() {
        throw new IllegalStateException("of a test");
    }

    @Test
    void aTaskThatThrowsEndsNeitherTheThreadNorWhatComesAfterIt() throws Exception {
        Thread thread = control.submit(Thread::currentThread).get();
        control.execute(ControlThreadTest::fail);
        control.schedule(ControlThreadTest::fail, 1, TimeUnit.MILLISECONDS).await();
        assertThat(control.submit(Thread::currentThread).get()).isSameAs(thread);
        assertThat(control.isShuttingDown()).isFalse();
    }

    @Test
    void whatRunsAgainAndAgainGoesOnAfterItHasThrown() {
        AtomicInteger runs = new AtomicInteger();
        control.scheduleWithFixedDelay(
                () -> {
                    runs.incrementAndGet();
                    fail();
                },
                1,
                1,
                TimeUnit.MILLISECONDS);
        await(() -> runs.get() > 3);
    }

    @Test
    void aFatalErrorIsNotLost() {
        control.execute(() -> {
            throw new NoClassDefFoundError("of a task");
        });
        control.schedule(
                () -> {
                    throw new OutOfMemoryError("of a timer");
                },
                1,
                TimeUnit.MILLISECONDS);
        await(() -> {
            assertThat(fatal).hasSize(2);
            return true;
        });
    }
}
