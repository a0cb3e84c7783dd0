package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.l7.TestTls;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.plan.Health;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.GrpcEcho;
import dev.slb.testing.HealthCheckPlanBuilder;
import dev.slb.testing.Sockets;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** Clients and servers of grpc-java, with an HTTPS listener between them. */
@Sockets
class GrpcTest {

    private static final BackendPlan GRPC = new BackendPlan(BackendPlan.Protocol.GRPC, null);

    private HttpEdge edge;
    private ManagedChannel channel;

    private GrpcEcho server(String name) throws IOException {
        return edge.closing(GrpcEcho.start(name, 0));
    }

    private void connect(GrpcEcho... servers) throws IOException {
        int[] ports = new int[servers.length];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = servers[i].port();
        }
        edge.forwardTo(listener -> listener.backend(GRPC), ports);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", edge.port())
                .overrideAuthority("shop")
                .sslContext(GrpcSslContexts.forClient()
                        .trustManager(TestTls.AUTHORITY.getCertificate())
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
        return ClientCalls.blockingUnaryCall(channel, GrpcEcho.UNARY, patient(), request);
    }

    @Test
    void unaryCallsAndTheirErrors() throws Exception {
        connect(server("a"));
        assertThat(call("hello")).isEqualTo("hello");
        assertThat(call("x".repeat(1_000_000))).hasSize(1_000_000);
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> call("refuse"));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(refused.getStatus().getDescription()).isEqualTo("not you");
        assertThat(refused.getTrailers()).isNotNull();
        assertThat(refused.getTrailers().get(GrpcEcho.DETAIL)).containsExactly(0, 1, 0xFF);
        assertThat(call("and on")).isEqualTo("and on");
    }

    @Test
    void streamsFromTheServerAndFromTheClient() throws Exception {
        connect(server("a"));
        Iterator<String> counted = ClientCalls.blockingServerStreamingCall(channel, GrpcEcho.COUNT, patient(), "1000");
        List<String> all = new ArrayList<>();
        counted.forEachRemaining(all::add);
        assertThat(all).hasSize(1000).endsWith("999", "1000");

        BlockingQueue<String> joined = new LinkedBlockingQueue<>();
        StreamObserver<String> requests =
                ClientCalls.asyncClientStreamingCall(channel.newCall(GrpcEcho.JOIN, patient()), answersTo(joined));
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
                ClientCalls.asyncBidiStreamingCall(channel.newCall(GrpcEcho.TALK, patient()), answersTo(answers));
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
        GrpcEcho server = server("a");
        connect(server);
        assertThat(call("hello")).isEqualTo("hello");
        Iterator<String> answers = ClientCalls.blockingServerStreamingCall(
                channel, GrpcEcho.HANG, CallOptions.DEFAULT.withDeadlineAfter(3, TimeUnit.SECONDS), "");
        assertThat(answers.next()).isEqualTo("waiting");
        StatusRuntimeException late =
                catchThrowableOfType(StatusRuntimeException.class, () -> answers.forEachRemaining(answer -> {}));
        assertThat(late.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        await(() -> server.cancelled() == 1);
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
        GrpcEcho server = server("a");
        connect(server);
        assertThat(call("hello")).isEqualTo("hello");
        edge.forwarder().serve(GroupPlanBuilder.group("web").build());
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, () -> call("hello"));
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void theHealthServiceDecides() throws Exception {
        GrpcEcho server = server("a");
        HealthCheckPlan check =
                HealthCheckPlanBuilder.grpc(20, 20_000).backend(GRPC).build();
        edge.forwarder().serve(HttpEdge.group("web", server.port()));
        edge.serve(listener -> listener.backend(GRPC).check(check));
        String id = GroupPlanBuilder.id("web0", server.port());
        edge.forwarder().awaitHealth(GroupPlanBuilder.group("web").build().id(), id, Health.NORMAL);
        server.setHealth(2);
        edge.forwarder().awaitHealth(GroupPlanBuilder.group("web").build().id(), id, Health.ABNORMAL);
        assertThat(edge.forwarder()
                        .health(GroupPlanBuilder.group("web").build().id(), id)
                        .cause())
                .isEqualTo("not SERVING");
        server.setHealth(1);
        edge.forwarder().awaitHealth(GroupPlanBuilder.group("web").build().id(), id, Health.NORMAL);
    }
}
