package dev.slb.cli.echo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The control port of a demo backend. */
final class ControlHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final String HELP = """
            POST /-/fail?mode=refuse|hang|error   refuse (default): like a crash; hang: like a stuck process; error: 503
            POST /-/unready                       only the readiness probe fails
            POST /-/recover
            GET  /-/stats                         what it saw, probes apart
            """;

    private static final JsonMapper MAPPER = new JsonMapper();

    private final EchoServer server;

    ControlHandler(EchoServer server) {
        this.server = server;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        boolean post = request.method().equals(HttpMethod.POST);
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        switch (uri.path()) {
            case "/-/stats" -> answer(ctx, keepAlive, HttpResponseStatus.OK, stats());
            case "/-/fail" -> {
                String mode = uri.parameters()
                        .getOrDefault("mode", List.of(EchoState.REFUSE.text()))
                        .get(0);
                if (!List.of("refuse", "hang", "error").contains(mode)) {
                    answer(ctx, keepAlive, HttpResponseStatus.BAD_REQUEST, "mode must be refuse, hang or error\n");
                } else {
                    become(ctx, post, keepAlive, EchoState.of(mode));
                }
            }
            case "/-/unready" -> become(ctx, post, keepAlive, EchoState.UNREADY);
            case "/-/recover" -> become(ctx, post, keepAlive, EchoState.SERVING);
            default -> answer(ctx, keepAlive, HttpResponseStatus.NOT_FOUND, HELP);
        }
    }

    private void become(ChannelHandlerContext ctx, boolean post, boolean keepAlive, EchoState state) {
        if (!post) {
            answer(ctx, keepAlive, HttpResponseStatus.METHOD_NOT_ALLOWED, "use POST\n");
            return;
        }
        // Binding and closing wait for the event loops, so not on one of them.
        CompletableFuture.runAsync(() -> {
            try {
                server.become(state);
                answer(ctx, keepAlive, HttpResponseStatus.OK, server.name() + " " + state.text() + "\n");
            } catch (IOException e) {
                answer(ctx, keepAlive, HttpResponseStatus.INTERNAL_SERVER_ERROR, e.getMessage() + "\n");
            }
        });
    }

    private String stats() {
        try {
            return MAPPER.writeValueAsString(server.stats()) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of numbers that can't be written as JSON", e);
        }
    }

    private static void answer(ChannelHandlerContext ctx, boolean keepAlive, HttpResponseStatus status, String text) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
        HttpUtil.setContentLength(response, response.content().readableBytes());
        HttpUtil.setKeepAlive(response, keepAlive);
        response.headers()
                .set(
                        HttpHeaderNames.CONTENT_TYPE,
                        text.startsWith("{") ? "application/json" : "text/plain; charset=utf-8");
        ctx.writeAndFlush(response)
                .addListener(keepAlive ? ChannelFutureListener.CLOSE_ON_FAILURE : ChannelFutureListener.CLOSE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
