package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.TcpConnection;

/** A frontend that takes connections without channels, too, where the transport has them. */
public interface ConnectionFrontend extends StreamFrontend {

    /**
     * The owner of a connection that was accepted, not started yet. As {@link #newHandler}.
     *
     * @param endpoints whose connection it is
     */
    TcpConnection.Owner newOwner(TcpConnection connection, Endpoints endpoints);
}
