package dev.slb.cli.echo;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.util.ReferenceCountUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Answers the requests of one connection, one at a time.
 *
 * <pre>
 * /            any path: the pod's name, the request line and the headers, the size of the body
 * /readyz      200, or 503 while it should get nothing new
 * /status/N    status N
 * /bytes/N     N bytes; /bytes/N?chunked without a Content-Length
 * /slow?seconds=N   one line every 100 ms for N seconds
 * Upgrade: websocket   an echo of every message
 * </pre>
 */
final class EchoHandler extends ChannelInboundHandlerAdapter {

    private static final Logger LOG = LoggerFactory.getLogger(EchoHandler.class);
    private static final String SERVER_HEADER = "x-echo-server";
    private static final byte[] BLOCK = new byte[64 * 1024];
    private static final long SLOW_STEP_MILLIS = 100;

    private final EchoServer server;

    /** What arrived while an answer was being streamed, or while the server hung. */
    private final Queue<Object> waiting = new ArrayDeque<>(2);

    private HttpRequest request;
    private long bodyBytes;
    private boolean answering;
    private boolean active;
    private boolean taking;
    private Runnable whenWritable;

    EchoHandler(EchoServer server) {
        this.server = server;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        readMore(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        waiting.add(message);
        takeNext(ctx);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        readMore(ctx);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == EchoServer.Resume.NOW) {
            takeNext(ctx);
            readMore(ctx);
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    private boolean standsStill() {
        return answering || server.state() == EchoState.HANG;
    }

    private void readMore(ChannelHandlerContext ctx) {
        if (!standsStill() && waiting.isEmpty()) {
            ctx.read();
        }
    }

    private void takeNext(ChannelHandlerContext ctx) {
        if (taking) {
            return;
        }
        taking = true;
        try {
            while (!standsStill() && !waiting.isEmpty()) {
                take(ctx, waiting.poll());
            }
        } finally {
            taking = false;
        }
    }

    private void take(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof HttpRequest head) {
                begin(ctx, head);
            }
            if (message instanceof HttpContent content) {
                int size = content.content().readableBytes();
                bodyBytes += size;
                server.bodyBytes.add(size);
            }
            if (message instanceof LastHttpContent) {
                answering = true;
                answer(ctx);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest head) {
        request = head;
        bodyBytes = 0;
        active = true;
        server.active.increment();
        count(head.headers().get(HttpHeaderNames.USER_AGENT, ""));
        if (HttpUtil.is100ContinueExpected(head)) {
            ctx.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
    }

    private void count(String agent) {
        if (agent.startsWith("slb-health-check")) {
            server.httpProbes.increment();
        } else if (agent.startsWith("kube-probe")) {
            server.kubeletProbes.increment();
        } else {
            server.requests.increment();
        }
    }

    private void answer(ChannelHandlerContext ctx) {
        if (request.decoderResult().isFailure()) {
            text(
                    ctx,
                    HttpResponseStatus.BAD_REQUEST,
                    "not HTTP: " + request.decoderResult().cause());
            return;
        }
        if (server.state() == EchoState.ERROR) {
            text(ctx, HttpResponseStatus.SERVICE_UNAVAILABLE, "was told to fail");
            return;
        }
        if (request.headers().containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
            upgrade(ctx);
            return;
        }
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        String path = uri.path();
        try {
            if (path.equals("/readyz")) {
                text(ctx, server.isReady() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE, "");
            } else if (path.startsWith("/status/")) {
                text(ctx, HttpResponseStatus.valueOf(number(path.substring(8), 200, 599)), "");
            } else if (path.startsWith("/bytes/")) {
                bytes(
                        ctx,
                        number(path.substring(7), 0, Long.MAX_VALUE),
                        uri.parameters().containsKey("chunked"));
            } else if (path.equals("/slow")) {
                slow(
                        ctx,
                        number(
                                uri.parameters()
                                        .getOrDefault("seconds", List.of("10"))
                                        .get(0),
                                0,
                                86400));
            } else {
                text(ctx, HttpResponseStatus.OK, seen());
            }
        } catch (IllegalArgumentException e) {
            text(ctx, HttpResponseStatus.BAD_REQUEST, e.getMessage());
        }
    }

    private static int number(String text, int least, int most) {
        return (int) number(text, least, (long) most);
    }

    private static long number(String text, long least, long most) {
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException("not a number from " + least + " to " + most + ": " + text);
    }

    /** The request as it arrived. */
    private String seen() {
        StringBuilder text = new StringBuilder()
                .append(request.method())
                .append(' ')
                .append(request.uri())
                .append(' ')
                .append(request.protocolVersion());
        for (Map.Entry<String, String> header : request.headers()) {
            text.append('\n').append(header.getKey()).append(": ").append(header.getValue());
        }
        if (bodyBytes > 0) {
            text.append("\n\nbody: ").append(bodyBytes).append(" bytes");
        }
        return text.toString();
    }

    private void text(ChannelHandlerContext ctx, HttpResponseStatus status, String rest) {
        String body = server.name() + "\n" + (rest.isEmpty() ? "" : rest + "\n");
        boolean bodyless = status.code() == 204 || status.code() == 304;
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                status,
                bodyless ? Unpooled.EMPTY_BUFFER : Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        if (!bodyless) {
            HttpUtil.setContentLength(response, response.content().readableBytes());
        }
        boolean keepAlive = head(response);
        ctx.writeAndFlush(response);
        end(ctx, keepAlive);
    }

    private void bytes(ChannelHandlerContext ctx, long size, boolean chunked) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream");
        if (!chunked) {
            HttpUtil.setContentLength(response, size);
        } else if (request.protocolVersion().isKeepAliveDefault()) {
            HttpUtil.setTransferEncodingChunked(response, true);
        }
        boolean keepAlive = head(response);
        ctx.write(response);
        send(ctx, request.method().equals(HttpMethod.HEAD) ? 0 : size, keepAlive);
    }

    /** Writes while the connection takes it, and goes on when it does again. */
    private void send(ChannelHandlerContext ctx, long size, boolean keepAlive) {
        long left = size;
        while (left > 0 && ctx.channel().isWritable()) {
            int length = (int) Math.min(left, BLOCK.length);
            ctx.write(new DefaultHttpContent(Unpooled.wrappedBuffer(BLOCK, 0, length)));
            left -= length;
            if (!ctx.channel().isWritable()) {
                ctx.flush();
            }
        }
        if (left > 0) {
            long rest = left;
            whenWritable = () -> send(ctx, rest, keepAlive);
            return;
        }
        ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
        end(ctx, keepAlive);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Runnable next = whenWritable;
        if (next != null && ctx.channel().isWritable()) {
            whenWritable = null;
            next.run();
        }
    }

    private void slow(ChannelHandlerContext ctx, int seconds) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
        if (request.protocolVersion().isKeepAliveDefault()) {
            HttpUtil.setTransferEncodingChunked(response, true);
        }
        boolean keepAlive = head(response);
        ctx.writeAndFlush(response);
        boolean silent = request.method().equals(HttpMethod.HEAD);
        tick(ctx, 1, silent ? 0 : TimeUnit.SECONDS.toMillis(seconds) / SLOW_STEP_MILLIS, keepAlive);
    }

    private void tick(ChannelHandlerContext ctx, long step, long steps, boolean keepAlive) {
        if (!ctx.channel().isActive()) {
            return;
        }
        if (step > steps) {
            ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            end(ctx, keepAlive);
            return;
        }
        String line = server.name() + " " + step + " of " + steps + "\n";
        ctx.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(line, StandardCharsets.UTF_8)));
        ctx.executor().schedule(() -> tick(ctx, step + 1, steps, keepAlive), SLOW_STEP_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Adds what every answer has, and says whether the connection stays open after it. */
    private boolean head(HttpResponse response) {
        response.headers().set(SERVER_HEADER, server.name());
        boolean delimited = HttpUtil.isContentLengthSet(response)
                || HttpUtil.isTransferEncodingChunked(response)
                || response instanceof FullHttpResponse;
        boolean keepAlive = delimited
                && HttpUtil.isKeepAlive(request)
                && !server.isDraining()
                && !request.decoderResult().isFailure();
        HttpUtil.setKeepAlive(response.headers(), request.protocolVersion(), keepAlive);
        return keepAlive;
    }

    private void end(ChannelHandlerContext ctx, boolean keepAlive) {
        active = false;
        server.active.decrement();
        if (keepAlive) {
            answering = false;
            takeNext(ctx);
            readMore(ctx);
        } else {
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void upgrade(ChannelHandlerContext ctx) {
        WebSocketServerHandshaker handshaker =
                new WebSocketServerHandshakerFactory(request.uri(), null, false, 1 << 20).newHandshaker(request);
        if (handshaker == null) {
            WebSocketServerHandshakerFactory.sendUnsupportedVersionResponse(ctx.channel());
            end(ctx, false);
            return;
        }
        DefaultFullHttpRequest full = new DefaultFullHttpRequest(
                request.protocolVersion(),
                request.method(),
                request.uri(),
                Unpooled.EMPTY_BUFFER,
                request.headers(),
                new DefaultHttpHeaders());
        handshaker
                .handshake(
                        ctx.channel(),
                        full,
                        new DefaultHttpHeaders().set(SERVER_HEADER, server.name()),
                        ctx.newPromise())
                .addListener(done -> {
                    if (done.isSuccess()) {
                        // From here on the other handler counts this connection as active.
                        active = false;
                        ctx.pipeline().replace(this, null, new WebSocketEcho(server));
                    } else {
                        ctx.close();
                    }
                });
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (active) {
            active = false;
            server.active.decrement();
        }
        whenWritable = null;
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("{}: connection from {} broke", server.name(), ctx.channel().remoteAddress(), cause);
        ctx.close();
    }
}
