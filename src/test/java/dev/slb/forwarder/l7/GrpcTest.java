package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.Health;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.HealthCheckPlanBuilder;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** Clients and servers of grpc-java, with an HTTPS listener between them. */
class GrpcTest {

    private static final MethodDescriptor<String, String> UNARY = method("Unary", MethodDescriptor.MethodType.UNARY);
    private static final MethodDescriptor<String, String> COUNT =
            method("Count", MethodDescriptor.MethodType.SERVER_STREAMING);
    private static final MethodDescriptor<String, String> JOIN =
            method("Join", MethodDescriptor.MethodType.CLIENT_STREAMING);
    private static final MethodDescriptor<String, String> TALK =
            method("Talk", MethodDescriptor.MethodType.BIDI_STREAMING);
    private static final MethodDescriptor<String, String> HANG = method("Hang", MethodDescriptor.MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> HEALTH = MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("grpc.health.v1.Health/Check")
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();

    private static final BackendPlan GRPC = new BackendPlan(BackendPlan.Protocol.GRPC, null);

    private HttpEdge edge;
    private ManagedChannel channel;
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final AtomicInteger serving = new AtomicInteger(1);

    private static MethodDescriptor<String, String> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.<String, String>newBuilder()
                .setType(type)
                .setFullMethodName("slb.test.Echo/" + name)
                .setRequestMarshaller(new Text())
                .setResponseMarshaller(new Text())
                .build();
    }

    private static final class Text implements MethodDescriptor.Marshaller<String> {
        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            return new String(new Bytes().parse(stream), StandardCharsets.UTF_8);
        }
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Collects what a client sends; says how it goes on. */
    private abstract static class Requests implements StreamObserver<String> {
        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {}
    }

    private Server server(String name) throws IOException {
        ServerServiceDefinition echo = ServerServiceDefinition.builder("slb.test.Echo")
                .addMethod(UNARY, ServerCalls.asyncUnaryCall((request, answers) -> {
                    if (request.equals("refuse")) {
                        answers.onError(Status.PERMISSION_DENIED
                                .withDescription("not you")
                                .asRuntimeException());
                        return;
                    }
                    answers.onNext(request.isEmpty() ? name : request);
                    answers.onCompleted();
                }))
                .addMethod(COUNT, ServerCalls.asyncServerStreamingCall((request, answers) -> {
                    for (int i = 1; i <= Integer.parseInt(request); i++) {
                        answers.onNext(String.valueOf(i));
                    }
                    answers.onCompleted();
                }))
                .addMethod(JOIN, ServerCalls.asyncClientStreamingCall(answers -> new Requests() {
                    private final StringBuilder all = new StringBuilder();

                    @Override
                    public void onNext(String value) {
                        all.append(value);
                    }

                    @Override
                    public void onCompleted() {
                        answers.onNext(all.toString());
                        answers.onCompleted();
                    }
                }))
                .addMethod(TALK, ServerCalls.asyncBidiStreamingCall(answers -> new Requests() {
                    @Override
                    public void onNext(String value) {
                        answers.onNext("you said " + value);
                    }

                    @Override
                    public void onCompleted() {
                        answers.onCompleted();
                    }
                }))
                .addMethod(
                        HANG,
                        ServerCalls.asyncUnaryCall((request, answers) ->
                                Context.current().addListener(context -> cancelled.countDown(), Runnable::run)))
                .build();
        ServerServiceDefinition health = ServerServiceDefinition.builder("grpc.health.v1.Health")
                .addMethod(HEALTH, ServerCalls.asyncUnaryCall((request, answers) -> {
                    answers.onNext(new byte[] {8, (byte) serving.get()});
                    answers.onCompleted();
                }))
                .build();
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(echo)
                .addService(health)
                .build()
                .start();
        edge.closing(() -> server.shutdownNow().awaitTermination());
        return server;
    }

    private void connect(Server... servers) throws IOException {
        int[] ports = new int[servers.length];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = servers[i].getPort();
        }
        edge.forwardTo(listener -> listener.backend(GRPC), ports);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", edge.port())
                .overrideAuthority("shop")
                .sslContext(GrpcSslContexts.forClient()
                        .trustManager(TlsEdge.AUTHORITY.getCertificate())
                        .build())
                .build();
    }

    @BeforeEach
    void start() {
        edge = HttpEdge.http2(TransportKind.AUTO);
    }

    @AfterEach
    void stop() throws Exception {
        if (channel != null) {
            channel.shutdownNow().awaitTermination(20, TimeUnit.SECONDS);
        }
        edge.close();
    }

    private static CallOptions patient() {
        return CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    private String call(String request) {
        return ClientCalls.blockingUnaryCall(channel, UNARY, patient(), request);
    }

    @Test
    void unaryCallsAndTheirErrors() throws Exception {
        connect(server("a"));
        assertThat(call("hello")).isEqualTo("hello");
        assertThat(call("x".repeat(1_000_000))).hasSize(1_000_000);
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> call("refuse"));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(refused.getStatus().getDescription()).isEqualTo("not you");
        assertThat(call("and on")).isEqualTo("and on");
    }

    @Test
    void streamsFromTheServerAndFromTheClient() throws Exception {
        connect(server("a"));
        Iterator<String> counted = ClientCalls.blockingServerStreamingCall(channel, COUNT, patient(), "1000");
        List<String> all = new ArrayList<>();
        counted.forEachRemaining(all::add);
        assertThat(all).hasSize(1000).endsWith("999", "1000");

        BlockingQueue<String> joined = new LinkedBlockingQueue<>();
        StreamObserver<String> requests =
                ClientCalls.asyncClientStreamingCall(channel.newCall(JOIN, patient()), answersTo(joined));
        for (int i = 0; i < 100; i++) {
            requests.onNext("ab");
        }
        requests.onCompleted();
        assertThat(joined.poll(20, TimeUnit.SECONDS)).isEqualTo("ab".repeat(100));
    }

    @Test
    void bothSidesTalkInTurns() throws Exception {
        connect(server("a"));
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        StreamObserver<String> requests =
                ClientCalls.asyncBidiStreamingCall(channel.newCall(TALK, patient()), answersTo(answers));
        for (int i = 0; i < 50; i++) {
            requests.onNext("word " + i);
            assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("you said word " + i);
        }
        requests.onCompleted();
        assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("completed");
    }

    private static StreamObserver<String> answersTo(BlockingQueue<String> queue) {
        return new StreamObserver<>() {
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
                queue.add("completed");
            }
        };
    }

    @Test
    void deadlinesAndCancellationReachTheServer() throws Exception {
        connect(server("a"));
        StatusRuntimeException late = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> ClientCalls.blockingUnaryCall(
                        channel, HANG, CallOptions.DEFAULT.withDeadlineAfter(300, TimeUnit.MILLISECONDS), "x"));
        assertThat(late.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(call("and on")).isEqualTo("and on");
    }

    @Test
    void callsOfOneConnectionAreBalancedOneByOne() throws Exception {
        connect(server("a"), server("b"));
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < 40; i++) {
            counts.merge(call(""), 1, Integer::sum);
        }
        assertThat(counts).isEqualTo(Map.of("a", 20, "b", 20));
        assertThat(edge.forwarder().activeConnections(edge.listener())).isEqualTo(1);
    }

    @Test
    void withoutAServerACallIsUnavailable() throws Exception {
        Server server = server("a");
        connect(server);
        assertThat(call("hello")).isEqualTo("hello");
        edge.forwarder().serve(GroupPlanBuilder.group("web").build());
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> call("hello"));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void theHealthServiceDecides() throws Exception {
        Server server = server("a");
        HealthCheckPlan check =
                HealthCheckPlanBuilder.grpc(20, 20_000).backend(GRPC).build();
        edge.forwarder().serve(HttpEdge.group("web", server.getPort()));
        edge.serve(listener -> listener.backend(GRPC).check(check));
        String id = GroupPlanBuilder.id("web0", server.getPort());
        edge.forwarder().awaitHealth(GroupPlanBuilder.group("web").build().id(), id, Health.NORMAL);
        serving.set(2);
        edge.forwarder().awaitHealth(GroupPlanBuilder.group("web").build().id(), id, Health.ABNORMAL);
        assertThat(edge.forwarder()
                        .health(GroupPlanBuilder.group("web").build().id(), id)
                        .cause())
                .isEqualTo("not SERVING");
        serving.set(1);
        edge.forwarder().awaitHealth(GroupPlanBuilder.group("web").build().id(), id, Health.NORMAL);
    }
}
