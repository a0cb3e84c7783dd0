package dev.slb.forwarder.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;

import java.net.InetSocketAddress;

/** How servers of one kind are spoken to. */
public final class BackendTls {

    private final TlsContexts.ContextHold hold;
    private final String serverName;

    BackendTls(TlsContexts.ContextHold hold, String serverName) {
        this.hold = hold;
        this.serverName = serverName;
    }

    /** For a connection that will be made to this server. Called on its event loop. */
    public SslHandler newHandler(ByteBufAllocator allocator, InetSocketAddress server) {
        String host = serverName == null ? server.getAddress().getHostAddress() : serverName;
        SslHandler handler = hold.context().newHandler(allocator, host, sessionKey(server));
        handler.setHandshakeTimeoutMillis(0); // Handshake has one that begins earlier
        return handler;
    }

    /**
     * The "port" of the engine, which is only a part of the key of its session cache: many servers go by one name, and the
     * session of one is worth nothing at another.
     */
    private static int sessionKey(InetSocketAddress server) {
        return Math.max(1, server.hashCode() & Integer.MAX_VALUE);
    }

    /** Control thread. */
    public void release() {
        hold.release();
    }
}
