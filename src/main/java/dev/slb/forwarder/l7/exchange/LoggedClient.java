package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.accesslog.AccessEntry;
import dev.slb.forwarder.accesslog.ConnectionFields;
import dev.slb.forwarder.accesslog.LineEncoder;
import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.HeaderName;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.route.HttpTable;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.tls.TlsSession;
import dev.slb.plan.LogField;
import io.netty.channel.socket.SocketChannel;

import java.net.InetAddress;

/** A client's connection as the lines of its requests tell of it, one for all streams of HTTP/2. */
final class LoggedClient {

    private static final byte[] REFERER = Ascii.bytes("referer");
    private static final byte[] USER_AGENT = Ascii.bytes("user-agent");
    private static final byte[] VERSION_1_1 = Ascii.bytes("HTTP/1.1");
    private static final byte[] VERSION_1_0 = Ascii.bytes("HTTP/1.0");

    private static final byte[] UNKNOWN = {};

    private final ListenerRuntime listener;
    private final SocketChannel channel;
    private final Endpoints endpoints;
    private final TlsSession session;
    private ConnectionFields fields;

    /** @param session null in clear text */
    LoggedClient(ListenerRuntime listener, SocketChannel channel, Endpoints endpoints, TlsSession session) {
        this.listener = listener;
        this.channel = channel;
        this.endpoints = endpoints;
        this.session = session;
    }

    ConnectionFields fields() {
        if (fields == null) {
            fields = new ConnectionFields(
                    listener.table().plan(),
                    endpoints.client(),
                    endpoints.destination(),
                    session == null ? null : session.protocol(),
                    session == null ? null : session.cipher());
        }
        return fields;
    }

    long roundTripMicros(HttpLoop http) {
        return http.roundTrip().micros(channel);
    }

    /**
     * Sets what the head tells, as far as the lines have it.
     *
     * @param version of HTTP; null: what the head says
     */
    void fill(RequestHead head, byte[] version, HttpTable table, LineEncoder lines, AccessEntry entry) {
        byte[] bytes = head.bytes();
        if (head.method() != null) {
            text(LogField.REQUEST_METHOD, bytes, 0, head.methodEnd(), lines, entry);
            text(LogField.REQUEST_URI, bytes, head.targetStart(), head.targetEnd(), lines, entry);
            byte[] protocol = version != null ? version : version(head);
            text(LogField.SERVER_PROTOCOL, protocol, 0, protocol.length, lines, entry);
        }
        text(LogField.HOST, bytes, head.hostStart(), head.hostEnd(), lines, entry);
        String forwardedFor = null;
        for (int i = 0; i < head.headers(); i++) {
            switch (head.name(i)) {
                case HOST -> header(LogField.HTTP_HOST, head, i, lines, entry);
                case X_FORWARDED_FOR -> {
                    if (!entry.isSet(LogField.HTTP_X_FORWARDED_FOR)) {
                        header(LogField.HTTP_X_FORWARDED_FOR, head, i, lines, entry);
                    } else { // several lines are one list
                        forwardedFor = head.values(HeaderName.X_FORWARDED_FOR);
                    }
                }
                default -> other(head, i, lines, entry);
            }
        }
        if (forwardedFor != null) {
            entry.text(LogField.HTTP_X_FORWARDED_FOR, forwardedFor);
        }
        if (lines.uses(LogField.HTTP_X_REAL_IP)) {
            realClient(head, table, entry);
        }
    }

    private static byte[] version(RequestHead head) {
        return switch (head.minorVersion()) {
            case 0 -> VERSION_1_0;
            case 1 -> VERSION_1_1;
            default -> UNKNOWN;
        };
    }

    private void other(RequestHead head, int header, LineEncoder lines, AccessEntry entry) {
        int start = head.nameStart(header);
        int end = head.nameEnd(header);
        if (Ascii.equalsIgnoreCase(head.bytes(), start, end, USER_AGENT)) {
            header(LogField.HTTP_USER_AGENT, head, header, lines, entry);
        } else if (Ascii.equalsIgnoreCase(head.bytes(), start, end, REFERER)) {
            header(LogField.HTTP_REFERER, head, header, lines, entry);
        }
    }

    private void realClient(RequestHead head, HttpTable table, AccessEntry entry) {
        InetAddress real = endpoints.client() == null ? null : table.forwarded().realClient(head, endpoints.client());
        if (real != null) {
            entry.text(LogField.HTTP_X_REAL_IP, ConnectionFields.text(real));
        } else if (fields().clientIp() != null) {
            entry.text(LogField.HTTP_X_REAL_IP, fields().clientIp());
        }
    }

    private static void header(LogField field, RequestHead head, int header, LineEncoder lines, AccessEntry entry) {
        text(field, head.bytes(), head.valueStart(header), head.valueEnd(header), lines, entry);
    }

    private static void text(LogField field, byte[] bytes, int start, int end, LineEncoder lines, AccessEntry entry) {
        if (end > start && lines.uses(field)) {
            entry.text(field, bytes, start, end);
        }
    }
}
