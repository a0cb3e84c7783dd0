package dev.slb.distribution;

import dev.slb.forwarder.accesslog.AccessEntry;
import dev.slb.forwarder.accesslog.AccessLog;
import dev.slb.forwarder.accesslog.AccessLogOptions;
import dev.slb.forwarder.accesslog.LineEncoder;
import dev.slb.forwarder.accesslog.LoopLog;
import dev.slb.forwarder.transport.TimeSource;
import dev.slb.plan.LogField;
import dev.slb.plan.LogFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LogsTest {

    private static final String HAPROXY =
            "10.0.1.%d:33313 [23/Nov/2026:16:07:00.443] fnt bck/%s 0/0/5007 212 -- 0/0/0/0/3 0/0\n";

    @TempDir
    Path folder;

    @Test
    void malformedLinesAreCountedAndNotFatal() throws Exception {
        try (Logs logs = new Logs(null)) {
            logs.add(null, in(HAPROXY.formatted(1, "a") + "\nrubbish\n" + HAPROXY.formatted(2, "b") + "more rubbish"));
            Tally tally = logs.count();

            assertThat(tally.group("bck").total()).isEqualTo(2);
            assertThat(logs.summaries()).containsExactly(new LogSummary("standard input", "haproxy-tcp", 5, 2, 3));
        }
    }

    @Test
    void compressedFilesAreRead() throws Exception {
        Path file = folder.resolve("haproxy.log.1.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(HAPROXY.formatted(1, "a").repeat(1000).getBytes(StandardCharsets.US_ASCII));
        }
        try (Logs logs = new Logs(null)) {
            logs.add("gz", file);

            assertThat(logs.count().group("bck").total()).isEqualTo(1000);
        }
    }

    @Test
    void aLineOfAnyLengthIsReadInBoundedMemory() throws Exception {
        try (Logs logs = new Logs(null)) {
            logs.add(null, in(HAPROXY.formatted(1, "a") + "x".repeat(5_000_000) + "\n" + HAPROXY.formatted(2, "b")));

            assertThat(logs.count().group("bck").total()).isEqualTo(2);
            assertThat(logs.summaries().get(0).malformed()).isEqualTo(1);
        }
    }

    @Test
    void logsOfTheServersAreReadByTimeUnderTheirNames() throws Exception {
        // Client 1 goes to and fro between a and b: read one file after the other it would seem to stay.
        StringBuilder a = new StringBuilder();
        StringBuilder b = new StringBuilder();
        for (int second = 0; second < 60; second++) {
            (second % 2 == 0 ? a : b).append(combined(second));
        }
        try (Logs logs = new Logs(null)) {
            logs.add("a", in(a.toString()));
            logs.add("b", in(b.toString()));
            GroupTally tally = logs.count().group("");

            assertThat(tally.servers()).extracting(GroupTally.Server::id).containsExactly("a", "b");
            assertThat(tally.counts()).startsWith(30, 30);
            assertThat(tally.onNewConnection()).isEqualTo(new GroupTally.Repeats(59, 0));
        }
    }

    @Test
    void oneServersLogOnStandardInputIsRefused() throws IOException {
        try (Logs logs = new Logs(null)) {
            assertThatThrownBy(() -> logs.add(null, in(combined(1))))
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("one file per server");
        }
    }

    @Test
    void anUnknownFormatIsSaid() throws IOException {
        try (Logs logs = new Logs(null)) {
            assertThatThrownBy(() -> logs.add("odd", in("what\nis\nthis\n")))
                    .isInstanceOf(LogException.class)
                    .hasMessageContaining("--format");
        }
    }

    @Test
    void anEmptyLogIsEmpty() throws Exception {
        try (Logs logs = new Logs(null)) {
            logs.add(null, in(""));
            assertThat(logs.count().names()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"JSON", LogFormat.TEXT})
    void whatTheForwarderWritesIsRead(String format) throws Exception {
        Path file = folder.resolve("access.log");
        LineEncoder encoder = LineEncoder.of(LogFormat.parse(format));
        try (AccessLog log = AccessLog.open(AccessLogOptions.file(file), 1, TimeSource.SYSTEM)) {
            LoopLog loop = log.loop(0);
            for (int i = 0; i < 300; i++) {
                AccessEntry entry = loop.entry()
                        .text(LogField.SLBID, "shop/shop")
                        .number(LogField.SLB_VPORT, 443)
                        .text(LogField.CLIENT_IP, "2001:db8::" + Integer.toHexString(i % 100 + 1))
                        .number(LogField.CLIENT_PORT, 1024 + i)
                        .text(LogField.REQUEST_URI, "/\" 200 upstream x")
                        .text(LogField.HTTP_USER_AGENT, "odd \"\\\n agent");
                if (i % 3 == 0) {
                    entry.attempt("10.1.0.9:80".getBytes(StandardCharsets.US_ASCII), 0, 1);
                }
                entry.attempt("10.1.0.4:80".getBytes(StandardCharsets.US_ASCII), 200, 1);
                loop.write(entry, encoder);
            }
        }
        try (Logs logs = new Logs(null)) {
            logs.add("access.log", file);
            GroupTally tally = logs.count().group("shop/shop:443");

            assertThat(tally.servers()).extracting(GroupTally.Server::id).containsExactly("10.1.0.4:80");
            assertThat(tally.total()).isEqualTo(300);
            assertThat(tally.clients()).isEqualTo(100);
            assertThat(tally.onNewConnection().all()).isEqualTo(200);
            assertThat(logs.summaries().get(0).malformed()).isZero();
        }
    }

    private static String combined(int second) {
        return "198.51.100.7 - - [23/Nov/2026:18:07:%02d +0200] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\"\n"
                .formatted(second);
    }

    private static ByteArrayInputStream in(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }
}
