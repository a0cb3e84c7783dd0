package dev.slb.forwarder.admin;

import dev.slb.forwarder.Forwarder;
import dev.slb.forwarder.metrics.ForwarderMetrics;
import dev.slb.forwarder.transport.Faults;
import dev.slb.plan.PlanJson;
import dev.slb.plan.ReportAnswer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.concurrent.ScheduledFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** One connection to the admin port; one request at a time. */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);

    private static final long DEFAULT_HOLD_MILLIS = 30_000;
    private static final long MAX_HOLD_MILLIS = 60_000;
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json";

    private final Forwarder forwarder;
    private final Readiness readiness;
    private final ForwarderMetrics metrics;
    private CompletableFuture<Void> waiting;

    AdminHandler(Forwarder forwarder, Readiness readiness, ForwarderMetrics metrics) {
        this.forwarder = forwarder;
        this.readiness = readiness;
        this.metrics = metrics;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (waiting != null) { // pipelined behind a poll: answers would come in the wrong order
            ctx.close();
            return;
        }
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        if (request.decoderResult().isFailure()) {
            text(ctx, false, HttpResponseStatus.BAD_REQUEST, "not an HTTP request");
        } else if (!request.method().equals(HttpMethod.GET)) {
            text(ctx, keepAlive, HttpResponseStatus.METHOD_NOT_ALLOWED, "only GET");
        } else {
            get(ctx, keepAlive, new QueryStringDecoder(request.uri()));
        }
    }

    private void get(ChannelHandlerContext ctx, boolean keepAlive, QueryStringDecoder target) {
        switch (target.path()) {
            case "/healthz" -> text(ctx, keepAlive, HttpResponseStatus.OK, "ok");
            case "/readyz" -> {
                String missing = readiness.missing();
                text(
                        ctx,
                        keepAlive,
                        missing == null ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
                        missing == null ? "ok" : missing);
            }
            case "/stats" -> json(ctx, keepAlive, forwarder.stats());
            case "/metrics" -> metrics(ctx, keepAlive, target);
            case "/report" -> report(ctx, keepAlive, target);
            default -> text(ctx, keepAlive, HttpResponseStatus.NOT_FOUND, "not here");
        }
    }

    private void report(ChannelHandlerContext ctx, boolean keepAlive, QueryStringDecoder target) {
        Long after;
        long holdMillis;
        try {
            after = number(target, "after");
            Long hold = number(target, "timeoutMillis");
            holdMillis = hold == null ? DEFAULT_HOLD_MILLIS : Math.max(0, Math.min(hold, MAX_HOLD_MILLIS));
        } catch (NumberFormatException e) {
            text(ctx, keepAlive, HttpResponseStatus.BAD_REQUEST, "after and timeoutMillis are whole numbers");
            return;
        }
        if (after == null) {
            json(ctx, keepAlive, forwarder.report());
            return;
        }
        boolean changes = isTrue(target, "changes");
        CompletableFuture<Void> next = forwarder.reportAfter(after).toCompletableFuture();
        waiting = next;
        ScheduledFuture<?> timeout =
                ctx.executor().schedule(() -> next.complete(null), holdMillis, TimeUnit.MILLISECONDS);
        next.whenCompleteAsync(
                (changed, cancelled) -> {
                    waiting = null;
                    timeout.cancel(false);
                    if (cancelled == null) {
                        json(ctx, keepAlive, changes ? answerSince(after) : forwarder.report());
                    }
                },
                ctx.executor());
    }

    private ReportAnswer answerSince(long seen) {
        return forwarder
                .changesSince(seen)
                .<ReportAnswer>map(changes -> changes)
                .orElseGet(forwarder::report);
    }

    private void metrics(ChannelHandlerContext ctx, boolean keepAlive, QueryStringDecoder target) {
        String text = metrics.scrape(isTrue(target, "servers"));
        answer(ctx, keepAlive, HttpResponseStatus.OK, ForwarderMetrics.CONTENT_TYPE, text);
    }

    private static boolean isTrue(QueryStringDecoder target, String name) {
        List<String> values = target.parameters().get(name);
        return values != null && values.get(0).equals("true");
    }

    private static Long number(QueryStringDecoder target, String name) {
        List<String> values = target.parameters().get(name);
        return values == null ? null : Long.valueOf(values.get(0));
    }

    private static void json(ChannelHandlerContext ctx, boolean keepAlive, Object value) {
        answer(ctx, keepAlive, HttpResponseStatus.OK, JSON, PlanJson.write(value));
    }

    private static void text(ChannelHandlerContext ctx, boolean keepAlive, HttpResponseStatus status, String line) {
        answer(ctx, keepAlive, status, TEXT, line + "\n");
    }

    private static void answer(
            ChannelHandlerContext ctx, boolean keepAlive, HttpResponseStatus status, String type, String content) {
        ByteBuf body = Unpooled.wrappedBuffer(content.getBytes(StandardCharsets.UTF_8));
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, type)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                .set(HttpHeaderNames.CONNECTION, keepAlive ? HttpHeaderValues.KEEP_ALIVE : HttpHeaderValues.CLOSE);
        ctx.writeAndFlush(response)
                .addListener(keepAlive ? ChannelFutureListener.CLOSE_ON_FAILURE : ChannelFutureListener.CLOSE);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof IdleStateEvent) {
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (waiting != null) {
            waiting.cancel(false);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (Faults.isOfConnection(cause)) {
            LOG.debug("admin connection {} failed", ctx.channel(), cause);
        } else {
            forwarder.transport().faults().tell("an answer of the admin port", cause);
        }
        ctx.close();
    }
}
