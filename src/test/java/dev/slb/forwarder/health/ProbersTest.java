package dev.slb.forwarder.health;

import dev.slb.forwarder.tls.TlsContexts;
import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.forwarder.transport.Transport;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.CodeRange;
import dev.slb.plan.Health;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import static dev.slb.testing.ListenerPlanBuilder.httpCheck;
import static dev.slb.testing.ListenerPlanBuilder.tcpCheck;
import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

@Sockets
class ProbersTest {

    private final Transport transport = Transport.open(TransportKind.AUTO, 1, "test");
    private final EventExecutor control = new DefaultEventExecutor();
    private final Probers checks = new Probers(
            transport,
            control,
            new TlsContexts(TlsProvider.AUTO, transport.loops(), control),
            500,
            new SplittableRandom(1));
    private final Opened opened = new Opened();

    @AfterEach
    void close() throws Exception {
        opened.close();
        transport.close().awaitUninterruptibly();
        control.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private TcpServer server(TcpServer.Behaviour behaviour) {
        return opened.add(TcpServer.start(behaviour));
    }

    /** Reads a request's head, line by line. */
    private static List<String> head(Socket connection) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(connection.getInputStream()));
        List<String> lines = new ArrayList<>();
        for (String line = reader.readLine(); line != null && !line.isEmpty(); line = reader.readLine()) {
            lines.add(line);
        }
        return lines;
    }

    private TcpServer http(Supplier<String> answer) {
        return server(connection -> {
            head(connection);
            connection.getOutputStream().write(answer.get().getBytes(StandardCharsets.ISO_8859_1));
        });
    }

    private static String status(int code) {
        return "HTTP/1.1 " + code + " Something\r\nContent-Length: 0\r\n\r\n";
    }

    /** A check, and every verdict with its cause as it came. */
    private final class Watched {
        private final Queue<String> seen = new ConcurrentLinkedQueue<>();
        private final Runnable changed = this::record;
        private Probers.Check check;

        Watched(int port, HealthCheckPlan plan) {
            control.submit(() -> check = checks.join(Loopback.ADDRESS, port, plan, 0, changed))
                    .syncUninterruptibly();
        }

        private void record() {
            seen.add(check.health() + (check.cause() == null ? "" : ": " + check.cause()));
        }

        void leave() {
            control.submit(() -> check.leave(changed)).syncUninterruptibly();
        }

        Watched awaitLast(String verdict) {
            await(() -> {
                assertThat(seen).isNotEmpty().last().isEqualTo(verdict);
                return true;
            });
            return this;
        }
    }

    private static HealthCheckPlan http(String method, String path, String host, CodeRange... codes) {
        return HealthCheckPlanBuilder.http(20, 20_000)
                .request(method, path, host)
                .expect(codes)
                .build();
    }

    @Test
    void aTcpCheckConnectsAndResetsWithoutAByte() throws Exception {
        CompletableFuture<Object> seen = new CompletableFuture<>();
        TcpServer server = server(connection -> {
            try {
                seen.complete(connection.getInputStream().read());
            } catch (SocketException e) {
                seen.complete("reset");
            }
        });

        new Watched(server.port(), tcpCheck(10_000, 20_000)).awaitLast("NORMAL");

        assertThat(seen.get(20, TimeUnit.SECONDS)).isEqualTo("reset");
    }

    @Test
    void aServerThatRefusesTurnsAbnormalAndComesBack() {
        TcpServer server = server(Socket::close);
        Watched watched = new Watched(server.port(), tcpCheck(20, 20_000)).awaitLast("NORMAL");

        server.stopListening();
        watched.awaitLast("ABNORMAL: connection refused");
        server.listenAgain();
        watched.awaitLast("NORMAL");

        assertThat(watched.seen).containsExactly("NORMAL", "ABNORMAL: connection refused", "NORMAL");
    }

    @Test
    void aServerThatStopsAnsweringTurnsAbnormalAfterExactlyTheFailureWindow() throws Exception {
        AtomicLong silentSince = new AtomicLong();
        BlockingQueue<Boolean> never = new LinkedBlockingQueue<>();
        AtomicLong answers = new AtomicLong();
        TcpServer server = server(connection -> {
            head(connection);
            if (answers.incrementAndGet() > 1) {
                silentSince.compareAndSet(0, System.nanoTime());
                connection.getInputStream().read();
            }
            connection.getOutputStream().write(status(200).getBytes(StandardCharsets.US_ASCII));
        });
        HealthCheckPlan plan = httpCheck(100, 1_000); // worst case 2 * 1,000 + 100 ms
        Watched watched = new Watched(server.port(), plan);

        watched.awaitLast("ABNORMAL: timeout after 1000 ms");
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - silentSince.get());

        assertThat(plan.worstCaseFailoverMillis()).isEqualTo(2_100);
        // Measured from when the first unanswered request arrived, a moment after its check began.
        assertThat(took).isBetween(plan.worstCaseFailoverMillis() - 100, plan.worstCaseFailoverMillis() + 5_000);
    }

    @Test
    void theIntervalRunsFromTheEndOfACheckToTheStartOfTheNext() throws Exception {
        List<Long> ends = new ArrayList<>();
        BlockingQueue<Long> gaps = new LinkedBlockingQueue<>();
        TcpServer server = server(connection -> {
            head(connection);
            if (!ends.isEmpty()) {
                gaps.add(System.nanoTime() - ends.get(ends.size() - 1));
            }
            TimeUnit unit = TimeUnit.MILLISECONDS;
            try {
                unit.sleep(150);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            ends.add(System.nanoTime());
            connection.getOutputStream().write(status(200).getBytes(StandardCharsets.US_ASCII));
        });
        new Watched(server.port(), httpCheck(100, 5_000));

        for (int i = 0; i < 3; i++) {
            assertThat(gaps.poll(20, TimeUnit.SECONDS)).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(95));
        }
    }

    @Test
    void theStatusOfAnHttpAnswerDecides() {
        AtomicLong code = new AtomicLong(204);
        TcpServer server = http(() -> status((int) code.get()));
        Watched watched = new Watched(server.port(), http("GET", "/healthz?full=1", null, new CodeRange(200, 299)))
                .awaitLast("NORMAL");

        code.set(500);
        watched.awaitLast("ABNORMAL: status 500");
        code.set(302);
        watched.awaitLast("ABNORMAL: status 302");
        code.set(200);
        watched.awaitLast("NORMAL");
    }

    @Test
    void theRequestNamesUsAndTheServer() throws Exception {
        BlockingQueue<List<String>> heads = new LinkedBlockingQueue<>();
        TcpServer server = server(connection -> {
            heads.add(head(connection));
            connection.getOutputStream().write(status(200).getBytes(StandardCharsets.US_ASCII));
        });

        new Watched(server.port(), http("GET", "/live", "shop.example.com", new CodeRange(200, 200)));
        assertThat(heads.poll(20, TimeUnit.SECONDS))
                .containsExactlyInAnyOrder(
                        "GET /live HTTP/1.1",
                        "host: shop.example.com",
                        "user-agent: slb-health-check",
                        "accept: */*",
                        "connection: close");

        heads.clear();
        new Watched(server.port(), http("HEAD", "/", null, new CodeRange(200, 200)));
        await(() -> heads.stream()
                .anyMatch(
                        head -> head.contains("HEAD / HTTP/1.1") && head.contains("host: 127.0.0.1:" + server.port())));
    }

    @Test
    void anInterimAnswerIsNotTheAnswer() {
        TcpServer server = http(() -> "HTTP/1.1 100 Continue\r\n\r\n" + status(503));

        new Watched(server.port(), http("GET", "/", null, new CodeRange(100, 299))).awaitLast("ABNORMAL: status 503");
    }

    @Test
    void aLongBodyIsNotReadToItsEndAndHasNoEffect() {
        byte[] chunk = new byte[64 * 1024];
        TcpServer server = server(connection -> {
            head(connection);
            connection.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            while (true) { // ends when the connection is closed on the other side
                connection.getOutputStream().write(chunk);
            }
        });

        Watched watched = new Watched(server.port(), http("GET", "/", null, new CodeRange(200, 299)));
        await(() -> server.accepted() > 3);

        assertThat(watched.seen).containsExactly("NORMAL");
        watched.leave();
        await(() -> server.open() == 0);
    }

    @Test
    void whatIsNoAnswerIsAFailure() {
        new Watched(http(() -> "SSH-2.0-OpenSSH_9.2\r\n\r\n").port(), httpCheck(20, 20_000))
                .awaitLast("ABNORMAL: not an HTTP answer");
        new Watched(server(ProbersTest::head).port(), httpCheck(20, 20_000))
                .awaitLast("ABNORMAL: connection closed without an answer");
        new Watched(
                        server(connection -> {
                                    head(connection);
                                    connection.setSoLinger(true, 0);
                                })
                                .port(),
                        httpCheck(20, 20_000))
                .awaitLast("ABNORMAL: connection reset");
    }

    @Test
    void aCheckMayHaveItsOwnPort() {
        TcpServer server = http(() -> status(200));
        HealthCheckPlan plan =
                HealthCheckPlanBuilder.tcp(20, 20_000).port(server.port()).build();

        new Watched(Loopback.freePort(), plan).awaitLast("NORMAL");
    }

    @Test
    void equalChecksShareOneProberWhichEndsWithTheLast() throws Exception {
        TcpServer server = server(Socket::close);
        Watched first = new Watched(server.port(), tcpCheck(10, 20_000));
        first.awaitLast("NORMAL");
        Watched second = new Watched(server.port(), tcpCheck(10, 20_000));
        Watched other = new Watched(server.port(), tcpCheck(11, 20_000));

        assertThat(second.check).isSameAs(first.check);
        assertThat(second.check.health()).isEqualTo(Health.NORMAL);
        assertThat(checks.size()).isEqualTo(2);

        first.leave();
        other.leave();
        server.stopListening();
        second.awaitLast("ABNORMAL: connection refused");
        assertThat(first.seen).containsExactly("NORMAL");
        second.leave();
        assertThat(checks.size()).isZero();
        server.listenAgain();
        int before = server.accepted();
        Awaitility.await().during(Duration.ofMillis(100)).until(() -> server.accepted() <= before + 1);
    }
}
