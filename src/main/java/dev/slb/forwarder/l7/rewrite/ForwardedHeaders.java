package dev.slb.forwarder.l7.rewrite;

import dev.slb.base.IpLiteral;
import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.HeaderName;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.limits.CidrSet;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.tls.TlsSession;
import dev.slb.plan.ForwardedPlan;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ListenerProtocol;
import io.netty.util.NetUtil;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What one version of a listener tells its servers about the client (classic SLB). */
public final class ForwardedHeaders {

    private static final Pattern WITH_PORT = Pattern.compile("(?:\\[([^\\[\\]]+)]|([^:\\[\\]]+)(?=:))(?::\\d{1,5})?");
    private static final byte[] COMMA = {',', ' '};
    private static final byte[] LINE_END = {'\r', '\n'};

    /** Fields of the client that decide which lines are added. */
    private static final int REPLACED = 1 << HeaderName.X_FORWARDED_FOR.ordinal()
            | 1 << HeaderName.X_FORWARDED_PROTO.ordinal()
            | 1 << HeaderName.X_FORWARDED_PORT.ordinal()
            | 1 << HeaderName.X_FORWARDED_CLIENT_SRCPORT.ordinal();

    private final ForwardedPlan plan;
    private final CidrSet trusted;
    private final int port;
    private final String proto;

    private ForwardedHeaders(ForwardedPlan plan, int port, String proto) {
        this.plan = plan;
        this.port = port;
        this.proto = proto;
        this.trusted = CidrSet.of(plan.trustedCidrs());
    }

    /** What this version of a listener wants. */
    public static ForwardedHeaders of(ListenerPlan listener) {
        return new ForwardedHeaders(
                listener.http().forwarded(),
                listener.frontend().port(),
                listener.protocol() == ListenerProtocol.HTTPS ? "https" : "http");
    }

    /**
     * The headers for requests of one client connection.
     *
     * @param session null in clear text
     */
    public OfConnection of(Endpoints endpoints, TlsSession session) {
        return new OfConnection(endpoints.client(), endpoints.destination(), session);
    }

    /**
     * Whom a trusted proxy forwards for: in X-Forwarded-For, from its end, the first that is not such a proxy itself.
     *
     * @param peer who has sent the request
     * @return null when the peer is not a trusted proxy, or does not tell
     */
    public InetAddress realClient(RequestHead head, InetSocketAddress peer) {
        if (trusted.isEmpty() || !head.has(HeaderName.X_FORWARDED_FOR) || !isListed(peer)) {
            return null;
        }
        InetAddress real = null;
        String[] addresses = head.values(HeaderName.X_FORWARDED_FOR).split(",");
        for (int i = addresses.length - 1; i >= 0; i--) {
            String element = addresses[i].strip();
            if (element.isEmpty()) {
                continue;
            }
            InetAddress address = IpLiteral.parse(withoutPort(element)).orElse(null);
            if (address == null) {
                break; // what stands before was not written by a proxy that we know
            }
            real = address;
            if (!trusted.contains(real)) {
                break;
            }
        }
        return real;
    }

    /** Some proxies name the port as well: {@code 192.0.2.1:4711}, {@code [2001:db8::1]:4711}. */
    private static String withoutPort(String element) {
        Matcher matcher = WITH_PORT.matcher(element);
        return matcher.matches() ? matcher.group(1) != null ? matcher.group(1) : matcher.group(2) : element;
    }

    private boolean isListed(InetSocketAddress client) {
        return trusted.contains(client.getAddress());
    }

    private static String text(InetSocketAddress address) {
        String text = NetUtil.toAddressString(address.getAddress());
        int scope = address.getAddress() instanceof Inet6Address ? text.indexOf('%') : -1;
        return scope < 0 ? text : text.substring(0, scope);
    }

    /** Constant for a connection as long as the listener's version is: made once, copied into each request. */
    public final class OfConnection {

        private final InetSocketAddress local;
        private final boolean listed;
        private final boolean keepsOthers;
        private final byte[] address;
        private final byte[] forwardedForLine;
        private final byte[] protoLine;
        private final byte[] portLine;
        private final byte[] clientPortLine;
        /** Of us, and of the client's certificate: what clients bring of that kind is removed. */
        private final byte[] ownLines;
        /** All of the above, for requests that bring none of their own. */
        private final byte[] allLines;

        private OfConnection(InetSocketAddress client, InetSocketAddress local, TlsSession session) {
            this.local = local;
            listed = isListed(client);
            keepsOthers = listed || trusted.isEmpty();
            boolean tellsAddress = plan.xForwardedFor() != ForwardedPlan.XForwardedFor.NONE;
            String clientAddress = text(client);
            address = Ascii.bytes(clientAddress);
            forwardedForLine = line(tellsAddress, "X-Forwarded-For", clientAddress);
            protoLine = line(plan.proto(), "X-Forwarded-Proto", proto);
            portLine = line(plan.port(), "X-Forwarded-Port", String.valueOf(port));
            clientPortLine = line(plan.clientPort(), "X-Forwarded-Client-srcport", String.valueOf(client.getPort()));
            ownLines = concatenate(
                    line(plan.slbId() != null, "SLB-ID", plan.slbId()),
                    line(plan.slbIp(), "SLB-IP", text(local)),
                    plan.clientCertificate() ? ClientCertificateLines.of(session) : new byte[0]);
            allLines = concatenate(forwardedForLine, protoLine, portLine, clientPortLine, ownLines);
        }

        private static byte[] line(boolean wanted, String name, String value) {
            return wanted ? Ascii.bytes(name + ": " + value + "\r\n") : new byte[0];
        }

        private static byte[] concatenate(byte[]... parts) {
            int length = 0;
            for (byte[] part : parts) {
                length += part.length;
            }
            byte[] all = new byte[length];
            int at = 0;
            for (byte[] part : parts) {
                System.arraycopy(part, 0, all, at, part.length);
                at += part.length;
            }
            return all;
        }

        /** Whether a field that the client brought passes on as it is. Of these fields only. */
        boolean keeps(HeaderName name) {
            return switch (name) {
                case X_FORWARDED_FOR -> keepsOthers && plan.xForwardedFor() == ForwardedPlan.XForwardedFor.NONE;
                case X_FORWARDED_PROTO -> plan.proto() ? listed : keepsOthers;
                case X_FORWARDED_PORT -> plan.port() ? listed : keepsOthers;
                case X_FORWARDED_CLIENT_SRCPORT -> plan.clientPort() ? listed : keepsOthers;
                case FORWARDED, X_FORWARDED_OTHER -> keepsOthers;
                default -> throw new IllegalArgumentException(name.name());
            };
        }

        private boolean appends(RequestHead head) {
            return head.has(HeaderName.X_FORWARDED_FOR)
                    && keepsOthers
                    && plan.xForwardedFor() == ForwardedPlan.XForwardedFor.APPEND;
        }

        /** Writes the host of a client that has named none: the address that it has connected to, and the listener's port. */
        void writeHost(HeadWriter out) {
            String host = local.getAddress() instanceof Inet6Address ? "[" + text(local) + "]" : text(local);
            boolean usual = port == (proto.equals("https") ? 443 : 80);
            out.write(line(true, "Host", usual ? host : host + ":" + port));
        }

        /** Writes the lines that are added to this head. */
        void write(RequestHead head, HeadWriter out) {
            if (!head.hasAny(REPLACED)) {
                out.write(allLines);
                return;
            }
            if (appends(head)) {
                writeAppended(head, out);
            } else {
                out.write(forwardedForLine);
            }
            writeUnlessKept(HeaderName.X_FORWARDED_PROTO, protoLine, head, out);
            writeUnlessKept(HeaderName.X_FORWARDED_PORT, portLine, head, out);
            writeUnlessKept(HeaderName.X_FORWARDED_CLIENT_SRCPORT, clientPortLine, head, out);
            out.write(ownLines);
        }

        private void writeUnlessKept(HeaderName name, byte[] line, RequestHead head, HeadWriter out) {
            if (!head.has(name) || !keeps(name)) {
                out.write(line);
            }
        }

        /** One line with the addresses of all lines that the client brought, in their order, and then its own. */
        private void writeAppended(RequestHead head, HeadWriter out) {
            out.write(forwardedForLine, 0, forwardedForLine.length - address.length - 2);
            for (int i = 0; i < head.headers(); i++) {
                if (head.name(i) == HeaderName.X_FORWARDED_FOR && head.valueStart(i) < head.valueEnd(i)) {
                    out.write(head.bytes(), head.valueStart(i), head.valueEnd(i) - head.valueStart(i));
                    out.write(COMMA);
                }
            }
            out.write(address);
            out.write(LINE_END);
        }
    }
}
