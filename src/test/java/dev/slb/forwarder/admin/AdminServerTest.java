package dev.slb.forwarder.admin;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.ForwarderReport;
import dev.slb.plan.ForwarderStats;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.PlanJson;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.LogWatch;
import dev.slb.testing.Loopback;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
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
    private boolean loaded;
    private AdminServer admin;

    @BeforeEach
    void start() throws IOException {
        admin = AdminServer.start(forwarder.forwarder(), new InetSocketAddress(Loopback.ADDRESS, 0), () -> loaded);
    }

    @AfterEach
    void close() {
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
}
