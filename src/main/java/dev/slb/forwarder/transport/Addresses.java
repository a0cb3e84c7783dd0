package dev.slb.forwarder.transport;

import dev.slb.base.IpLiteral;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;

/** IP literals, and addresses of this machine. Nothing is ever looked up by name. */
public final class Addresses {

    /** The port does not matter: nothing is sent. */
    private static final int ANY_PORT = 9;

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

    /** The address of this machine from which the kernel sends to that one; the wildcard of its family when there is no way. */
    public static InetAddress localFor(InetAddress remote) {
        boolean inet = remote instanceof Inet4Address;
        try (DatagramChannel socket =
                DatagramChannel.open(inet ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6)) {
            socket.connect(new InetSocketAddress(remote, ANY_PORT));
            return ((InetSocketAddress) socket.getLocalAddress()).getAddress();
        } catch (IOException e) {
            return IpLiteral.parse(inet ? "0.0.0.0" : "::").orElseThrow();
        }
    }
}
