package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.table.IdlePool;
import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.transport.Loop;

import java.util.ArrayList;
import java.util.List;

/** The connections of HTTP/2 that one event loop has to one server: each carries many requests at once. */
public final class Http2ServerPool implements IdlePool {

    private final Server server;
    private final List<Http2ServerConnection> connections = new ArrayList<>(2);

    private Http2ServerPool(Server server) {
        this.server = server;
    }

    /** The connections of this server on this loop; none when it is first asked for. */
    public static Http2ServerPool of(Server server, Loop loop) {
        Http2ServerPool pool = (Http2ServerPool) server.pool(loop);
        if (pool == null) {
            pool = new Http2ServerPool(server);
            server.pool(loop, pool);
        }
        return pool;
    }

    /** A stream of a connection that has room for one, or null. */
    public Http2ServerStream take(HttpLoop http) {
        for (Http2ServerConnection each : connections) {
            if (each.hasRoom()) {
                Http2ServerStream stream = new Http2ServerStream(server, http);
                each.attach(stream);
                return stream;
            }
        }
        return null;
    }

    /** The stream waits for a connection that is being made, for a new one when there is none with room. */
    void connect(Http2ServerStream stream, HttpLoop http, int timeoutMillis) {
        for (Http2ServerConnection each : connections) {
            if (each.takesWaiting()) {
                each.await(stream);
                return;
            }
        }
        Http2ServerConnection connection = new Http2ServerConnection(server, this, http);
        connections.add(connection);
        connection.await(stream);
        connection.connect(timeoutMillis);
    }

    void remove(Http2ServerConnection connection) {
        connections.remove(connection);
    }

    /** No new requests go over them; each closes when its last one has ended. */
    @Override
    public void clear() {
        List.copyOf(connections).forEach(Http2ServerConnection::retire);
    }
}
