package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.table.Server;

import java.util.concurrent.TimeUnit;

/** The ways to servers, in what each is spoken to. Used on event loops. */
public interface ServerLegs {

    /**
     * So long a connection to a server is kept without a request: below what servers commonly wait (nginx 75 s, Apache 5 s is
     * the short exception) before they close from their side.
     */
    long MAX_IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /**
     * A leg that is there already and can carry an exchange, or null.
     *
     * @param usedSince {@link System#nanoTime}: HTTP/1, not a connection that has been idle since before
     */
    ServerLeg take(Server server, HttpLoop http, long usedSince);

    /** One that is to be connected. */
    ServerLeg create(Server server, HttpLoop http);

    /** Whether a leg to this server can be one client's alone, see {@link OwnLeg}. */
    boolean canBeOwn(Server server);
}
