package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.tls.TlsSession;
import dev.slb.forwarder.transport.Transport;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;

/**
 * What carries HTTP on a connection: TCP, or TLS on it. They differ in how their two directions end: TCP by its FIN, TLS
 * by a message of its own before that. Used on the event loop of the connection.
 */
public final class Wire {

    private final SocketChannel channel;
    private final SslHandler tls;
    private final TlsSession session;
    private boolean closeNotified;

    private Wire(SocketChannel channel, SslHandler tls, TlsSession session) {
        this.channel = channel;
        this.tls = tls;
        this.session = session;
    }

    /** TCP and nothing on it. */
    public static Wire clear(SocketChannel channel) {
        return new Wire(channel, null, null);
    }

    /** TLS, whose handshake is done. */
    public static Wire secure(SocketChannel channel, TlsSession session) {
        return new Wire(channel, channel.pipeline().get(SslHandler.class), session);
    }

    /** What the handshake has agreed on; null in clear text. */
    TlsSession session() {
        return session;
    }

    boolean isSecure() {
        return tls != null;
    }

    /** Ends our direction, everything before having been written. The peer may go on. */
    public void shutdownOutput() {
        if (tls == null) {
            channel.shutdownOutput();
        } else {
            tls.closeOutbound().addListener((ChannelFuture written) -> channel.shutdownOutput());
        }
    }

    /** Whether our direction has ended. */
    public boolean isOutputShutdown() {
        return channel.isOutputShutdown();
    }

    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Ends both directions at once, so that the peer sees that something is missing: over TLS, without a message of its end. */
    public void reset() {
        Transport.resetOnClose(channel);
        if (tls == null) {
            channel.close();
        } else {
            channel.unsafe().close(channel.unsafe().voidPromise()); // past the TLS handler
        }
    }

    /** To be asked about every user event: whether the peer has ended its direction, and takes on what we send. */
    public boolean isInputEnd(Object event) {
        return event == ChannelInputShutdownEvent.INSTANCE;
    }

    /**
     * To be asked about every user event: whether the peer has ended its direction by the message of TLS. Nothing can be
     * sent after that: the engine has answered with its own, as TLS 1.2 wants it.
     *
     * <p>Once we have ended our direction, BoringSSL tells of an end with the next data that comes in. Then the peer's real end
     * comes without this event, by its FIN.
     */
    public boolean isClose(Object event) {
        if (event instanceof SslCloseCompletionEvent close
                && close.isSuccess()
                && tls.engine().isInboundDone()) {
            closeNotified = true;
            return true;
        }
        return false;
    }

    /**
     * Whether the end of the connection may tell where a message ends. Over TLS somebody else could cut it off, so it is an
     * end only when the peer has said so (RFC 9112, section 9.8).
     */
    public boolean isEndTrusted() {
        return tls == null || closeNotified;
    }
}
