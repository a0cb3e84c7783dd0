package dev.slb.forwarder.l4;

import dev.slb.forwarder.accesslog.AccessEntry;
import dev.slb.forwarder.accesslog.ConnectionFields;
import dev.slb.forwarder.accesslog.LineEncoder;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.transport.Loop;
import dev.slb.plan.LogField;

import java.util.function.LongSupplier;

/**
 * The line about one connection, or flow of datagrams, made only where the listener has an access log; written when it has
 * ended.
 */
public final class ConnectionLog {

    private final ListenerRuntime listener;
    private final Loop loop;
    private final LineEncoder lines;
    private final AccessEntry entry;
    private final long begun;
    private Server server;
    private long attemptBegun;
    private long roundTripMicros = -1;
    private String reason;

    private ConnectionLog(ListenerRuntime listener, Loop loop, LineEncoder lines, Endpoints endpoints) {
        this.listener = listener;
        this.loop = loop;
        this.begun = loop.nanoTime();
        this.lines = lines;
        this.entry = listener.lines(loop).entry();
        new ConnectionFields(listener.table().plan(), endpoints.client(), endpoints.destination(), null, null)
                .fill(entry, lines);
    }

    /** Null when the listener has no access log. */
    public static ConnectionLog of(ListenerRuntime listener, Loop loop, Endpoints endpoints) {
        LineEncoder lines = listener.lineEncoder();
        return lines == null ? null : new ConnectionLog(listener, loop, lines, endpoints);
    }

    /** A server is tried. */
    public void attempt(Server tried) {
        server = tried;
        attemptBegun = loop.nanoTime();
    }

    /**
     * The connection to it is there.
     *
     * @param roundTrip the client's round-trip time in microseconds, -1 when it is not known; asked now, if at all, since a
     *     connection that has ended has no such time any more
     */
    void connected(LongSupplier roundTrip) {
        if (lines.uses(LogField.TCPINFO_RTT)) {
            roundTripMicros = roundTrip.getAsLong();
        }
    }

    /** The connection to it could not be made, or has ended. */
    public void attemptEnded() {
        if (server != null) {
            entry.attempt(server.addressText(), 0, loop.nanoTime() - attemptBegun);
            server = null;
        }
    }

    /** Why it ended, where not as both ends wanted; the first counts. */
    public void reason(String why) {
        if (reason == null) {
            reason = why;
        }
    }

    /** Writes the line. */
    public void end(long bytesFromClient, long bytesToClient) {
        attemptEnded();
        entry.number(LogField.REQUEST_LENGTH, bytesFromClient)
                .number(LogField.BODY_BYTES_SENT, bytesToClient)
                .number(LogField.TCPINFO_RTT, roundTripMicros)
                .nanos(LogField.REQUEST_TIME, loop.nanoTime() - begun);
        if (reason != null && lines.uses(LogField.SLB_REASON)) {
            entry.text(LogField.SLB_REASON, reason);
        }
        listener.lines(loop).write(entry, lines);
    }
}
