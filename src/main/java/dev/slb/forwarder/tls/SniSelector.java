package dev.slb.forwarder.tls;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.util.concurrent.Future;

import java.util.function.Supplier;

/** Reads for which host a client wants to speak, and makes way for the handler with the certificate for it. */
final class SniSelector extends AbstractSniHandler<ServerTls> {

    /** Clients send some hundred bytes; with post-quantum key shares and a ticket two or three thousand. */
    private static final int MAX_CLIENT_HELLO_BYTES = 32 * 1024;

    private final Supplier<ServerTls> current;

    SniSelector(Supplier<ServerTls> current) {
        super(MAX_CLIENT_HELLO_BYTES, 0); // Handshake has a timeout that begins earlier
        this.current = current;
    }

    @Override
    protected Future<ServerTls> lookup(ChannelHandlerContext ctx, String hostname) {
        return ctx.executor().newSucceededFuture(current.get());
    }

    @Override
    protected void onLookupComplete(ChannelHandlerContext ctx, String hostname, Future<ServerTls> future) {
        ctx.pipeline().replace(this, null, future.getNow().shownTo(hostname).newHandler(ctx.alloc()));
    }
}
