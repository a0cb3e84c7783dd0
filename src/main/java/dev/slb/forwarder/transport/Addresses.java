package dev.slb.forwarder.transport;

import dev.slb.base.IpLiteral;

import java.net.InetSocketAddress;

/** IP literals. Nothing is ever looked up by name. */
public final class Addresses {

    private Addresses() {}

    /** Whether this is an IPv4 or IPv6 literal, without brackets. */
    public static boolean isLiteral(String text) {
        return IpLiteral.bytes(text) != null;
    }

    /** @throws IllegalArgumentException when the text is not an IPv4 or IPv6 literal */
    public static InetSocketAddress parse(String literal, int port) {
        return new InetSocketAddress(
                IpLiteral.parse(literal)
                        .orElseThrow(() -> new IllegalArgumentException("not an IP address: " + literal)),
                port);
    }
}
