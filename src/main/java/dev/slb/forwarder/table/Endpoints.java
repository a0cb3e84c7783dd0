package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.TcpConnection;
import io.netty.channel.socket.SocketChannel;

import java.net.InetSocketAddress;

/**
 * Who a connection comes from, and where it was meant to go. Everything that depends on the client (persistence, headers,
 * logs, access control) asks this, never the connection: behind the PROXY protocol that knows only the proxy.
 *
 * <p>Without such a header the addresses are the connection's, asked for when they are first needed, which must
 * be before it closes. Used by one thread at a time: the accepting loop, then the connection's.
 */
public class Endpoints {

    private InetSocketAddress client;
    private InetSocketAddress destination;

    private Endpoints(InetSocketAddress client, InetSocketAddress destination) {
        this.client = client;
        this.destination = destination;
    }

    private static final class OfChannel extends Endpoints {
        private final SocketChannel channel;

        OfChannel(SocketChannel channel) {
            super(null, null);
            this.channel = channel;
        }

        @Override
        InetSocketAddress remoteAddress() {
            return channel.remoteAddress();
        }

        @Override
        InetSocketAddress localAddress() {
            return channel.localAddress();
        }
    }

    private static final class OfConnection extends Endpoints {
        private final TcpConnection connection;

        OfConnection(TcpConnection connection) {
            super(null, null);
            this.connection = connection;
        }

        @Override
        InetSocketAddress remoteAddress() {
            return connection.remoteAddress();
        }

        @Override
        InetSocketAddress localAddress() {
            return connection.localAddress();
        }
    }

    /** Those of the connection itself. */
    public static Endpoints of(SocketChannel channel) {
        return new OfChannel(channel);
    }

    /** The same. */
    public static Endpoints of(TcpConnection connection) {
        return new OfConnection(connection);
    }

    /** As a proxy, a datagram or the kernel has named them. */
    public static Endpoints of(InetSocketAddress client, InetSocketAddress destination) {
        return new Endpoints(client, destination);
    }

    /** Asks the connection. */
    InetSocketAddress remoteAddress() {
        return client;
    }

    /** The same. */
    InetSocketAddress localAddress() {
        return destination;
    }

    /** The client: address and source port; null when it went before it was asked for. */
    public final InetSocketAddress client() {
        if (client == null) {
            client = remoteAddress();
        }
        return client;
    }

    /** What the client has connected to: behind a proxy the proxy's address, else ours; null likewise. */
    public final InetSocketAddress destination() {
        if (destination == null) {
            destination = localAddress();
        }
        return destination;
    }

    @Override
    public final String toString() {
        return client() + " to " + destination();
    }
}
