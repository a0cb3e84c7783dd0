package dev.slb.delivery;

import dev.slb.plan.ForwarderReport;
import dev.slb.plan.PlanJson;
import dev.slb.plan.ReportChanges;
import dev.slb.testing.Opened;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Whatever a forwarder answers, it is asked again, and nobody else waits for it. */
@Sockets
class ReportClientTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration POLL_PATIENCE = Duration.ofSeconds(2);
    private static final long TOO_MUCH = 48 << 20;
    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final CountDownLatch over = new CountDownLatch(1);
    private final AtomicBoolean well = new AtomicBoolean();
    private final AtomicLong sent = new AtomicLong();
    private final Opened opened = new Opened();

    /** What a forwarder answers until it is well. It says nothing more afterwards, unless it is asked again. */
    private interface Misbehaviour {
        void answer(OutputStream out) throws IOException, InterruptedException;
    }

    private static final class Heard implements ReportClient.Listener {
        private final AtomicInteger reports = new AtomicInteger();
        private final List<String> failures = new CopyOnWriteArrayList<>();

        @Override
        public void report(ForwarderReport report) {
            reports.incrementAndGet();
        }

        @Override
        public void changes(ReportChanges changes) {
            reports.incrementAndGet();
        }

        @Override
        public void unreachable(String why) {
            failures.add(why);
        }
    }

    @AfterEach
    void close() throws Exception {
        over.countDown();
        opened.close();
    }

    private TcpServer forwarder(Misbehaviour misbehaviour) {
        return opened.add(TcpServer.start(connection -> serve(connection, misbehaviour)));
    }

    private void serve(Socket connection, Misbehaviour misbehaviour) throws IOException {
        BufferedReader in =
                new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
        OutputStream out = connection.getOutputStream();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (!line.isEmpty()) {
                continue;
            }
            if (well.get()) {
                write(out, HEAD + "Content-Length: " + report().length() + "\r\n\r\n" + report());
                continue;
            }
            try {
                misbehaviour.answer(out);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static String report() {
        return PlanJson.write(new ForwarderReport("forwarder", 1, true, new TreeMap<>(), List.of()));
    }

    private void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
        sent.addAndGet(text.length());
    }

    private Heard follow(TcpServer server) {
        Heard heard = new Heard();
        opened.add(
                new ReportClient(http, URI.create("http://127.0.0.1:" + server.port()), POLL_PATIENCE, heard).start());
        return heard;
    }

    private void assertGivenUpAndAskedAgain(Misbehaviour misbehaviour) {
        TcpServer server = forwarder(misbehaviour);
        Heard heard = follow(server);
        await().atMost(PATIENCE).until(() -> !heard.failures.isEmpty());
        assertThat(heard.failures)
                .allSatisfy(why -> assertThat(why).hasSizeLessThan(500).doesNotContain("\n"));
        assertThat(heard.reports).hasValue(0);
        well.set(true);
        await().atMost(PATIENCE).until(() -> heard.reports.get() > 0);
        // The exchange that was given up has let go of its connection.
        await().atMost(PATIENCE).until(() -> server.open() <= 1);
    }

    @Test
    void anAnswerThatStallsInItsBodyIsGivenUp() {
        assertGivenUpAndAskedAgain(out -> {
            write(out, HEAD + "Content-Length: 1000\r\n\r\n{\"forwarder\":");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {HEAD + "X-Slow: ", HEAD + "Transfer-Encoding: chunked\r\n\r\n"})
    void anAnswerThatTricklesForEverIsGivenUp(String start) {
        assertGivenUpAndAskedAgain(out -> {
            write(out, start);
            while (!over.await(20, TimeUnit.MILLISECONDS)) {
                write(out, start.endsWith("\n") ? "1\r\n \r\n" : "x");
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 1073741824\r\n", "Transfer-Encoding: chunked\r\n"})
    void anAnswerThatIsTooLargeIsGivenUpBeforeItFillsTheMemory(String framing) {
        String chunk = " ".repeat(1 << 16);
        assertGivenUpAndAskedAgain(out -> {
            write(out, HEAD + framing + "\r\n");
            // More would be the end of this test's own memory, where it is taken.
            while (sent.get() < 2 * TOO_MUCH) {
                write(out, framing.startsWith("T") ? "10000\r\n" + chunk + "\r\n" : chunk);
            }
        });
        assertThat(sent).as("bytes that were taken").hasValueLessThan(TOO_MUCH);
    }

    @ParameterizedTest
    @ValueSource(ints = {-5, 5})
    void anAnswerOfAnotherLengthThanItSaysIsNoReport(int more) {
        assertGivenUpAndAskedAgain(out -> {
            write(out, HEAD + "Content-Length: " + (report().length() + more) + "\r\n\r\n" + report());
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "[]", "{", "\"report\""})
    void anAnswerThatIsNoReportIsGivenUp(String body) {
        assertGivenUpAndAskedAgain(out -> write(out, HEAD + "Content-Length: " + body.length() + "\r\n\r\n" + body));
    }

    @Test
    void othersAreFollowedMeanwhile() {
        TcpServer stalling = forwarder(out -> {
            write(out, HEAD + "Content-Length: 1000\r\n\r\n{");
        });
        TcpServer good =
                forwarder(out -> write(out, HEAD + "Content-Length: " + report().length() + "\r\n\r\n" + report()));
        Heard stalled = follow(stalling);
        Heard heard = follow(good);
        await().atMost(PATIENCE).until(() -> heard.reports.get() > 2);
        await().atMost(PATIENCE).until(() -> stalled.failures.size() > 1);
        assertThat(heard.failures).isEmpty();
    }

    @Test
    void aReportThatIsKnownIsNotAskedForAgainButWhatHasChangedSince() {
        List<String> asked = new CopyOnWriteArrayList<>();
        String changes =
                "{\"answer\":\"changes\",\"forwarder\":\"forwarder\",\"since\":1,\"revision\":5,\"synced\":true}";
        TcpServer server = opened.add(TcpServer.start(connection -> {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("GET")) {
                    asked.add(line);
                } else if (line.isEmpty()) {
                    String body = asked.size() == 1 ? report() : changes;
                    write(connection.getOutputStream(), HEAD + "Content-Length: " + body.length() + "\r\n\r\n" + body);
                }
            }
        }));

        follow(server);

        await().atMost(PATIENCE).until(() -> asked.size() > 3);
        assertThat(asked)
                .startsWith(
                        "GET /report HTTP/1.1",
                        "GET /report?changes=true&after=1 HTTP/1.1",
                        "GET /report?changes=true&after=5 HTTP/1.1",
                        // These are no changes since 5.
                        "GET /report HTTP/1.1");
    }

    @Test
    void aForwarderOfAnEarlierReleaseAnswersWithItsWholeReportEachTime() {
        List<String> asked = new CopyOnWriteArrayList<>();
        TcpServer server = opened.add(TcpServer.start(connection -> {
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("GET")) {
                    asked.add(line);
                } else if (line.isEmpty()) {
                    String body = "{\"balance\":[],\"documents\":{},\"forwarder\":\"old\",\"health\":[],"
                            + "\"revision\":" + asked.size() + ",\"synced\":true}";
                    write(connection.getOutputStream(), HEAD + "Content-Length: " + body.length() + "\r\n\r\n" + body);
                }
            }
        }));
        List<Long> reports = new CopyOnWriteArrayList<>();
        List<String> others = new CopyOnWriteArrayList<>();
        opened.add(new ReportClient(
                        http, URI.create("http://127.0.0.1:" + server.port()), PATIENCE, new ReportClient.Listener() {
                            @Override
                            public void report(ForwarderReport report) {
                                reports.add(report.revision());
                            }

                            @Override
                            public void changes(ReportChanges changes) {
                                others.add(changes.toString());
                            }

                            @Override
                            public void unreachable(String why) {
                                others.add(why);
                            }
                        })
                .start());

        await().atMost(PATIENCE).until(() -> reports.size() > 2);
        assertThat(reports).startsWith(1L, 2L, 3L);
        assertThat(asked.get(1)).contains("/report?changes=true&after=1 ");
        assertThat(others).isEmpty();
    }

    @Test
    void aListenerThatFailsDoesNotEndThePolling() {
        well.set(true);
        TcpServer server = forwarder(out -> {});
        AtomicInteger calls = new AtomicInteger();
        opened.add(new ReportClient(
                        http,
                        URI.create("http://127.0.0.1:" + server.port()),
                        POLL_PATIENCE,
                        new ReportClient.Listener() {
                            @Override
                            public void report(ForwarderReport report) {
                                if (calls.incrementAndGet() == 1) {
                                    throw new AssertionError("as an odd report may provoke");
                                }
                            }

                            @Override
                            public void changes(ReportChanges changes) {}

                            @Override
                            public void unreachable(String why) {}
                        })
                .start());
        await().atMost(PATIENCE).until(() -> calls.get() > 1);
    }
}
