package dev.slb.forwarder.tls;

import dev.slb.forwarder.transport.TimeSource;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslHandler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The certificates of one version of a listener, and which of them a client gets. Immutable; event loops look it up for
 * each handshake, so that a connection that waited with its handshake gets what counts by then.
 */
public final class FrontendTls {

    /**
     * A certificate as it is shown to clients.
     *
     * @param old for clients that don't offer TLS 1.2 or higher, the same as {@code hold} where that makes no difference
     */
    record Shown(TlsContexts.ContextHold hold, TlsContexts.ContextHold old, Staple staple) {

        SslHandler newHandler(boolean offersTls12, TimeSource time, ByteBufAllocator allocator) {
            SslHandler handler = (offersTls12 ? hold : old).context().newHandler(allocator);
            handler.setHandshakeTimeoutMillis(0); // Handshake has one that begins earlier
            staple.to(handler.engine(), time.currentTimeMillis());
            return handler;
        }
    }

    private final Shown standard;
    private final Map<String, Shown> exact = new HashMap<>();
    /** By what follows the asterisk: {@code .example.com}. */
    private final Map<String, Shown> wildcards = new HashMap<>();

    private final List<TlsContexts.ContextHold> holds;

    FrontendTls(Shown standard, Map<String, Shown> byHost, List<TlsContexts.ContextHold> holds) {
        this.standard = standard;
        this.holds = holds;
        byHost.forEach((host, shown) -> {
            if (host.startsWith("*.")) {
                wildcards.put(host.substring(1), shown);
            } else {
                exact.put(host, shown);
            }
        });
    }

    /**
     * The handler that does the handshake of a connection. Called on its event loop, as what the supplier gives is looked
     * at then and, where it depends on the client, when that has said its host and versions.
     */
    public static ChannelHandler newHandler(
            Supplier<FrontendTls> current, TimeSource time, ByteBufAllocator allocator) {
        FrontendTls now = current.get();
        return now.isSameForAll()
                ? now.standard.newHandler(true, time, allocator)
                : new ClientHelloSelector(current, time);
    }

    private boolean isSameForAll() {
        return exact.isEmpty() && wildcards.isEmpty() && standard.hold == standard.old;
    }

    /** @param host of the handshake, in lower case; null when the client named none */
    Shown shownTo(String host) {
        if (host == null) {
            return standard;
        }
        Shown shown = exact.get(host);
        for (int dot = host.indexOf('.'); shown == null && dot >= 0; dot = host.indexOf('.', dot + 1)) {
            shown = dot == 0 ? null : wildcards.get(host.substring(dot));
        }
        return shown == null ? standard : shown;
    }

    /** Control thread: no table has it any more. */
    public void release() {
        holds.forEach(TlsContexts.ContextHold::release);
    }
}
