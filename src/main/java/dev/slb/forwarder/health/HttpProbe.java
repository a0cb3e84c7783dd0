package dev.slb.forwarder.health;

import dev.slb.forwarder.l7.head.Interims;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.l7.http1.AnswerReader;
import dev.slb.forwarder.proxy.ProxyHeaderSender;
import dev.slb.forwarder.tls.BackendTls;
import dev.slb.forwarder.tls.HandshakeFailure;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import dev.slb.plan.CodeRange;
import dev.slb.plan.HealthCheckPlan;
import dev.slb.plan.ProxyProtocolPlan;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.NetUtil;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * One HTTP/1.1 request on a connection of its own, in clear text or over TLS. The status decides; of the body at most 8 KB are
 * read, so that an ordinary answer ends without a reset, and they have no effect (classic SLB).
 */
final class HttpProbe extends ConnectionProbe {

    /** How probes name themselves to servers, so that access logs can leave them out. */
    static final String USER_AGENT = "slb-health-check";

    private static final int MAX_BODY_BYTES = 8 * 1024;

    private final BackendTls tls;
    private final InetSocketAddress address;
    private final ProxyProtocolPlan.Version proxy;
    private final HttpMethod method;
    private final String path;
    private final String host;
    private final List<CodeRange> expectedCodes;

    /** @param tls null for clear text */
    HttpProbe(HealthCheckPlan plan, Transport transport, BackendTls tls, InetSocketAddress address) {
        super(transport, address);
        this.tls = tls;
        this.address = address;
        this.proxy = plan.proxy();
        this.method = HttpMethod.valueOf(plan.method());
        this.path = plan.path();
        this.host = plan.host() != null && !plan.host().isEmpty()
                ? plan.host()
                : authority(address, tls == null ? 80 : 443);
        this.expectedCodes = plan.expectedCodes();
    }

    static String authority(InetSocketAddress address, int usualPort) {
        String text = NetUtil.toSocketAddressString(address);
        return address.getPort() == usualPort ? text.substring(0, text.lastIndexOf(':')) : text;
    }

    @Override
    ChannelHandler newHandler(SocketChannel channel, Loop loop, Result result) {
        if (proxy != null) {
            channel.pipeline().addLast(ProxyHeaderSender.ofNobody(proxy));
        }
        if (tls != null) {
            channel.pipeline().addLast(tls.newHandler(channel.alloc(), address)); // holds back what is sent too early
        }
        channel.pipeline().addLast(new HttpRequestEncoder());
        return new Exchange(AnswerViews.of(loop), result);
    }

    private FullHttpRequest request() {
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, path, Unpooled.EMPTY_BUFFER);
        request.headers()
                .set(HttpHeaderNames.HOST, host)
                .set(HttpHeaderNames.USER_AGENT, USER_AGENT)
                .set(HttpHeaderNames.ACCEPT, "*/*")
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        return request;
    }

    private boolean isExpected(int code) {
        return expectedCodes.stream().anyMatch(range -> range.contains(code));
    }

    /** Reads the answer as traffic would. */
    private final class Exchange extends ChannelInboundHandlerAdapter {

        private final AnswerViews views;
        private final Result result;
        private final AnswerReader answers = new AnswerReader();
        private final Interims interims = new Interims();
        private boolean answered;
        private int bodyBytes;

        Exchange(AnswerViews views, Result result) {
            this.views = views;
            this.result = result;
            answers.begin(method.equals(HttpMethod.HEAD), false);
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.writeAndFlush(request(), ctx.voidPromise());
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            if (!answered) {
                answers.add(ctx.alloc(), in);
                read(ctx);
                return;
            }
            // After the whole answer the server closes, as it was asked to: so the waiting for stray packets is its
            // own.
            bodyBytes += in.readableBytes();
            in.release();
            if (bodyBytes >= MAX_BODY_BYTES) {
                ctx.close();
            }
        }

        private void read(ChannelHandlerContext ctx) {
            ResponseHead head = views.head();
            for (AnswerReader.Found found = answers.next(head, views.writer()); ; ) {
                switch (found) {
                    case NOTHING -> {
                        return;
                    }
                    case INTERIM -> {
                        if (!interims.add(head)) {
                            fail(TOO_MANY_INTERIMS);
                            ctx.close();
                            return;
                        }
                        answers.takeHead(head).release();
                        found = answers.next(head, views.writer());
                    }
                    case ANSWER -> {
                        answer(head.status());
                        answers.release();
                        return;
                    }
                    case INVALID, SWITCH -> { // nobody has asked for another protocol
                        fail(NO_ANSWER);
                        ctx.close();
                        return;
                    }
                }
            }
        }

        private void answer(int code) {
            answered = true;
            if (isExpected(code)) {
                result.success();
            } else {
                result.failure("status " + code);
            }
        }

        private void fail(String cause) {
            if (!answered) {
                answered = true;
                result.failure(cause);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake && !handshake.isSuccess()) {
                fail("TLS: " + HandshakeFailure.text(handshake.cause()));
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            answers.release();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            fail(text(cause));
            ctx.close();
        }
    }
}
