package dev.slb.forwarder.l7.http1;

import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.rewrite.Rewriting;
import dev.slb.forwarder.l7.route.HttpTable;
import dev.slb.forwarder.table.ListenerRuntime;

/** Whether a client's connection of HTTP/1 carries another request after the one of now, and how its answer says so. */
final class KeepAlive {

    /** How many requests a login may still take when its connection is to end: NTLM takes two after the first answer. */
    private static final int MAX_LATE_LOGIN_STEPS = 2;

    private final ListenerRuntime listener;
    private int requests;
    private int lateLoginSteps;
    private boolean http10;
    private boolean kept;

    KeepAlive(ListenerRuntime listener) {
        this.listener = listener;
    }

    /** What the client says of it with a new request. */
    void begin(RequestHead head) {
        requests++;
        http10 = head.minorVersion() == 0;
        kept = head.isKeepAlive();
    }

    /** This answer is the last. */
    void end() {
        kept = false;
    }

    /** The answer begins: the connection may have to end with it, unless a login would be cut off. */
    void decide(HttpTable table, boolean loginStep) {
        if (isDue(table) && (!loginStep || ++lateLoginSteps > MAX_LATE_LOGIN_STEPS)) {
            kept = false;
        }
    }

    /** Whether it is on us to end the connection: it has had all its requests, or the listener is leaving. */
    boolean isDue(HttpTable table) {
        return listener.isDraining() || requests >= table.maxRequestsPerConnection();
    }

    boolean isKept() {
        return kept;
    }

    /** Whether the request of now is one of HTTP/1.0. */
    boolean isHttp10() {
        return http10;
    }

    /** What the head of a server's answer says. */
    Rewriting.Connection said() {
        if (!kept) {
            return Rewriting.Connection.CLOSE;
        }
        return http10 ? Rewriting.Connection.KEEP_ALIVE : Rewriting.Connection.UNSAID;
    }

    /** The header line of an answer of our own; empty when there is nothing to say. */
    String line() {
        return switch (said()) {
            case CLOSE -> "Connection: close\r\n";
            case KEEP_ALIVE -> "Connection: keep-alive\r\n";
            case UNSAID -> "";
        };
    }
}
