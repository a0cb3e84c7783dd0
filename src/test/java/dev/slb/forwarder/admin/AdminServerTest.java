package dev.slb.forwarder.admin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.GroupPlan;
import dev.slb.plan.Health;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanJson;
import dev.slb.plan.ServerPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.LogWatch;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Sockets
class AdminServerTest {

    private final HttpClient http = HttpClient.newHttpClient();
    private final RunningForwarder forwarder = RunningForwarder.startEmpty(TransportKind.NIO, 1);
    private final TcpServer server = TcpServer.echo("a");
    private final ListenerPlan listener =
            ListenerPlanBuilder.tcp("tcp", Loopback.freePort()).build();
    private final Opened opened = new Opened();
    private boolean loaded;
    private AdminServer admin;

    @BeforeEach
    void start() throws IOException {
        admin = AdminServer.start(forwarder.forwarder(), new InetSocketAddress(Loopback.ADDRESS, 0), () -> loaded);
    }

    @AfterEach
    void close() throws Exception {
        opened.close();
        admin.close();
        forwarder.close();
        server.close();
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create(
                        "http://" + Loopback.ADDRESS + ":" + admin.address().getPort() + path))
                .timeout(Duration.ofSeconds(30))
                .build();
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(request(path), HttpResponse.BodyHandlers.ofString());
    }

    private CompletableFuture<ForwarderReport> poll(String path) {
        return http.sendAsync(request(path), HttpResponse.BodyHandlers.ofString())
                .thenApply(response -> PlanJson.read(response.body(), ForwarderReport.class));
    }

    private void publish() {
        forwarder.publish(
                GroupPlanBuilder.group("web").server("a", server.port(), 1).build(), listener);
    }

    @Test
    void isHealthyAtOnceButReadyOnlyAfterAWholeDelivery() throws Exception {
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        assertThat(get("/readyz").statusCode()).isEqualTo(503);

        forwarder.forwarder().begin();
        forwarder.serve(
                GroupPlanBuilder.group("web").server("a", server.port(), 1).build(), listener);
        assertThat(get("/readyz").body()).isEqualTo("no delivery yet\n");

        forwarder.forwarder().synced();
        await(() -> get("/readyz").statusCode() == 200);
    }

    @Test
    void isReadyWithTheLastGoodSetAndEvenWhenAPortIsTaken() throws Exception {
        try (ServerSocket occupied = new ServerSocket()) {
            occupied.bind(
                    new InetSocketAddress(Loopback.ADDRESS, listener.frontend().bindPort()));
            loaded = true;
            publish();
            await(() -> get("/readyz").statusCode() == 200);
        }
    }

    @Test
    void isNotReadyWhileItDrains() throws Exception {
        publish();
        forwarder.forwarder().synced();
        await(() -> get("/readyz").statusCode() == 200);
        try (Socket connection = Loopback.connect(listener.frontend().bindPort())) {
            connection.getInputStream().readNBytes(2);
            CompletableFuture<Void> drained =
                    forwarder.forwarder().drain(Duration.ofMinutes(5)).toCompletableFuture();

            assertThat(get("/readyz").body()).isEqualTo("draining\n");
            connection.getOutputStream().write('x');
            assertThat(connection.getInputStream().read()).isEqualTo('x');
            await(() -> isRefused());
            assertThat(drained).isNotDone();

            connection.close();
            assertThat(drained).succeedsWithin(20, TimeUnit.SECONDS);
        }
    }

    private boolean isRefused() {
        try (Socket socket = Loopback.connect(listener.frontend().bindPort())) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aPollIsAnsweredOnTheNextChange() throws Exception {
        ForwarderReport before = poll("/report").get(20, TimeUnit.SECONDS);
        CompletableFuture<ForwarderReport> next = poll("/report?after=" + before.revision());

        publish();

        assertThat(next.get(20, TimeUnit.SECONDS).revision()).isGreaterThan(before.revision());
        await(() -> poll("/report").get(20, TimeUnit.SECONDS).documents().containsKey(listener.id()));
    }

    @Test
    void aPollWithoutAChangeIsAnsweredInTime() throws Exception {
        ForwarderReport before = forwarder.report();
        long start = System.nanoTime();

        ForwarderReport after = poll("/report?after=" + before.revision() + "&timeoutMillis=100")
                .get(20, TimeUnit.SECONDS);

        assertThat(after).isEqualTo(before);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
    }

    private JsonNode changesAfter(long revision) throws Exception {
        return PlanJson.mapper()
                .readTree(get("/report?changes=true&timeoutMillis=20000&after=" + revision)
                        .body());
    }

    @Test
    void whoHasSeenAReportIsToldOfOneServerWhenOneServerFails() throws Exception {
        GroupPlanBuilder many = GroupPlanBuilder.group("web").server("a", server.port(), 1);
        for (int i = 0; i < 20; i++) {
            many.server("b" + i, opened.add(TcpServer.echo("b")).port(), 1);
        }
        ListenerPlan checked = ListenerPlanBuilder.tcp("checked", Loopback.freePort())
                .check(HealthCheckPlanBuilder.tcp(50, 5_000).build())
                .build();
        GroupPlan group = many.build();
        forwarder.serve(group, checked);
        for (ServerPlan each : group.servers()) {
            forwarder.awaitHealth(group.id(), each.id(), Health.NORMAL);
        }
        long seen = forwarder.report().revision();

        server.stopListening();

        JsonNode changes = changesAfter(seen);
        assertThat(changes.path("since").longValue()).isEqualTo(seen);
        assertThat(changes.path("revision").longValue()).isGreaterThan(seen);
        assertThat(changes.path("documents")).isEmpty();
        assertThat(changes.at("/health/0/now/servers"))
                .singleElement()
                .extracting(each -> each.path("health").textValue())
                .isEqualTo("ABNORMAL");
        assertThat(changes.toString()).hasSizeLessThan(600);
    }

    @Test
    void whoHasSeenAReportIsToldWhichDocumentsHaveChangedAndGone() throws Exception {
        publish();
        forwarder.serve(listener);
        long seen = forwarder.report().revision();

        forwarder.withdraw(listener.id());
        forwarder.serve(GroupPlanBuilder.group("other").build());
        await(() -> !forwarder.report().documents().containsKey(listener.id()));

        JsonNode changes = changesAfter(seen);
        assertThat(changes.path("withdrawn"))
                .singleElement()
                .extracting(JsonNode::textValue)
                .isEqualTo("listener/shop/tcp");
        assertThat(changes.path("documents").fieldNames()).toIterable().containsExactly("vservergroup/shop/other");
        assertThat(changesAfter(forwarder.report().revision() - 1).path("documents"))
                .as("what was seen is not told again")
                .hasSizeLessThan(2);
    }

    @Test
    void whoHasSeenNothingOrAnotherLifeIsToldEverything() throws Exception {
        publish();
        forwarder.serve(listener);

        for (long other : new long[] {0, 7, Long.MAX_VALUE}) {
            JsonNode report = changesAfter(other);
            assertThat(report.has("since")).isFalse();
            assertThat(report.path("documents")).hasSize(2);
        }
        JsonNode nothing = PlanJson.mapper()
                .readTree(get("/report?changes=true&timeoutMillis=10&after="
                                + forwarder.report().revision())
                        .body());
        assertThat(nothing.path("documents")).isEmpty();
        assertThat(nothing.path("since")).isEqualTo(nothing.path("revision"));
    }

    @Test
    void countsAreThere() throws Exception {
        publish();
        forwarder.serve(listener);
        try (Socket connection = Loopback.connect(listener.frontend().bindPort())) {
            connection.getInputStream().readNBytes(2);

            ForwarderStats stats = PlanJson.read(get("/stats").body(), ForwarderStats.class);

            assertThat(stats.listeners().get(listener.id()).activeConnections()).isEqualTo(1);
            assertThat(stats.servers())
                    .singleElement()
                    .extracting(ForwarderStats.ServerStats::picks)
                    .isEqualTo(1L);
        }
    }

    @Test
    void whatIsNotThereIsRefused() throws Exception {
        assertThat(get("/").statusCode()).isEqualTo(404);
        assertThat(get("/report?after=x").statusCode()).isEqualTo(400);
        HttpRequest post = HttpRequest.newBuilder(request("/report").uri())
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build();
        assertThat(http.send(post, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(405);
    }

    @Test
    void aTakenPortIsAnError() {
        assertThatThrownBy(() -> AdminServer.start(forwarder.forwarder(), admin.address(), () -> false))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("in use");
    }

    @Test
    void whoeverSpeaksWithThePortFillsNoLog() throws Exception {
        Random random = new Random(9110);
        try (LogWatch log = LogWatch.start()) {
            for (int i = 0; i < 100; i++) {
                Socket socket = Loopback.connect(admin.address().getPort());
                byte[] garbage = new byte[200];
                random.nextBytes(garbage);
                socket.getOutputStream()
                        .write(i % 2 == 0 ? garbage : "GET /stats HTTP/1.1\r\nHost: a\r\n\r\n".getBytes());
                if (i % 4 == 1) {
                    socket.getInputStream().read();
                }
                socket.setSoLinger(true, 0);
                socket.close();
            }
            get("/healthz"); // behind all of them
            log.assertBounded(3, 1);
        }
    }

    private Socket ask(String... paths) throws IOException {
        StringBuilder requests = new StringBuilder();
        for (String path : paths) {
            requests.append("GET ").append(path).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        Socket socket = opened.add(Loopback.connect(admin.address().getPort()));
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write(requests.toString().getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String answer(InputStream in) throws IOException {
        return new String(HttpMessage.read(in, false, false).body(), StandardCharsets.UTF_8);
    }

    @Test
    void aRequestBehindAPollWaitsAndIsAnsweredAfterIt() throws Exception {
        Socket socket =
                ask("/report?timeoutMillis=300&after=" + forwarder.report().revision(), "/healthz");
        InputStream in = socket.getInputStream();

        assertThat(answer(in)).startsWith("{");
        assertThat(answer(in)).isEqualTo("ok\n");
    }

    /** Each build says another time. */
    @Test
    void metricsAreBuiltOnceInASecondHoweverOftenTheyAreAskedFor() throws Exception {
        String[] paths = new String[200];
        Arrays.fill(paths, "/metrics?servers=true");
        long start = System.nanoTime();
        Set<String> different = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            InputStream in = ask(paths).getInputStream();
            for (int answer = 0; answer < paths.length; answer++) {
                different.add(answer(in));
            }
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);

        assertThat(different.size()).as("builds").isLessThanOrEqualTo((int) seconds + 2);
    }

    @Test
    void pollsThatNobodyNeedsAreRefusedAndNobodyElseIs() throws Exception {
        String poll = "/report?timeoutMillis=60000&after=" + forwarder.report().revision();
        List<Socket> polls = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            polls.add(ask(poll));
        }

        await(() -> refused(polls) > 0);
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    private static int refused(List<Socket> polls) throws IOException {
        int refused = 0;
        for (Socket each : polls) {
            refused += each.getInputStream().available() > 0 ? 1 : 0;
        }
        return refused;
    }

    @Test
    void isNotReadyWhileAnEventLoopDoesNotTurn() throws Exception {
        loaded = true;
        publish();
        await(() -> get("/readyz").statusCode() == 200);
        CountDownLatch turning = new CountDownLatch(1);
        try {
            forwarder.forwarder().transport().loops().get(0).eventLoop().execute(() -> {
                try {
                    turning.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            await(() -> get("/readyz").statusCode() == 503);
            assertThat(get("/readyz").body()).startsWith("event loop 0 has not turned for ");
            assertThat(get("/healthz").statusCode()).isEqualTo(200);
        } finally {
            turning.countDown();
        }
        await(() -> get("/readyz").statusCode() == 200);
    }
}
