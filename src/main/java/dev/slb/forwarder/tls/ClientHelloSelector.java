package dev.slb.forwarder.tls;

import dev.slb.forwarder.transport.TimeSource;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.util.concurrent.Future;

import java.util.function.Supplier;

/**
 * Reads to which host a client wants to speak and in which versions, and makes way for the handler with the certificate and
 * the protocols for it.
 */
final class ClientHelloSelector extends AbstractSniHandler<FrontendTls> {

    /** Clients send some hundred bytes; with post-quantum key shares and a ticket two or three thousand. */
    private static final int MAX_CLIENT_HELLO_BYTES = 32 * 1024;

    private final Supplier<FrontendTls> current;
    private final TimeSource time;
    private boolean offersTls12;

    ClientHelloSelector(Supplier<FrontendTls> current, TimeSource time) {
        super(MAX_CLIENT_HELLO_BYTES, 0); // Handshake has a timeout that begins earlier
        this.current = current;
        this.time = time;
    }

    @Override
    protected Future<FrontendTls> lookup(ChannelHandlerContext ctx, ByteBuf hello) throws Exception {
        offersTls12 = hello != null && ClientHello.offersTls12(hello);
        return super.lookup(ctx, hello);
    }

    @Override
    protected Future<FrontendTls> lookup(ChannelHandlerContext ctx, String hostname) {
        return ctx.executor().newSucceededFuture(current.get());
    }

    /** Without the dot of the root: SNI has none (RFC 6066, section 3), but some clients send what stands in a URL. */
    private static String relative(String hostname) {
        return hostname != null && hostname.endsWith(".") ? hostname.substring(0, hostname.length() - 1) : hostname;
    }

    @Override
    protected void onLookupComplete(ChannelHandlerContext ctx, String hostname, Future<FrontendTls> future) {
        ctx.pipeline()
                .replace(
                        this,
                        null,
                        future.getNow().shownTo(relative(hostname)).newHandler(offersTls12, time, ctx.alloc()));
    }
}
