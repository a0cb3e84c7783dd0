package dev.slb.forwarder.table;

import dev.slb.forwarder.transport.RingConnection;

/** A frontend that takes connections of the ring, too, where the transport has them. */
public interface RingFrontend extends StreamFrontend {

    /**
     * The owner of a connection that was accepted, not started yet. As {@link #newHandler}.
     *
     * @param endpoints whose connection it is
     */
    RingConnection.Owner newOwner(RingConnection connection, Endpoints endpoints);
}
