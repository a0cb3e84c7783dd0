package dev.slb.forwarder.accesslog;

import dev.slb.plan.ListenerPlan;
import dev.slb.plan.LogField;
import io.netty.util.NetUtil;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What all lines about one client connection have in common: made for its first line, copied into each. */
public final class ConnectionFields {

    private final byte[] slbId;
    private final int port;
    private final byte[] scheme;
    private final byte[] vip;
    private final byte[] clientIp;
    private final int clientPort;
    private final byte[] sslProtocol;
    private final byte[] sslCipher;

    /**
     * @param client null when it went before that was known
     * @param local the address that it connected to, null likewise
     * @param sslProtocol null without TLS
     * @param sslCipher null without TLS
     */
    public ConnectionFields(
            ListenerPlan listener,
            InetSocketAddress client,
            InetSocketAddress local,
            String sslProtocol,
            String sslCipher) {
        slbId = bytes(listener.loadBalancer().namespace() + "/"
                + listener.loadBalancer().name());
        port = listener.frontend().port();
        scheme = bytes(listener.protocol().name().toLowerCase(Locale.ROOT));
        vip = local == null ? null : bytes(text(local.getAddress()));
        clientIp = client == null ? null : bytes(text(client.getAddress()));
        clientPort = client == null ? -1 : client.getPort();
        this.sslProtocol = sslProtocol == null ? null : bytes(sslProtocol);
        this.sslCipher = sslCipher == null ? null : bytes(sslCipher);
    }

    /** An address as lines have it: shortest form, without a scope. */
    public static String text(InetAddress address) {
        String text = NetUtil.toAddressString(address);
        int scope = address instanceof Inet6Address ? text.indexOf('%') : -1;
        return scope < 0 ? text : text.substring(0, scope);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The client's address; null when it went before that was known. */
    public byte[] clientIp() {
        return clientIp;
    }

    /** Sets the fields that the lines have. */
    public void fill(AccessEntry entry, LineEncoder lines) {
        text(entry, lines, LogField.SLBID, slbId);
        text(entry, lines, LogField.VIP_ADDR, vip);
        text(entry, lines, LogField.CLIENT_IP, clientIp);
        text(entry, lines, LogField.SCHEME, scheme);
        text(entry, lines, LogField.SSL_PROTOCOL, sslProtocol);
        text(entry, lines, LogField.SSL_CIPHER, sslCipher);
        entry.number(LogField.SLB_VPORT, port).number(LogField.CLIENT_PORT, clientPort);
    }

    private static void text(AccessEntry entry, LineEncoder lines, LogField field, byte[] value) {
        if (value != null && lines.uses(field)) {
            entry.text(field, value);
        }
    }
}
