package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.HttpEdge;
import dev.slb.forwarder.l7.TestTls;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.BackendPlan;
import dev.slb.testing.Sockets;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.integration.AbstractInteropTest;
import io.grpc.testing.integration.TestServiceImpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import javax.net.ssl.SSLException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import static dev.slb.testing.Loopback.ADDRESS;

/**
 * The cases of gRPC's own interoperability suite, as grpc-java has them: its client, an HTTPS listener, its server.
 * Those about credentials (of Google's clouds, per call, ALTS), xDS and ORCA are not here: what they are about is an
 * account or a control plane that we have not, and a proxy adds nothing to them. The soak cases are long, and are
 * {@code large_unary} over and over; {@code pick_first_unary} is about what a client chooses among addresses, and
 * {@code cacheable_unary} needs a server that takes calls by GET, which that of grpc-java does not.
 */
@ParameterizedClass
@EnumSource(
        value = BackendPlan.Protocol.class,
        names = {"GRPC", "H2C"})
@Sockets
class GrpcInteropTest {

    /** Without the call that a server must refuse for being compressed otherwise than it says: that of grpc-java doesn't look. */
    private static final boolean NO_PROBE = false;

    @Parameter
    BackendPlan.Protocol protocol;

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private HttpEdge edge;
    private Server server;
    private Client client;

    /** Calls through the listener. The suite would also look into its server, which here knows nothing of the client. */
    private static final class Client extends AbstractInteropTest {

        private final int port;

        Client(int port) {
            this.port = port;
        }

        @Override
        protected ManagedChannelBuilder<?> createChannelBuilder() {
            try {
                return NettyChannelBuilder.forAddress(ADDRESS, port)
                        .overrideAuthority("shop")
                        .maxInboundMessageSize(AbstractInteropTest.MAX_MESSAGE_SIZE)
                        .sslContext(GrpcSslContexts.forClient()
                                .trustManager(TestTls.AUTHORITY.getCertificate())
                                .build());
            } catch (SSLException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        protected boolean metricsExpected() {
            return false;
        }

        @Override
        protected int operationTimeoutMillis() {
            return 30_000;
        }
    }

    @BeforeEach
    void start() throws Exception {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(ADDRESS, 0))
                .maxInboundMessageSize(AbstractInteropTest.MAX_MESSAGE_SIZE)
                .addService(ServerInterceptors.intercept(new TestServiceImpl(timer), TestServiceImpl.interceptors()))
                .build()
                .start();
        edge = HttpEdge.http2(TransportKind.AUTO);
        edge.forwardTo(listener -> listener.backend(new BackendPlan(protocol, null)), server.getPort());
        client = new Client(edge.port());
        client.setUp();
    }

    @AfterEach
    void stop() throws Exception {
        client.tearDown();
        edge.close();
        server.shutdownNow().awaitTermination(20, TimeUnit.SECONDS);
        timer.shutdownNow();
    }

    @Test
    void emptyUnary() throws Exception {
        client.emptyUnary();
    }

    @Test
    void largeUnary() throws Exception {
        client.largeUnary();
    }

    @Test
    void clientCompressedUnary() throws Exception {
        client.clientCompressedUnary(NO_PROBE);
    }

    @Test
    void serverCompressedUnary() throws Exception {
        client.serverCompressedUnary();
    }

    @Test
    void clientStreaming() throws Exception {
        client.clientStreaming();
    }

    @Test
    void clientCompressedStreaming() throws Exception {
        client.clientCompressedStreaming(NO_PROBE);
    }

    @Test
    void serverStreaming() throws Exception {
        client.serverStreaming();
    }

    @Test
    void serverCompressedStreaming() throws Exception {
        client.serverCompressedStreaming();
    }

    @Test
    void pingPong() throws Exception {
        client.pingPong();
    }

    @Test
    void emptyStream() throws Exception {
        client.emptyStream();
    }

    @Test
    void customMetadata() throws Exception {
        client.customMetadata();
    }

    @Test
    void statusCodeAndMessage() throws Exception {
        client.statusCodeAndMessage();
    }

    @Test
    void specialStatusMessage() throws Exception {
        client.specialStatusMessage();
    }

    @Test
    void unimplementedMethod() {
        client.unimplementedMethod();
    }

    @Test
    void unimplementedService() {
        client.unimplementedService();
    }

    @Test
    void cancelAfterBegin() throws Exception {
        client.cancelAfterBegin();
    }

    @Test
    void cancelAfterFirstResponse() throws Exception {
        client.cancelAfterFirstResponse();
    }

    @Test
    void timeoutOnSleepingServer() throws Exception {
        client.timeoutOnSleepingServer();
    }

    @Test
    void veryLargeRequest() throws Exception {
        client.veryLargeRequest();
    }

    // Beyond the 19 cases of the suite's description, what its authors try besides and a proxy could spoil.

    @Test
    void veryLargeResponse() throws Exception {
        client.veryLargeResponse();
    }

    @Test
    void serverStreamingIsFlowControlled() throws Exception {
        client.serverStreamingShouldBeFlowControlled();
    }

    @Test
    void metadataOfUnaryAndOfStreamingCalls() throws Exception {
        client.exchangeMetadataUnaryCall();
        client.exchangeMetadataStreamingCall();
    }

    @Test
    void deadlines() throws Exception {
        client.deadlineNotExceeded();
        client.deadlineExceeded();
        client.deadlineExceededServerStreaming();
        client.deadlineInPast();
    }
}
