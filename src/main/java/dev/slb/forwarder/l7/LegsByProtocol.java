package dev.slb.forwarder.l7;

import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.ServerLeg;
import dev.slb.forwarder.l7.exchange.ServerLegs;
import dev.slb.forwarder.l7.http1.ServerConnection;
import dev.slb.forwarder.l7.http1.ServerPool;
import dev.slb.forwarder.l7.http2.Http2ServerPool;
import dev.slb.forwarder.l7.http2.Http2ServerStream;
import dev.slb.forwarder.table.Server;

/** Which kind of leg leads to a server: what it is spoken to in says so. */
public final class LegsByProtocol implements ServerLegs {

    @Override
    public ServerLeg take(Server server, HttpLoop http, long usedSince) {
        return isHttp2(server)
                ? Http2ServerPool.of(server, http.loop()).take(http)
                : ServerPool.of(server, http.loop()).take(usedSince);
    }

    @Override
    public ServerLeg create(Server server, HttpLoop http) {
        return isHttp2(server) ? new Http2ServerStream(server, http) : new ServerConnection(server, http);
    }

    /** Connections of HTTP/2 are shared by requests that run at the same time. */
    @Override
    public boolean canBeOwn(Server server) {
        return !isHttp2(server);
    }

    private static boolean isHttp2(Server server) {
        return server.key().backend().protocol().isHttp2();
    }
}
