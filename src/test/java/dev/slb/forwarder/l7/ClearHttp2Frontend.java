package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.Wire;
import dev.slb.forwarder.l7.http1.ClientConnection;
import dev.slb.forwarder.l7.http2.Http2ClientConnection;
import dev.slb.forwarder.l7.route.HttpRuntime;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.ListenerTable;
import dev.slb.forwarder.table.StreamFrontend;
import dev.slb.forwarder.transport.Loop;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;

import java.util.List;

/**
 * What {@link HttpFrontend} is once a handshake has said which protocol follows, without the handshake: clients of HTTP/2 come from
 * ports of their own.
 */
public final class ClearHttp2Frontend implements StreamFrontend {

    /** Clients that come from here, or from above, speak HTTP/2. */
    public static final int FIRST_HTTP2_PORT = 40_000;

    private final HttpRuntime listener;
    private final HttpLoop[] loops;

    public ClearHttp2Frontend(ListenerRuntime runtime) {
        listener = new HttpRuntime(runtime);
        List<Loop> all = runtime.transport().loops();
        loops = new HttpLoop[all.size()];
        all.forEach(loop -> loops[loop.index()] = new HttpLoop(loop, runtime.transport(), new LegsByProtocol()));
    }

    @Override
    public void install(ListenerTable next) {
        listener.install(next);
    }

    @Override
    public ChannelHandler newHandler(SocketChannel channel, Loop loop, Endpoints endpoints) {
        HttpLoop http = loops[loop.index()];
        return channel.remoteAddress().getPort() >= FIRST_HTTP2_PORT
                ? new Http2Begins(Http2ClientConnection.create(listener, channel, http, endpoints, Wire.clear(channel)))
                : new ClientConnection(listener, channel, http, endpoints, Wire.clear(channel));
    }

    /** Gives way as a handshake does when it is done: the connection is there by then. */
    private static final class Http2Begins extends ChannelInboundHandlerAdapter {

        private final Http2ClientConnection next;

        Http2Begins(Http2ClientConnection next) {
            this.next = next;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.pipeline().replace(this, null, next);
            ctx.fireChannelActive(); // to the one in its place
        }
    }
}
