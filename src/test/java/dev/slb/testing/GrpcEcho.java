package dev.slb.testing;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A server of grpc-java on 127.0.0.1: texts in all four kinds of calls, and the standard health service. */
public final class GrpcEcho implements AutoCloseable {

    /** Answers the request itself, and an empty one with the server's name; "refuse" is refused with {@link #DETAIL}. */
    public static final MethodDescriptor<String, String> UNARY = text("Unary", MethodDescriptor.MethodType.UNARY);

    /** Counts from 1 to the number in the request. */
    public static final MethodDescriptor<String, String> COUNT =
            text("Count", MethodDescriptor.MethodType.SERVER_STREAMING);

    /** Joins all that it is sent. */
    public static final MethodDescriptor<String, String> JOIN =
            text("Join", MethodDescriptor.MethodType.CLIENT_STREAMING);

    /** Answers each text with "you said " and the text. */
    public static final MethodDescriptor<String, String> TALK =
            text("Talk", MethodDescriptor.MethodType.BIDI_STREAMING);

    /** Says "waiting" and then nothing more, also beyond the deadline, so that it is the client who ends it; that is counted. */
    public static final MethodDescriptor<String, String> HANG =
            text("Hang", MethodDescriptor.MethodType.SERVER_STREAMING);

    /** How many calls of {@link #HANG} were cancelled, deadlines included. */
    public static final MethodDescriptor<String, String> CANCELLED =
            text("Cancelled", MethodDescriptor.MethodType.UNARY);

    /** Milliseconds until the deadline of the call as the server knows it, or "none". */
    public static final MethodDescriptor<String, String> DEADLINE = text("Deadline", MethodDescriptor.MethodType.UNARY);

    /** The port from which the client connected to the load balancer, as that says. */
    public static final MethodDescriptor<String, String> CLIENT_PORT =
            text("ClientPort", MethodDescriptor.MethodType.UNARY);

    /** Sets what {@link #HEALTH} answers: 1 is SERVING, 2 NOT_SERVING. */
    public static final MethodDescriptor<String, String> SET_HEALTH =
            text("SetHealth", MethodDescriptor.MethodType.UNARY);

    /** grpc.health.v1, its two messages in their encoding. */
    public static final MethodDescriptor<byte[], byte[]> HEALTH = MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("grpc.health.v1.Health/Check")
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();

    /** A trailer of refused calls. */
    public static final Metadata.Key<byte[]> DETAIL = Metadata.Key.of("detail-bin", Metadata.BINARY_BYTE_MARSHALLER);

    private static final Metadata.Key<String> SOURCE_PORT =
            Metadata.Key.of("x-forwarded-client-srcport", Metadata.ASCII_STRING_MARSHALLER);
    private static final Context.Key<String> CALLERS_PORT = Context.key("source-port");

    private final AtomicInteger cancelled = new AtomicInteger();
    private final AtomicInteger serving = new AtomicInteger(1);
    private final Server server;

    private GrpcEcho(String name, int port) throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
                .addService(echo(name))
                .addService(health())
                .intercept(new SourcePort())
                .addStreamTracerFactory(new EndlessHang())
                .build()
                .start();
    }

    /** Has {@link #HANG} not know its deadline: the server's end of it would race with the client's. */
    private static final class EndlessHang extends ServerStreamTracer.Factory {

        private static final Metadata.Key<String> TIMEOUT =
                Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);

        @Override
        public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
            if (method.equals(HANG.getFullMethodName())) {
                headers.discardAll(TIMEOUT);
            }
            return new ServerStreamTracer() {};
        }
    }

    /** Starts on a port, or with 0 on any. */
    public static GrpcEcho start(String name, int port) throws IOException {
        return new GrpcEcho(name, port);
    }

    public int port() {
        return server.getPort();
    }

    public int cancelled() {
        return cancelled.get();
    }

    public void setHealth(int status) {
        serving.set(status);
    }

    public void awaitTermination() throws InterruptedException {
        server.awaitTermination();
    }

    @Override
    public void close() throws InterruptedException {
        server.shutdownNow().awaitTermination(20, TimeUnit.SECONDS);
    }

    private ServerServiceDefinition echo(String name) {
        return ServerServiceDefinition.builder("slb.test.Echo")
                .addMethod(UNARY, ServerCalls.asyncUnaryCall((request, answers) -> {
                    if (request.equals("refuse")) {
                        refuse(answers);
                    } else {
                        answer(answers, request.isEmpty() ? name : request);
                    }
                }))
                .addMethod(COUNT, ServerCalls.asyncServerStreamingCall((request, answers) -> {
                    for (int i = 1; i <= Integer.parseInt(request); i++) {
                        answers.onNext(String.valueOf(i));
                    }
                    answers.onCompleted();
                }))
                .addMethod(JOIN, ServerCalls.asyncClientStreamingCall(Joining::new))
                .addMethod(TALK, ServerCalls.asyncBidiStreamingCall(Talking::new))
                .addMethod(HANG, ServerCalls.asyncServerStreamingCall((request, answers) -> {
                    Context.current().addListener(context -> cancelled.incrementAndGet(), Runnable::run);
                    answers.onNext("waiting");
                }))
                .addMethod(CANCELLED, answering(() -> String.valueOf(cancelled.get())))
                .addMethod(DEADLINE, answering(GrpcEcho::untilDeadline))
                .addMethod(CLIENT_PORT, answering(() -> String.valueOf(CALLERS_PORT.get())))
                .addMethod(SET_HEALTH, ServerCalls.asyncUnaryCall((request, answers) -> {
                    setHealth(Integer.parseInt(request));
                    answer(answers, request);
                }))
                .build();
    }

    private ServerServiceDefinition health() {
        return ServerServiceDefinition.builder("grpc.health.v1.Health")
                .addMethod(
                        HEALTH,
                        ServerCalls.asyncUnaryCall((request, answers) ->
                                answer(answers, new byte[] {8, (byte) serving.get()})))
                .build();
    }

    private static void refuse(StreamObserver<?> answers) {
        Metadata trailers = new Metadata();
        trailers.put(DETAIL, new byte[] {0, 1, (byte) 0xFF});
        answers.onError(Status.PERMISSION_DENIED.withDescription("not you").asRuntimeException(trailers));
    }

    private static <T> void answer(StreamObserver<T> answers, T value) {
        answers.onNext(value);
        answers.onCompleted();
    }

    private static ServerCallHandler<String, String> answering(Supplier<String> value) {
        return ServerCalls.asyncUnaryCall((request, answers) -> answer(answers, value.get()));
    }

    private static String untilDeadline() {
        var deadline = Context.current().getDeadline();
        return deadline == null ? "none" : String.valueOf(deadline.timeRemaining(TimeUnit.MILLISECONDS));
    }

    private static MethodDescriptor<String, String> text(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.<String, String>newBuilder()
                .setType(type)
                .setFullMethodName("slb.test.Echo/" + name)
                .setRequestMarshaller(new Text())
                .setResponseMarshaller(new Text())
                .build();
    }

    private record SourcePort() implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            Context context = Context.current().withValue(CALLERS_PORT, headers.get(SOURCE_PORT));
            return Contexts.interceptCall(context, call, headers, next);
        }
    }

    private static final class Joining implements StreamObserver<String> {
        private final StreamObserver<String> answers;
        private final StringBuilder all = new StringBuilder();

        Joining(StreamObserver<String> answers) {
            this.answers = answers;
        }

        @Override
        public void onNext(String value) {
            all.append(value);
        }

        @Override
        public void onError(Throwable failure) {} // the client is gone

        @Override
        public void onCompleted() {
            answer(answers, all.toString());
        }
    }

    private record Talking(StreamObserver<String> answers) implements StreamObserver<String> {
        @Override
        public void onNext(String value) {
            answers.onNext("you said " + value);
        }

        @Override
        public void onError(Throwable failure) {} // the client is gone

        @Override
        public void onCompleted() {
            answers.onCompleted();
        }
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
}
