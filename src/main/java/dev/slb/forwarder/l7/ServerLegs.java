package dev.slb.forwarder.l7;

import dev.slb.forwarder.table.Server;

/** Which kind of leg leads to a server: what it is spoken to in says so. */
final class ServerLegs {

    private ServerLegs() {}

    /**
     * A leg that is there already and can carry an exchange, or null.
     *
     * @param usedSince {@link System#nanoTime}: HTTP/1, not a connection that has been idle since before
     */
    static ServerLeg take(Server server, HttpLoop http, long usedSince) {
        return isHttp2(server)
                ? Http2ServerPool.of(server, http.loop).take(http)
                : ServerPool.of(server, http.loop).take(usedSince);
    }

    /** One that is to be connected. */
    static ServerLeg create(Server server, HttpLoop http) {
        return isHttp2(server) ? new Http2ServerStream(server, http) : new ServerConnection(server, http);
    }

    /** Whether its connections are shared by requests that run at the same time. */
    static boolean isHttp2(Server server) {
        return server.key().backend().protocol().isHttp2();
    }
}
