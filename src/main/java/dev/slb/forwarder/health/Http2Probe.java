package dev.slb.forwarder.health;

import dev.slb.forwarder.l7.head.Interims;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.l7.http2.AnswerFields;
import dev.slb.forwarder.proxy.ProxyHeaderSender;
import dev.slb.forwarder.tls.BackendTls;
import dev.slb.forwarder.tls.HandshakeFailure;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.CodeRange;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ProbeType;
import dev.slb.plan.ProxyProtocolPlan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Frame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * One request of HTTP/2 on a connection of its own: a plain one, whose status decides, or a call of gRPC's health service
 * ({@code grpc.health.v1.Health/Check} for the server as a whole), which must answer {@code SERVING}.
 */
final class Http2Probe extends ConnectionProbe {

    private static final String GRPC_PATH = "/grpc.health.v1.Health/Check";

    /** A message of gRPC: not compressed, and empty, since no service is named. */
    private static final byte[] GRPC_REQUEST = {0, 0, 0, 0, 0};

    /** The prefix of a message of gRPC, and in it field 1 with the value 1. */
    private static final byte[] GRPC_SERVING = {0, 0, 0, 0, 2, 8, 1};

    private static final int MAX_BODY_BYTES = 8 * 1024;

    private final BackendTls tls;
    private final InetSocketAddress address;
    private final boolean grpc;
    private final String method;
    private final String path;
    private final String host;
    private final List<CodeRange> expectedCodes;
    private final ProxyProtocolPlan.Version proxy;

    /** @param tls null for clear text */
    Http2Probe(HealthCheckPlan plan, Transport transport, BackendTls tls, InetSocketAddress address) {
        super(transport, address);
        this.tls = tls;
        this.address = address;
        this.grpc = plan.type() == ProbeType.GRPC;
        this.method = grpc ? "POST" : plan.method();
        this.path = grpc ? GRPC_PATH : plan.path();
        this.host = plan.host() != null && !plan.host().isEmpty()
                ? plan.host()
                : HttpProbe.authority(address, tls == null ? 80 : 443);
        this.expectedCodes = plan.expectedCodes();
        this.proxy = plan.proxy();
    }

    @Override
    ChannelHandler newHandler(SocketChannel channel, Loop loop, Result result) {
        if (proxy != null) {
            channel.pipeline().addLast(ProxyHeaderSender.ofNobody(proxy));
        }
        if (tls != null) {
            channel.pipeline().addLast(tls.newHandler(channel.alloc(), address)); // holds back what is sent too early
        }
        channel.pipeline()
                .addLast(
                        Http2FrameCodecBuilder.forClient()
                                .initialSettings(Http2Settings.defaultSettings()
                                        .pushEnabled(false)
                                        .maxHeaderListSize(ResponseHead.MAX_BYTES))
                                .build(),
                        new Http2MultiplexHandler(new ChannelInboundHandlerAdapter())); // there are no pushed streams
        return new Opener(new Exchange(channel, AnswerViews.of(loop), result));
    }

    /** Opens the one stream, and has an eye on the connection. */
    private static final class Opener extends ChannelInboundHandlerAdapter {

        private final Exchange exchange;

        Opener(Exchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            new Http2StreamChannelBootstrap(ctx.channel())
                    .handler(exchange)
                    .open()
                    .addListener(opened -> {
                        if (!opened.isSuccess()) {
                            exchange.failed(opened.cause());
                        }
                    });
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object frame) {
            ReferenceCountUtil.release(frame); // of the connection: settings and pings, which the codec has dealt with
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake && !handshake.isSuccess()) {
                exchange.tell("TLS: " + HandshakeFailure.text(handshake.cause()));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            exchange.failed(cause);
        }
    }

    private Http2Headers request() {
        Http2Headers headers = new DefaultHttp2Headers()
                .method(method)
                .scheme(tls == null ? "http" : "https")
                .authority(host)
                .path(path)
                .set("user-agent", HttpProbe.USER_AGENT);
        return grpc
                ? headers.set("content-type", "application/grpc").set("te", "trailers")
                : headers.set("accept", "*/*");
    }

    /** Reads the answer as traffic would. */
    private final class Exchange extends SimpleChannelInboundHandler<Http2Frame> {

        private final SocketChannel connection;
        private final AnswerViews views;
        private final Result result;
        private final Interims interims = new Interims();
        private final ByteBuf message = Unpooled.buffer(GRPC_SERVING.length);
        private boolean answered;
        private boolean told;
        private int bodyBytes;

        Exchange(SocketChannel connection, AnswerViews views, Result result) {
            this.connection = connection;
            this.views = views;
            this.result = result;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.write(new DefaultHttp2HeadersFrame(request(), !grpc));
            if (grpc) {
                ctx.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(GRPC_REQUEST), true));
            }
            ctx.flush();
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Http2Frame frame) {
            if (frame instanceof Http2HeadersFrame headers) {
                headers(headers.headers(), headers.isEndStream());
            } else if (frame instanceof Http2DataFrame data) {
                bodyBytes += data.content().readableBytes();
                message.writeBytes(
                        data.content(),
                        data.content().readerIndex(),
                        Math.min(
                                GRPC_SERVING.length + 1 - message.readableBytes(),
                                data.content().readableBytes()));
                if (data.isEndStream() || bodyBytes >= MAX_BODY_BYTES) {
                    tell("ended without grpc-status");
                }
            }
        }

        private void headers(Http2Headers headers, boolean end) {
            if (answered) {
                trailers(headers, end);
                return;
            }
            ResponseHead head = views.head();
            ByteBuf in = AnswerFields.read(
                    headers, end, method.equals("HEAD"), true, head, views.writer(), connection.alloc());
            if (in == null) {
                tell(NO_ANSWER);
                return;
            }
            in.release();
            if (!head.isInterim()) {
                answered = true;
                answer(head.status(), headers, end);
            } else if (!interims.add(head)) {
                tell(TOO_MANY_INTERIMS);
            }
        }

        private void answer(int code, Http2Headers headers, boolean end) {
            if (!grpc) {
                tell(expectedCodes.stream().anyMatch(range -> range.contains(code)) ? null : "status " + code);
            } else if (code != 200) {
                tell("status " + code);
            } else if (end) { // trailers only
                status(headers);
            }
        }

        private void trailers(Http2Headers trailers, boolean end) {
            if (end && AnswerFields.readTrailers(trailers, views.writer().clear())) {
                status(trailers);
            } else {
                tell(NO_ANSWER);
            }
        }

        /** @param fields that a call ends with */
        private void status(Http2Headers fields) {
            CharSequence status = fields.get("grpc-status");
            if (status == null || !"0".contentEquals(status)) {
                tell(status == null ? "ended without grpc-status" : "grpc-status " + code(status));
            } else {
                tell(message.equals(Unpooled.wrappedBuffer(GRPC_SERVING)) ? null : "not SERVING");
            }
        }

        /** A status as a number, since it is told to people: whatever else it may be is not. */
        private static int code(CharSequence status) {
            int code = 0;
            for (int i = 0; i < status.length() && i < 4; i++) {
                char c = status.charAt(i);
                code = c >= '0' && c <= '9' ? 10 * code + c - '0' : -1;
                if (code < 0) {
                    return code;
                }
            }
            return code;
        }

        void failed(Throwable cause) {
            tell(text(cause));
        }

        /** @param cause null: the server is good */
        void tell(String cause) {
            if (!told) {
                told = true;
                if (cause == null) {
                    result.success();
                } else {
                    result.failure(cause);
                }
            }
            connection.close();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof Http2ResetFrame reset) {
                tell("stream reset with error " + reset.errorCode());
            }
            ReferenceCountUtil.release(event); // a GOAWAY has a buffer
        }

        /** The stream has ended, with or without a verdict: the server may have gone away before it. */
        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            connection.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failed(cause);
        }
    }
}
