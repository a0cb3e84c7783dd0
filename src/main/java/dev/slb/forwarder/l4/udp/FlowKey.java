package dev.slb.forwarder.l4.udp;

import io.netty.channel.socket.DatagramPacket;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;

/**
 * A client, and the address of ours that it asks, as far as datagrams say it (else the wildcard address). It is comparable, so
 * that a map with many keys of one hash, which anybody who has a network of IPv6 can choose, finds them all the same.
 */
record FlowKey(InetAddress address, int port, InetAddress asked) implements Comparable<FlowKey> {

    static FlowKey of(DatagramPacket packet) {
        InetSocketAddress client = packet.sender();
        return new FlowKey(
                client.getAddress(), client.getPort(), packet.recipient().getAddress());
    }

    @Override
    public int compareTo(FlowKey other) {
        int byPort = Integer.compare(port, other.port);
        int byAddress = byPort != 0 ? byPort : compare(address, other.address);
        return byAddress != 0 ? byAddress : compare(asked, other.asked);
    }

    private static int compare(InetAddress one, InetAddress other) {
        return Arrays.compareUnsigned(one.getAddress(), other.getAddress());
    }
}
