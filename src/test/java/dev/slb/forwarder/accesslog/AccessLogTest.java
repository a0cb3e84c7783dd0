package dev.slb.forwarder.accesslog;

import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.LogField;
import dev.slb.plan.LogFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class AccessLogTest {

    private static final LineEncoder HOST = LineEncoder.of(LogFormat.parse("$host"));
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final TimeSource CLOCK = new TimeSource() {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public long currentTimeMillis() {
            return Instant.parse("2026-11-23T16:07:00.007Z").toEpochMilli();
        }
    };

    @TempDir
    Path folder;

    @Test
    void linesReachTheFileWithoutAnotherLineOrClose() throws IOException {
        Path file = folder.resolve("access.log");
        try (AccessLog log = AccessLog.open(AccessLogOptions.file(file), 1, TimeSource.SYSTEM)) {
            write(log, 0, "one");
            await().atMost(LONG).untilAsserted(() -> assertThat(file).hasContent("one\n"));
            // The writer is, or soon falls, asleep; the next line wakes it.
            write(log, 0, "two");
            await().atMost(LONG).untilAsserted(() -> assertThat(file).hasContent("one\ntwo\n"));
        }
    }

    @Test
    void theTimeIsThatOfTheLine() {
        TestingSink sink = new TestingSink();
        try (AccessLog log = log(sink, 1, 1024)) {
            LoopLog loop = log.loop(0);
            loop.write(loop.entry(), LineEncoder.of(LogFormat.parse("$time")));
        }

        assertThat(sink.lines()).containsExactly("2026-11-23T16:07:00.007Z");
    }

    @Test
    void nothingIsLostWhileThereIsRoomAndEachLoopKeepsItsOrder() throws Exception {
        int loops = 4;
        int perLoop = 20_000;
        Path file = folder.resolve("access.log");
        List<Thread> threads = new ArrayList<>();
        try (AccessLog log =
                AccessLog.open(new AccessLogOptions(file, 200_000, 100, 1 << 20), loops, TimeSource.SYSTEM)) {
            for (int i = 0; i < loops; i++) {
                int loop = i;
                Thread thread = new Thread(
                        () -> IntStream.range(0, perLoop).forEach(line -> write(log, loop, loop + " " + line)));
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            log.close();

            assertThat(log.dropped()).containsEntry(AccessLog.FULL, 0L).containsEntry(AccessLog.FAILED, 0L);
        }

        int[] next = new int[loops];
        for (int i = 100; i >= 0; i--) {
            Path each = i == 0 ? file : folder.resolve("access.log." + i);
            for (String line : Files.exists(each) ? Files.readAllLines(each) : List.<String>of()) {
                String[] words = line.split(" ");
                int loop = Integer.parseInt(words[0]);
                assertThat(Integer.parseInt(words[1])).isEqualTo(next[loop]++);
            }
        }
        assertThat(next).containsOnly(perLoop);
    }

    @Test
    void aSinkThatBlocksCostsLinesButNoTime() throws Exception {
        TestingSink sink = new TestingSink();
        sink.block();
        int lines = 1000;
        try (AccessLog log = log(sink, 1, 1024)) {
            write(log, 0, "first");
            sink.awaitBlocked();
            // 64 lines of 16 bytes fill the ring.
            IntStream.range(0, lines).forEach(i -> write(log, 0, "%015d".formatted(i)));

            assertThat(log.dropped()).containsEntry(AccessLog.FULL, lines - 64L);
            sink.unblock();
        }

        assertThat(sink.lines()).hasSize(1 + 64).endsWith("%015d".formatted(63));
    }

    @Test
    void closeWritesWhatIsThere() {
        TestingSink sink = new TestingSink();
        AccessLog log = log(sink, 2, 4096);
        IntStream.range(0, 100).forEach(i -> write(log, i % 2, "line " + i));

        log.close();

        assertThat(sink.lines()).hasSize(100);
        assertThat(sink.closed).isTrue();
    }

    @Test
    void linesAfterCloseAreCounted() {
        AccessLog log = log(new TestingSink(), 1, 1024);
        log.close();

        write(log, 0, "late");

        assertThat(log.dropped()).containsEntry(AccessLog.FULL, 1L);
    }

    @Test
    void closeGivesUpASinkThatBlocks() throws Exception {
        TestingSink sink = new TestingSink();
        sink.block();
        AccessLog log = new AccessLog(sink, 1, 1024, CLOCK, Duration.ofMillis(50));
        write(log, 0, "one");
        sink.awaitBlocked();

        log.close();

        assertThat(sink.closed).isFalse();
        sink.unblock();
    }

    @Test
    void linesThatCanNotBeWrittenAreCountedAndTheNextOnesAre() {
        TestingSink sink = new TestingSink();
        sink.failing = true;
        try (AccessLog log = log(sink, 1, 1024)) {
            write(log, 0, "lost");
            write(log, 0, "lost too");
            await().atMost(LONG).untilAsserted(() -> assertThat(log.dropped()).containsEntry(AccessLog.FAILED, 2L));
            sink.failing = false;
            write(log, 0, "good");
        }

        assertThat(sink.lines()).containsExactly("good");
    }

    @Test
    void reopenIsDoneByAWriterThatSleeps() {
        TestingSink sink = new TestingSink();
        try (AccessLog log = log(sink, 1, 1024)) {
            log.reopen();

            await().atMost(LONG).until(() -> sink.reopened);
        }
    }

    @Test
    void entriesAreUsedAgainAndEmpty() {
        TestingSink sink = new TestingSink();
        try (AccessLog log = log(sink, 1, 1024)) {
            LoopLog loop = log.loop(0);
            AccessEntry first = loop.entry().text(LogField.HOST, "a");
            loop.write(first, HOST);

            AccessEntry second = loop.entry();
            assertThat(second).isSameAs(first).isNotSameAs(loop.entry());
            assertThat(second.has(LogField.HOST)).isFalse();
        }
    }

    @Test
    void theRingGivesWholeLinesAroundItsEnd() {
        LineRing ring = new LineRing(64);
        byte[] taken = new byte[64];
        Random random = new Random(7);
        for (int i = 0; i < 1000; i++) {
            byte[] line = String.valueOf(i).repeat(1 + random.nextInt(10)).getBytes(StandardCharsets.US_ASCII);
            assertThat(ring.offer(line, line.length)).isTrue();
            assertThat(ring.take(taken)).isEqualTo(line.length);
            assertThat(taken).startsWith(line);
        }
        assertThat(ring.isEmpty()).isTrue();
        assertThat(ring.offer(new byte[65], 65)).isFalse();
        assertThat(ring.offer(new byte[64], 64)).isTrue();
        assertThat(ring.offer(new byte[1], 1)).isFalse();
    }

    private static AccessLog log(LineSink sink, int loops, int bufferBytes) {
        return new AccessLog(sink, loops, bufferBytes, CLOCK, LONG);
    }

    private static void write(AccessLog log, int index, String host) {
        LoopLog loop = log.loop(index);
        loop.write(loop.entry().text(LogField.HOST, host), HOST);
    }

    private static final class TestingSink implements LineSink {

        private final StringBuffer written = new StringBuffer();
        private final CountDownLatch blocked = new CountDownLatch(1);
        private volatile CountDownLatch gate = new CountDownLatch(0);
        private volatile boolean failing;
        private volatile boolean reopened;
        private volatile boolean closed;

        void block() {
            gate = new CountDownLatch(1);
        }

        void awaitBlocked() throws InterruptedException {
            blocked.await();
        }

        void unblock() {
            gate.countDown();
        }

        @Override
        public void write(byte[] lines, int length) throws IOException {
            blocked.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            if (failing) {
                throw new IOException("no space left on device");
            }
            written.append(new String(lines, 0, length, StandardCharsets.UTF_8));
        }

        @Override
        public void reopen() {
            reopened = true;
        }

        @Override
        public void close() {
            closed = true;
        }

        List<String> lines() {
            return written.toString().lines().toList();
        }
    }
}
