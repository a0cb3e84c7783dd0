package dev.slb.forwarder.l7;

import dev.slb.forwarder.schedule.Picker;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.Selection;
import dev.slb.forwarder.table.TargetRuntime;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Http2Socket;
import dev.slb.testing.HttpClientSocket;
import dev.slb.testing.HttpMessage;
import dev.slb.testing.HttpServer;
import dev.slb.testing.LeakWatch;
import dev.slb.testing.Loopback;
import dev.slb.testing.Opened;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import io.netty.handler.codec.http2.Http2Error;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Exceptions that nobody expects, in the midst of requests: a target of which something is missing or wrong. No plan
 * leads to such a target.
 */
@Sockets
class ExchangeFaultsTest {

    private static final BackendPlan H2C = new BackendPlan(BackendPlan.Protocol.H2C, null);
    private static final String REASON = "InternalError";

    private static LeakWatch leaks;

    private final Opened opened = new Opened();
    private final BareListener listener = new BareListener();
    private final TargetRuntime good = listener.target();
    private final TargetRuntime faulty = listener.target();

    @BeforeAll
    static void watch() {
        leaks = LeakWatch.start();
    }

    @AfterAll
    static void noBufferWasLost() {
        leaks.assertNone();
    }

    @AfterEach
    void stop() throws Exception {
        opened.close();
        listener.close();
    }

    /** What is below {@code /fault} goes to the faulty target, all else to the good one. */
    private void listen(boolean http2) throws InterruptedException {
        listener.listen(http2, "/fault", faulty, good);
    }

    private void serve(Member member) {
        good.select(Selection.of(context -> member));
        faulty.select(Selection.of(context -> member));
    }

    /** From now on the target has no selection at all. */
    private void breakTarget() {
        try {
            faulty.select(null);
        } catch (NullPointerException e) {
            return;
        }
        throw new AssertionError("the target is well");
    }

    private static HttpClientSocket ask(HttpClientSocket client, String method, String path) throws IOException {
        return client.send(method + " " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    }

    private static void assertFault(HttpMessage answer) {
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.header("SLB-Reason")).isEqualTo(REASON);
    }

    private static void assertFault(Http2Socket.Answer answer) {
        assertThat(answer.head).as("answer, reset %d", answer.reset).isNotNull();
        assertThat(answer.status()).isEqualTo(502);
        assertThat(answer.header("slb-reason")).isEqualTo(REASON);
    }

    private HttpClientSocket client() throws IOException {
        return opened.add(HttpClientSocket.connect(listener.port()));
    }

    private long faults() {
        return listener.refused(REASON);
    }

    /** One that breaks the target when it has a request below {@code /fault}, and answers all. */
    private HttpServer http1Server() {
        return opened.add(HttpServer.start(request -> {
            if (request.target().startsWith("/fault")) {
                breakTarget();
            }
            return HttpServer.ok("well");
        }));
    }

    /** The same, of HTTP/2; what is asked for {@code /wait} is answered when that is allowed. */
    private TcpServer http2Server(CountDownLatch answersWaiting) {
        return opened.add(TcpServer.start(connection -> {
            Http2Socket server = Http2Socket.accept(connection);
            List<Integer> waiting = new ArrayList<>();
            while (true) {
                int stream = server.awaitRequest();
                String path = server.answer(stream).head.path().toString();
                if (path.equals("/wait")) {
                    waiting.add(stream);
                    continue;
                }
                if (path.startsWith("/fault")) {
                    breakTarget();
                }
                if (path.equals("/go")) {
                    answersWaiting.countDown();
                    for (int each : waiting) {
                        server.ok(each, "well");
                    }
                }
                server.ok(stream, "well");
            }
        }));
    }

    // HTTP/1 on both sides

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void aFaultWithinAnAnswerEndsItsRequestAtOnce(String method) throws Exception {
        serve(listener.member(http1Server().port(), BackendPlan.HTTP));
        listen(false);
        assertFault(ask(client(), method, "/fault").read());
        assertThat(ask(client(), method, "/").read().text()).isEqualTo("well");
        assertThat(faults()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFaultWhenAServerIsChosenEndsItsRequestAtOnce(boolean later) throws Exception {
        serve(listener.member(http1Server().port(), BackendPlan.HTTP));
        faulty.select(Selection.of(faultyPicker(later)));
        listen(false);
        HttpClientSocket client = client();
        assertFault(ask(client, "GET", "/fault").read());
        assertThat(client.isEnded()).isTrue();
        assertThat(ask(client(), "GET", "/").read().text()).isEqualTo("well");
        assertThat(faults()).isEqualTo(1);
    }

    /** @param later a server that can't be reached comes first: the fault is in what follows that */
    private Picker<Member> faultyPicker(boolean later) {
        Member unreachable = listener.member(Loopback.freePort(), BackendPlan.HTTP);
        return context -> {
            if (later && !context.tried(unreachable)) {
                return unreachable;
            }
            throw new IllegalStateException("of a test");
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void whatWaitsBehindAFaultIsNotAnswered(String method) throws Exception {
        serve(listener.member(http1Server().port(), BackendPlan.HTTP));
        listen(false);
        HttpClientSocket client = client();
        String next = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        assertFault(client.send(method + " /fault HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" + next)
                .read());
        assertThat(client.isEnded()).isTrue();
    }

    // HTTP/2 towards the client

    @ParameterizedTest
    @CsvSource({"GET, false", "POST, false", "GET, true", "POST, true"})
    void aFaultWithinAnAnswerLeavesTheOtherStreamsAlone(String method, boolean http2Server) throws Exception {
        CountDownLatch waited = new CountDownLatch(1);
        TcpServer server = http2Server ? http2Server(waited) : null;
        serve(
                http2Server
                        ? listener.member(server.port(), H2C)
                        : listener.member(
                                opened.add(HttpServer.start(request -> {
                                            if (request.target().startsWith("/fault")) {
                                                breakTarget();
                                            } else if (request.target().equals("/go")) {
                                                waited.countDown();
                                            } else if (request.target().equals("/wait")) {
                                                awaitQuietly(waited);
                                            }
                                            return HttpServer.ok("well");
                                        }))
                                        .port(),
                                BackendPlan.HTTP));
        listen(true);
        Http2Socket client = opened.add(Http2Socket.connectInClear(listener.port()));
        int waiting = client.open(Http2Socket.request("POST", "/wait"), true);
        assertFault(client.answer(client.open(Http2Socket.request(method, "/fault"), true)));
        assertThat(client.answer(client.get("/go")).text()).isEqualTo("well");
        assertThat(client.answer(waiting).text()).isEqualTo("well");
        assertThat(faults()).isEqualTo(1);
        if (http2Server) {
            assertThat(server.accepted()).as("connections").isEqualTo(1);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFaultWhenAServerIsChosenLeavesTheOtherStreamsAlone(boolean later) throws Exception {
        CountDownLatch waited = new CountDownLatch(1);
        serve(listener.member(http2Server(waited).port(), H2C));
        faulty.select(Selection.of(faultyPicker(later)));
        listen(true);
        Http2Socket client = opened.add(Http2Socket.connectInClear(listener.port()));
        int waiting = client.get("/wait");
        for (int i = 0; i < 2; i++) {
            assertFault(client.answer(client.get("/fault")));
        }
        // One whose body is still on its way.
        int posting = client.open(Http2Socket.request("POST", "/fault"), false);
        client.data(posting, "abc", false);
        Http2Socket.Answer refused = client.soFar(posting);
        while (!refused.ended) {
            assertThat(client.read()).isNotNull();
        }
        assertFault(refused);
        client.data(posting, "def", true);
        assertThat(client.answer(client.get("/go")).text()).isEqualTo("well");
        assertThat(client.answer(waiting).text()).isEqualTo("well");
        assertThat(faults()).isEqualTo(3);
    }

    /** The fault is where Netty tells that a stream is over: what is thrown there is lost. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFaultWhenARefusedRequestIsSentAgainEndsItsRequestAtOnce(boolean http2Client) throws Exception {
        TcpServer refusing = opened.add(TcpServer.start(connection -> {
            Http2Socket server = Http2Socket.accept(connection);
            while (true) {
                int stream = server.awaitRequest();
                if (server.answer(stream).head.path().toString().equals("/fault")) {
                    server.reset(stream, (int) Http2Error.REFUSED_STREAM.code());
                } else {
                    server.ok(stream, "well");
                }
            }
        }));
        Member member = listener.member(refusing.port(), H2C);
        serve(member);
        faulty.select(Selection.of(context -> {
            if (context.tried(member)) {
                throw new IllegalStateException("of a test");
            }
            return member;
        }));
        listen(http2Client);
        if (http2Client) {
            Http2Socket client = opened.add(Http2Socket.connectInClear(listener.port()));
            assertFault(client.answer(client.get("/fault")));
            assertThat(client.answer(client.get("/")).text()).isEqualTo("well");
        } else {
            assertFault(ask(client(), "POST", "/fault").read());
            assertThat(ask(client(), "GET", "/").read().text()).isEqualTo("well");
        }
        assertThat(faults()).isEqualTo(1);
        assertThat(refusing.accepted()).as("connections").isEqualTo(1);
    }

    /** A server of HTTP/2 is behind many clients of HTTP/1. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void aFaultWithinAnAnswerLeavesTheServersConnectionAlone(String method) throws Exception {
        TcpServer server = http2Server(new CountDownLatch(1));
        serve(listener.member(server.port(), H2C));
        listen(false);
        HttpClientSocket waiting = ask(client(), "POST", "/wait");
        await(() -> server.accepted() == 1);
        assertFault(ask(client(), method, "/fault").read());
        assertThat(ask(client(), "GET", "/go").read().text()).isEqualTo("well");
        assertThat(waiting.read().text()).isEqualTo("well");
        assertThat(server.accepted()).as("connections").isEqualTo(1);
        assertThat(faults()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFatalErrorIsToldWhereverItWasMet(boolean http2) throws Exception {
        faulty.select(Selection.of(context -> {
            throw new NoClassDefFoundError("of a test");
        }));
        listen(http2);
        if (http2) {
            opened.add(Http2Socket.connectInClear(listener.port())).get("/fault");
        } else {
            ask(client(), "GET", "/fault");
        }
        await(() -> listener.fatal().size() == 1);
        assertThat(listener.fatal().get(0)).isInstanceOf(NoClassDefFoundError.class);
    }
}
