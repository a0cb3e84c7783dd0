package dev.slb.forwarder.transport;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.slb.testing.Sockets;
import io.netty.handler.codec.EncoderException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

@Sockets
class FaultsTest {

    private final List<Throwable> fatal = new CopyOnWriteArrayList<>();
    private final Faults faults = new Faults(fatal::add);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        ((Logger) LoggerFactory.getLogger(Faults.class)).addAppender(log);
    }

    @AfterEach
    void stop() {
        ((Logger) LoggerFactory.getLogger(Faults.class)).detachAppender(log);
    }

    @Test
    void oneLineASecondSaysSoHoweverManyThereAre() {
        long begun = System.nanoTime();
        for (int i = 0; i < 1000; i++) {
            faults.tell("a test", new IllegalStateException("number " + i));
        }
        long seconds = 1 + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
        assertThat(log.list).hasSizeBetween(1, (int) seconds);
        assertThat(log.list.get(0).getFormattedMessage()).contains("a test", "number 0", "FaultsTest.oneLineASecond");
        assertThat(log.list.get(0).getThrowableProxy()).isNull();
        await(() -> {
            faults.tell("a test", new IllegalStateException("later"));
            return log.list.size() > seconds;
        });
        assertThat(log.list.get(1).getFormattedMessage()).containsPattern("\\([1-9][0-9]* more went unsaid\\)");
    }

    @Test
    void aLineIsOneAndBoundedWhateverTheTextIs() {
        String line = Faults.summary(new IllegalStateException("a\r\nb\u001b[1m" + "x".repeat(100_000)));
        assertThat(line).hasSizeLessThan(2000).matches("[ -~]*");
    }

    @Test
    void whatAProcessMustNotGoOnAfter() {
        assertThat(List.of(
                        new OutOfMemoryError("Java heap space"),
                        new NoClassDefFoundError("dev/slb/Gone"),
                        new ExceptionInInitializerError("of a class"),
                        new InternalError("of the machine"),
                        new EncoderException(new OutOfMemoryError("Java heap space"))))
                .allMatch(Faults::isFatal);
        assertThat(List.of(
                        new StackOverflowError(),
                        new AssertionError(),
                        new IllegalStateException(),
                        new EncoderException(new IllegalStateException())))
                .noneMatch(Faults::isFatal);
        assertThat(Faults.isFatal(null)).isFalse();
    }

    @Test
    void aFatalErrorOfATaskOrATimerOfALoopIsNotLostAndAnExceptionEndsNoLoop() {
        Transport transport = Transport.open(TransportKind.NIO, 1, "faults", faults);
        try {
            Loop loop = transport.loops().get(0);
            loop.eventLoop().execute(() -> {
                throw new IllegalStateException("of a task");
            });
            await(() -> !log.list.isEmpty());
            loop.eventLoop().execute(() -> {
                throw new NoClassDefFoundError("of a task");
            });
            await(() -> fatal.size() == 1);
            loop.eventLoop()
                    .execute(() -> loop.wheel()
                            .arm(
                                    new Deadline() {
                                        @Override
                                        protected void expired() {
                                            throw new NoClassDefFoundError("of a timer");
                                        }
                                    },
                                    0));
            await(() -> fatal.size() == 2);
        } finally {
            transport.close().awaitUninterruptibly();
        }
        assertThat(fatal).as("of a loop that has ended in order").hasSize(2);
    }
}
