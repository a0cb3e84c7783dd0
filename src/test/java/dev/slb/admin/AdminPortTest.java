package dev.slb.admin;

import dev.slb.testing.HttpMessage;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Patience;
import dev.slb.testing.Sockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

@Sockets
class AdminPortTest {

    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final String HALF = "GET /readyz HTTP/1.1\r\nHost: a\r\n";
    private static final int LARGE = 8 << 20;

    private final Opened opened = new Opened();
    private final AdminCounts counts = new AdminCounts();
    private final List<Throwable> faults = new ArrayList<>();
    private final CountDownLatch building = new CountDownLatch(1);
    private final AtomicInteger builds = new AtomicInteger();
    private final CompletableFuture<Void> news = new CompletableFuture<>();
    private final AtomicInteger begun = new AtomicInteger();
    private AdminPort port;

    @AfterEach
    void close() throws Exception {
        building.countDown();
        opened.close();
        port.close();
    }

    private static AdminLimits limits(int connections, int ofSource, int reserve) {
        return new AdminLimits(connections, ofSource, reserve, 2, 2, Long.MAX_VALUE, LONG, LONG, LONG);
    }

    private static AdminLimits limits(long unread, Duration head, Duration answer) {
        return new AdminLimits(100, 100, 1, 2, 2, unread, head, LONG, answer);
    }

    private void open(AdminLimits limits) throws IOException {
        AdminRoutes routes = new AdminRoutes()
                .probe("/readyz", Optional::empty)
                .document("/slow", () -> {
                    builds.incrementAndGet();
                    try {
                        building.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return AdminAnswer.line(200, "built");
                })
                .document("/broken", () -> {
                    throw new IllegalStateException("broken");
                })
                .document("/large", () -> AdminAnswer.document("text/plain", "x".repeat(LARGE)))
                .metrics(
                        "/metrics",
                        request -> false,
                        more -> AdminAnswer.line(200, "scrape " + builds.incrementAndGet()))
                .route(
                        "/poll",
                        request -> new AdminWork.Hold(
                                this::begin, LONG, AdminWork.build("/poll", () -> AdminAnswer.line(200, "news"))));
        port = AdminPort.open(new InetSocketAddress(Loopback.ADDRESS, 0), routes, limits, counts, (what, fault) -> {
            synchronized (faults) {
                faults.add(fault);
            }
        });
    }

    private CompletableFuture<Void> begin() {
        begun.incrementAndGet();
        return news;
    }

    private Socket connect() throws IOException {
        Socket socket = opened.add(Loopback.connect(port.address().getPort()));
        socket.setSoTimeout(60_000);
        return socket;
    }

    private Socket send(String text) throws IOException {
        Socket socket = connect();
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private Socket ask(String path) throws IOException {
        return send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    }

    private static HttpMessage answer(InputStream in) throws IOException {
        return HttpMessage.read(in, false, false);
    }

    private static String text(InputStream in) throws IOException {
        return new String(answer(in).body(), StandardCharsets.UTF_8);
    }

    private void assertReady() throws IOException {
        assertThat(text(ask("/readyz").getInputStream())).isEqualTo("ok\n");
    }

    private void awaitRefusals(AdminRefusal why, long number) {
        Patience.await(() -> {
            assertThat(counts.refusals(why)).as("%s", why).isEqualTo(number);
            return true;
        });
    }

    private void awaitConnections(int number) {
        Patience.await(() -> {
            assertThat(counts.connections()).as("connections").isEqualTo(number);
            return true;
        });
    }

    @Test
    void probesAreAnsweredWhileADocumentIsBuilt() throws Exception {
        open(AdminLimits.DEFAULT);
        Socket slow = ask("/slow");
        Patience.await(() -> builds.get() == 1);

        for (int i = 0; i < 20; i++) {
            assertReady();
        }
        building.countDown();

        assertThat(text(slow.getInputStream())).isEqualTo("built\n");
    }

    @Test
    void ofASourceWithTooManyHalfRequestsTheOldestGo() throws Exception {
        open(limits(100, 4, 0));
        List<Socket> halves = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            halves.add(send(HALF));
        }
        awaitRefusals(AdminRefusal.SOURCE_LIMIT, 6);

        Socket newest = halves.get(9);
        newest.getOutputStream().write("\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(text(newest.getInputStream())).isEqualTo("ok\n");
        assertReady();
        assertThat(counts.connections()).isLessThanOrEqualTo(4);
    }

    @Test
    void withTooManyOfAllSourcesTheSourceWithTheMostMakesRoom() throws Exception {
        open(limits(4, 100, 0));
        Socket alone = opened.add(new Socket(
                InetAddress.getByName(Loopback.ADDRESS),
                port.address().getPort(),
                InetAddress.getByName("127.0.0.2"),
                0));
        alone.getOutputStream().write(HALF.getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < 6; i++) {
            send(HALF);
        }

        awaitRefusals(AdminRefusal.CONNECTION_LIMIT, 3);
        assertReady();
        alone.getOutputStream().write("\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(text(alone.getInputStream())).isEqualTo("ok\n");
    }

    @Test
    void whenAllConnectionsAreBusyProbesHaveAReserve() throws Exception {
        open(limits(2, 2, 2));
        ask("/slow");
        Patience.await(() -> builds.get() == 1);
        ask("/slow");
        awaitConnections(2);
        send(HALF);
        send(HALF);
        awaitConnections(4);

        for (int i = 0; i < 5; i++) {
            assertReady();
        }
        assertThat(answer(ask("/metrics").getInputStream()).status()).isEqualTo(503);
        assertThat(counts.refusals(AdminRefusal.RESERVE_LIMIT)).isGreaterThanOrEqualTo(3);
        building.countDown();
        Patience.await(() -> text(ask("/metrics").getInputStream()).startsWith("scrape"));
    }

    @Test
    void aHalfRequestEndsInTime() throws Exception {
        open(limits(Long.MAX_VALUE, SHORT, LONG));

        send(HALF);
        connect();

        awaitRefusals(AdminRefusal.HEAD_TIMEOUT, 2);
        awaitConnections(0);
    }

    @Test
    void anAnswerThatIsNotTakenEndsInTime() throws Exception {
        open(limits(Long.MAX_VALUE, LONG, SHORT));

        ask("/large");

        awaitRefusals(AdminRefusal.ANSWER_TIMEOUT, 1);
        awaitConnections(0);
    }

    @Test
    void ofAnswersThatAreNotTakenTheOldestGoes() throws Exception {
        open(limits(LARGE + LARGE / 2, LONG, LONG));
        Socket first = ask("/large");
        assertThat(first.getInputStream().read()).isEqualTo('H');

        Socket second = ask("/large");

        awaitRefusals(AdminRefusal.UNREAD_LIMIT, 1);
        assertThat(answer(second.getInputStream()).body()).hasSize(LARGE);
    }

    @Test
    void whoAsksWhileADocumentWaitsToBeBuiltSharesIt() throws Exception {
        open(AdminLimits.DEFAULT);
        List<Socket> asking = new ArrayList<>();
        asking.add(ask("/slow"));
        Patience.await(() -> builds.get() == 1);
        for (int i = 0; i < 20; i++) {
            asking.add(ask("/slow"));
        }
        awaitConnections(21);
        assertReady(); // behind all of them
        building.countDown();

        for (Socket each : asking) {
            assertThat(text(each.getInputStream())).isEqualTo("built\n");
        }
        assertThat(builds.get()).isLessThanOrEqualTo(3);
    }

    @Test
    void aDocumentThatCantBeBuiltIsSaidAndHurtsNobodyElse() throws Exception {
        open(AdminLimits.DEFAULT);
        Socket socket = ask("/broken");

        assertThat(answer(socket.getInputStream()).status()).isEqualTo(500);
        socket.getOutputStream().write("GET /readyz HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(text(socket.getInputStream())).isEqualTo("ok\n");
        synchronized (faults) {
            assertThat(faults).singleElement().isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
        open(AdminLimits.DEFAULT);
        InputStream in = send("GET /readyz HTTP/1.1\r\n\r\nGET /metrics HTTP/1.1\r\n\r\nGET /no HTTP/1.1\r\n\r\n"
                        .repeat(200))
                .getInputStream();

        for (int i = 0; i < 200; i++) {
            assertThat(text(in)).isEqualTo("ok\n");
            assertThat(text(in)).startsWith("scrape ");
            assertThat(text(in)).isEqualTo("not here\n");
        }
    }

    @Test
    void whatIsPipelinedAndNotReadKeepsNobodyFromAProbe() throws Exception {
        open(AdminLimits.DEFAULT);
        for (int i = 0; i < 20; i++) {
            send("GET /large HTTP/1.1\r\n\r\n".repeat(400));
        }

        for (int i = 0; i < 20; i++) {
            assertReady();
        }
    }

    @Test
    void whoGoesGivesUpHisPoll() throws Exception {
        open(AdminLimits.DEFAULT);
        Socket poll = ask("/poll");
        Patience.await(() -> begun.get() == 1);
        poll.close();

        Patience.await(news::isCancelled);
    }

    @Test
    void pollsAreBoundedAndToldOfNews() throws Exception {
        open(AdminLimits.DEFAULT);
        List<Socket> polls = new ArrayList<>();
        for (int i = 0; i < AdminLimits.DEFAULT.pollsOfSource(); i++) {
            polls.add(ask("/poll"));
        }
        Patience.await(() -> begun.get() == polls.size());

        assertThat(text(ask("/poll").getInputStream())).isEqualTo("too many polls\n");
        news.complete(null);
        for (Socket each : polls) {
            assertThat(text(each.getInputStream())).isEqualTo("news\n");
        }
    }

    @Test
    void whatIsNoRequestIsRefused() throws Exception {
        open(AdminLimits.DEFAULT);

        assertThat(answer(send("x".repeat(8 * 1024)).getInputStream()).status()).isEqualTo(431);
        assertThat(answer(send("GET /readyz\r\n\r\n").getInputStream()).status())
                .isEqualTo(400);
        assertThat(answer(send("GET /readyz HTTP/1.1\r\nno field\r\n\r\n").getInputStream())
                        .status())
                .isEqualTo(400);
        assertThat(answer(send("POST /readyz HTTP/1.1\r\nContent-Length: 1\r\n\r\nx")
                                .getInputStream())
                        .header("connection"))
                .isEqualTo("close");
        assertThat(counts.refusals(AdminRefusal.BAD_REQUEST)).isEqualTo(3);
    }
}
