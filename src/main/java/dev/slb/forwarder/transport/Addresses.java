package dev.slb.forwarder.transport;

import io.netty.util.NetUtil;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** IP literals. Nothing is ever looked up by name. */
public final class Addresses {

    private Addresses() {}

    /** Whether this is an IPv4 or IPv6 literal, without brackets. */
    public static boolean isLiteral(String text) {
        return NetUtil.createByteArrayFromIpAddressString(text) != null;
    }

    /** @throws IllegalArgumentException when the text is not an IPv4 or IPv6 literal */
    public static InetSocketAddress parse(String literal, int port) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(literal);
        if (bytes == null) {
            throw new IllegalArgumentException("not an IP address: " + literal);
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an IP address: " + literal, e);
        }
    }
}
