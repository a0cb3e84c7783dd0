package dev.slb.interop;

import dev.slb.testing.GrpcEcho;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import org.awaitility.Awaitility;

import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Calls two {@link GrpcServer}s, a with weight 100 and b with 50, through a listener that speaks TLS with its clients, ends
 * a connection after 100 requests and tells servers the client's port. Prints "ok NAME" or "failed NAME" and why for each
 * check. Each has a channel of its own, which is one connection, so that none meets the other's limit of requests.
 *
 * <pre>GrpcClient LISTENER_PORT CA_FILE PORT_OF_A PORT_OF_B</pre>
 */
public final class GrpcClient {

    /** What a step may take on a machine that has much else to do. */
    private static final int PATIENCE_SECONDS = 60;

    private final int listener;
    private final File authority;
    private final ManagedChannel a;
    private final ManagedChannel b;

    private GrpcClient(String[] arguments) {
        listener = Integer.parseInt(arguments[0]);
        authority = new File(arguments[1]);
        a = direct(arguments[2]);
        b = direct(arguments[3]);
    }

    public static void main(String[] arguments) throws Exception {
        new GrpcClient(arguments).run();
    }

    private interface Check {
        void run(ManagedChannel channel) throws Exception;
    }

    private void run() throws Exception {
        try {
            check("both serve", this::bothServe);
            check("unary", this::unary);
            check("server streaming", this::serverStreaming);
            check("client streaming", this::clientStreaming);
            check("bidirectional streaming", this::bidirectional);
            check("status and trailers", this::statusAndTrailers);
            check("deadline", this::deadline);
            check("cancellation", this::cancellation);
            check("balanced per call", this::balanced);
            check("connections that end fail no call", this::connectionsEnd);
            check("health", this::health);
        } finally {
            a.shutdownNow();
            b.shutdownNow();
        }
    }

    private void check(String name, Check check) throws Exception {
        try {
            onNewConnection(check);
            System.out.println("ok " + name);
        } catch (Exception | AssertionError e) {
            System.out.println("failed " + name + ": " + e);
            e.printStackTrace();
        }
    }

    private void onNewConnection(Check check) throws Exception {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", listener)
                .sslContext(GrpcSslContexts.forClient().trustManager(authority).build())
                .build();
        try {
            check.run(channel);
        } finally {
            channel.shutdownNow().awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static ManagedChannel direct(String port) {
        return NettyChannelBuilder.forAddress("127.0.0.1", Integer.parseInt(port))
                .usePlaintext()
                .build();
    }

    private void bothServe(ManagedChannel channel) throws Exception {
        eventually("both servers answer", () -> {
            try {
                return answerers().equals(Set.of("a", "b"));
            } catch (StatusRuntimeException e) {
                expect(e.getStatus().getCode() == Status.Code.UNAVAILABLE, e.getStatus());
                return false;
            }
        });
    }

    private void unary(ManagedChannel channel) {
        String large = "x".repeat(1_000_000);
        expect(call(channel, "hello").equals("hello"), "hello");
        expect(call(channel, large).equals(large), "1 MB");
        byte[] health = ClientCalls.blockingUnaryCall(channel, GrpcEcho.HEALTH, patient(), new byte[0]);
        expect(Arrays.equals(health, new byte[] {8, 1}), "SERVING, not " + Arrays.toString(health));
    }

    private void serverStreaming(ManagedChannel channel) {
        Iterator<String> numbers = ClientCalls.blockingServerStreamingCall(channel, GrpcEcho.COUNT, patient(), "10000");
        for (int i = 1; i <= 10_000; i++) {
            String number = numbers.next();
            expect(number.equals(String.valueOf(i)), number + " instead of " + i);
        }
        expect(!numbers.hasNext(), "the end after 10,000");
    }

    private void clientStreaming(ManagedChannel channel) throws Exception {
        Answers answers = new Answers();
        StreamObserver<String> requests =
                ClientCalls.asyncClientStreamingCall(channel.newCall(GrpcEcho.JOIN, patient()), answers);
        for (int i = 0; i < 1000; i++) {
            requests.onNext("ab");
        }
        requests.onCompleted();
        expect(answers.next().equals("ab".repeat(1000)), "all that was sent");
    }

    private void bidirectional(ManagedChannel channel) throws Exception {
        Answers answers = new Answers();
        StreamObserver<String> requests =
                ClientCalls.asyncBidiStreamingCall(channel.newCall(GrpcEcho.TALK, patient()), answers);
        for (int i = 0; i < 100; i++) {
            requests.onNext("word " + i);
            String answer = answers.next();
            expect(answer.equals("you said word " + i), answer);
        }
        requests.onCompleted();
        expect(answers.next().equals(Answers.COMPLETED), "the end");
    }

    private void statusAndTrailers(ManagedChannel channel) {
        StatusRuntimeException refused = failure(() -> call(channel, "refuse"));
        expect(refused.getStatus().getCode() == Status.Code.PERMISSION_DENIED, refused.getStatus());
        expect("not you".equals(refused.getStatus().getDescription()), refused.getStatus());
        Metadata trailers = refused.getTrailers();
        expect(
                trailers != null && Arrays.equals(trailers.get(GrpcEcho.DETAIL), new byte[] {0, 1, (byte) 0xFF}),
                "a binary trailer, not " + trailers);
    }

    private void deadline(ManagedChannel channel) throws Exception {
        expect(call(channel, "hello").equals("hello"), "hello");
        String remaining = call(channel, GrpcEcho.DEADLINE, "");
        expect(!remaining.equals("none"), "the server knows no deadline");
        expect(Long.parseLong(remaining) <= TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS), remaining);

        int before = cancelled();
        Iterator<String> answers = ClientCalls.blockingServerStreamingCall(
                channel, GrpcEcho.HANG, CallOptions.DEFAULT.withDeadlineAfter(5, TimeUnit.SECONDS), "");
        expect(answers.next().equals("waiting"), "waiting");
        StatusRuntimeException late = failure(answers::next);
        expect(late.getStatus().getCode() == Status.Code.DEADLINE_EXCEEDED, late.getStatus());
        eventually("the server sees the deadline", () -> cancelled() == before + 1);
    }

    private void cancellation(ManagedChannel channel) throws Exception {
        int before = cancelled();
        ClientCall<String, String> call = channel.newCall(GrpcEcho.HANG, patient());
        Answers answers = new Answers();
        ClientCalls.asyncServerStreamingCall(call, "", answers);
        expect(answers.next().equals("waiting"), "waiting");
        call.cancel("enough", null);
        expect(answers.next().contains("CANCELLED"), "CANCELLED");
        eventually("the server sees the cancellation", () -> cancelled() == before + 1);
        expect(call(channel, "and on").equals("and on"), "and on");
    }

    private void balanced(ManagedChannel channel) {
        List<String> servers = new ArrayList<>();
        Set<String> ports = new TreeSet<>();
        for (int i = 0; i < 30; i++) {
            servers.add(call(channel, ""));
        }
        for (int i = 0; i < 30; i++) {
            ports.add(call(channel, GrpcEcho.CLIENT_PORT, ""));
        }
        expect(Collections.frequency(servers, "a") == 20, "20 of 30 calls to a: " + servers);
        expect(Collections.frequency(servers, "b") == 10, "10 of 30 calls to b: " + servers);
        expect(ports.size() == 1, "one connection, not " + ports);
    }

    /** A connection ends after 100 requests; calls that wait for its successor, or run, end well. */
    private void connectionsEnd(ManagedChannel channel) throws Exception {
        Set<String> ports = new TreeSet<>();
        for (int round = 0; round < 10; round++) {
            List<Future<String>> calls = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                calls.add(ClientCalls.futureUnaryCall(channel.newCall(GrpcEcho.CLIENT_PORT, patient()), ""));
            }
            for (Future<String> call : calls) {
                ports.add(call.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            }
        }
        expect(ports.size() >= 3, "300 calls on three connections, not " + ports);
    }

    private void health(ManagedChannel channel) throws Exception {
        call(a, GrpcEcho.SET_HEALTH, "2");
        eventually("only b answers", () -> answerers().equals(Set.of("b")));
        call(a, GrpcEcho.SET_HEALTH, "1");
        eventually("both answer again", () -> answerers().equals(Set.of("a", "b")));
        expect(call(channel, "and on").equals("and on"), "and on");
    }

    private Set<String> answerers() throws Exception {
        Set<String> servers = new TreeSet<>();
        onNewConnection(channel -> {
            for (int i = 0; i < 12; i++) {
                servers.add(call(channel, ""));
            }
        });
        return servers;
    }

    private int cancelled() {
        return Integer.parseInt(call(a, GrpcEcho.CANCELLED, "")) + Integer.parseInt(call(b, GrpcEcho.CANCELLED, ""));
    }

    private static CallOptions patient() {
        return CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static String call(ManagedChannel channel, String request) {
        return call(channel, GrpcEcho.UNARY, request);
    }

    private static String call(ManagedChannel channel, MethodDescriptor<String, String> method, String request) {
        return ClientCalls.blockingUnaryCall(channel, method, patient(), request);
    }

    private static StatusRuntimeException failure(Runnable call) {
        try {
            call.run();
        } catch (StatusRuntimeException e) {
            return e;
        }
        throw new AssertionError("the call did not fail");
    }

    private static void expect(boolean holds, Object what) {
        if (!holds) {
            throw new AssertionError("expected: " + what);
        }
    }

    private static void eventually(String what, Callable<Boolean> condition) {
        Awaitility.await(what).atMost(Duration.ofSeconds(PATIENCE_SECONDS)).until(condition);
    }

    /** What comes in, in its order; the end as one more. */
    private static final class Answers implements StreamObserver<String> {

        static final String COMPLETED = "completed";

        private final BlockingQueue<String> queue = new LinkedBlockingQueue<>();

        @Override
        public void onNext(String value) {
            queue.add(value);
        }

        @Override
        public void onError(Throwable failure) {
            queue.add(failure.toString());
        }

        @Override
        public void onCompleted() {
            queue.add(COMPLETED);
        }

        String next() throws InterruptedException {
            String next = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            expect(next != null, "an answer within its time");
            return next;
        }
    }
}
