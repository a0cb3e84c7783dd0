package dev.slb.forwarder.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The certificates of one version of a listener, and which of them a client gets. Immutable; event loops look it up for
 * each handshake, so that a connection that waited with its handshake gets what counts by then.
 */
public final class ServerTls {

    private final TlsContexts.Share standard;
    private final Map<String, TlsContexts.Share> exact = new HashMap<>();
    /** By what follows the asterisk: {@code .example.com}. */
    private final Map<String, TlsContexts.Share> wildcards = new HashMap<>();

    private final List<TlsContexts.Share> shares;

    ServerTls(TlsContexts.Share standard, Map<String, TlsContexts.Share> byHost, List<TlsContexts.Share> shares) {
        this.standard = standard;
        this.shares = shares;
        byHost.forEach((host, share) -> {
            if (host.startsWith("*.")) {
                wildcards.put(host.substring(1), share);
            } else {
                exact.put(host, share);
            }
        });
    }

    /**
     * The handler that does the handshake of a connection. Called on its event loop, as what the supplier gives is looked
     * at then and, where the host decides, when the client has named it.
     */
    public static ChannelHandler newHandler(Supplier<ServerTls> current, ByteBufAllocator allocator) {
        ServerTls now = current.get();
        return now.exact.isEmpty() && now.wildcards.isEmpty()
                ? handler(now.standard.context(), allocator)
                : new SniSelector(current);
    }

    static SslHandler handler(SslContext context, ByteBufAllocator allocator) {
        SslHandler handler = context.newHandler(allocator);
        handler.setHandshakeTimeoutMillis(0); // Handshake has one that begins earlier
        return handler;
    }

    /** @param host of the handshake, in lower case; null when the client named none */
    SslContext contextFor(String host) {
        return shareFor(host).context();
    }

    private TlsContexts.Share shareFor(String host) {
        if (host == null) {
            return standard;
        }
        TlsContexts.Share share = exact.get(host);
        for (int dot = host.indexOf('.'); share == null && dot >= 0; dot = host.indexOf('.', dot + 1)) {
            share = dot == 0 ? null : wildcards.get(host.substring(dot));
        }
        return share == null ? standard : share;
    }

    /** Control thread: no table has it any more. */
    public void release() {
        shares.forEach(TlsContexts.Share::release);
    }
}
