package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.Method;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.rewrite.ForwardedHeaders;
import dev.slb.forwarder.l7.rewrite.Rewriting;
import dev.slb.forwarder.l7.route.HttpRuntime;
import dev.slb.forwarder.l7.route.HttpTable;
import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.table.TableAction;
import dev.slb.forwarder.table.TargetRuntime;
import dev.slb.forwarder.table.Tracked;
import io.netty.channel.socket.SocketChannel;

/**
 * A client's connection as its requests see it, whichever version of HTTP it speaks: what they share, and what each of
 * them goes through before it is with an {@link Exchange}. Used on the event loop of the connection.
 */
public final class ClientLink {

    private static final TableAction TOO_MANY_REQUESTS = new TableAction.Unavailable(LimitReasons.REQUEST_RATE);

    private final HttpRuntime served;
    private final ListenerRuntime listener;
    private final HttpLoop http;
    private final Endpoints endpoints;
    private final LoggedClient logged;
    private final Wire wire;

    private boolean exhausted;
    private ForwardedHeaders forwardedOf;
    private ForwardedHeaders.OfConnection forwarded;

    /** For a connection that is about to begin. */
    public ClientLink(HttpRuntime listener, SocketChannel channel, HttpLoop http, Endpoints endpoints, Wire wire) {
        this.served = listener;
        this.listener = listener.runtime();
        this.endpoints = endpoints;
        this.http = http;
        this.logged = new LoggedClient(this.listener, channel, endpoints, wire.session());
        this.wire = wire;
    }

    /** Whose connection it is. */
    public ListenerRuntime listener() {
        return listener;
    }

    HttpLoop http() {
        return http;
    }

    /** Who speaks with whom. */
    public Endpoints endpoints() {
        return endpoints;
    }

    LoggedClient logged() {
        return logged;
    }

    /** What the connection is carried by. */
    public Wire wire() {
        return wire;
    }

    /** The connection is there. */
    public void opened(Tracked connection) {
        if (!wire.isSecure()) { // else it was counted before its handshake
            listener.countAccepted();
        }
        listener.connections(http.loop()).add(connection);
    }

    /** It is gone. */
    public void closed(Tracked connection) {
        listener.connections(http.loop()).remove(connection);
        listener.countClosed();
    }

    /**
     * Ends it: there is no memory for what it does not take, or for more of it. It may be open for a while then, until what is being
     * sent is through.
     *
     * @return false when that has been done
     */
    public boolean resetOutOfMemory() {
        if (exhausted || !wire.isOpen()) {
            return false;
        }
        exhausted = true;
        countOutOfMemory();
        wire.reset();
        return true;
    }

    /** It, or one of its requests, is ended for that. */
    public void countOutOfMemory() {
        http.loop().buffers().exhausted("a connection of " + listener.id() + " is reset");
        listener.countRefusal(Reasons.BUFFER_MEMORY);
    }

    /** The version of the listener that is served now: read once per request. */
    public HttpTable table() {
        return served.table();
    }

    /** What becomes of a request: what the listener says, unless there are too many in this second. */
    public TableAction action(HttpTable table, RequestHead head) {
        return listener.limits().takesRequest() ? table.router().find(head) : TOO_MANY_REQUESTS;
    }

    /** Puts together the head that goes to a server of this target, in the writer of the loop. */
    public HeadWriter headToServer(HttpTable table, TargetRuntime target, RequestHead head) {
        HeadWriter writer = http.writer().clear();
        Rewriting.request(head, forwarded(table), target.rewrittenCookie(), table.gzip() != null, writer);
        return writer;
    }

    private ForwardedHeaders.OfConnection forwarded(HttpTable table) {
        if (forwardedOf != table.forwarded()) {
            forwardedOf = table.forwarded();
            forwarded = forwardedOf.of(endpoints, wire.session());
        }
        return forwarded;
    }

    /** Where a redirect leads; null for a request without a host. */
    public static String location(RequestHead head, TableAction.Redirect redirect) {
        if (head.hostStart() == head.hostEnd()) {
            return null;
        }
        String port = redirect.port() == 443 ? "" : ":" + redirect.port();
        String path = head.method() == Method.OPTIONS
                        && head.text(head.pathStart(), head.pathEnd()).equals("*")
                ? "/"
                : head.text(head.targetStart(), head.targetEnd());
        return "https://" + head.text(head.hostStart(), head.hostEnd()) + port + (path.startsWith("/") ? "" : "/")
                + path;
    }
}
