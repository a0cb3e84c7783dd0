package dev.slb.forwarder.tls;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;

import javax.net.ssl.SSLEngine;

/**
 * Ends a connection of BoringSSL after a fatal alert, at once (RFC 8446, section 6.2). The handler of Netty sends the alert, and
 * would tell nobody of its cause before more comes in.
 */
final class FatalAlertWatch extends ChannelInboundHandlerAdapter {

    private final ReferenceCountedOpenSslEngine engine;

    private FatalAlertWatch(ReferenceCountedOpenSslEngine engine) {
        this.engine = engine;
    }

    /** To be told of a handshake that is done, by the handler that comes next. */
    static void behind(SSLEngine engine, ChannelHandlerContext next) {
        if (engine instanceof ReferenceCountedOpenSslEngine boringSsl) {
            next.pipeline().addBefore(next.name(), null, new FatalAlertWatch(boringSsl));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        if (isBroken()) {
            ctx.close();
        }
    }

    /** It reads no more, and not for a close_notify: that would have ended the engine's inbound. */
    private boolean isBroken() {
        return engine.refCnt() > 0
                && !engine.isInboundDone()
                && (SSL.getShutdown(engine.sslPointer()) & SSL.SSL_RECEIVED_SHUTDOWN) != 0;
    }
}
