package dev.slb.forwarder.table;

import io.netty.channel.socket.SocketChannel;

import java.net.InetSocketAddress;

/**
 * Who a connection comes from, and where it was meant to go. Everything that depends on the client (persistence, headers,
 * logs, access control) asks this, never the channel: behind the PROXY protocol the channel knows only the proxy.
 *
 * <p>Without such a header the addresses are the channel's, asked for when they are first needed, which must
 * be before the channel closes. Used on the connection's loop.
 */
public final class Endpoints {

    private final SocketChannel channel;
    private InetSocketAddress client;
    private InetSocketAddress destination;

    private Endpoints(SocketChannel channel, InetSocketAddress client, InetSocketAddress destination) {
        this.channel = channel;
        this.client = client;
        this.destination = destination;
    }

    /** Those of the connection itself. */
    public static Endpoints of(SocketChannel channel) {
        return new Endpoints(channel, null, null);
    }

    /** As a proxy, or a datagram, has named them; never null. */
    public static Endpoints of(InetSocketAddress client, InetSocketAddress destination) {
        return new Endpoints(null, client, destination);
    }

    /** The client: address and source port. */
    public InetSocketAddress client() {
        if (client == null) {
            client = channel.remoteAddress();
        }
        return client;
    }

    /** What the client has connected to: behind a proxy the proxy's address, else ours. */
    public InetSocketAddress destination() {
        if (destination == null) {
            destination = channel.localAddress();
        }
        return destination;
    }

    @Override
    public String toString() {
        return client() + " to " + destination();
    }
}
