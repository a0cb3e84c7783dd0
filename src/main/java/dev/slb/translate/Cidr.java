package dev.slb.translate;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;

/** A network of IPv4 or IPv6 addresses; bits after the prefix are 0. */
public final class Cidr implements Comparable<Cidr> {

    private final byte[] network;
    private final int prefix;
    private final String text;

    private Cidr(byte[] address, int prefix) {
        this.network = address.clone();
        this.prefix = prefix;
        for (int bit = prefix; bit < network.length * Byte.SIZE; bit++) {
            network[bit / Byte.SIZE] &= (byte) ~(0x80 >> (bit % Byte.SIZE));
        }
        this.text = IpAddresses.text(network) + "/" + prefix;
    }

    /** Reads {@code address/prefix}, or an address, which is a network of one. Never resolves names. */
    public static Optional<Cidr> parse(String text) {
        int slash = text.indexOf('/');
        Optional<InetAddress> address = IpAddresses.parse(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty()) {
            return Optional.empty();
        }
        byte[] bytes = address.get().getAddress();
        int bits = bytes.length * Byte.SIZE;
        if (slash < 0) {
            return Optional.of(new Cidr(bytes, bits));
        }
        String length = text.substring(slash + 1);
        if (!length.matches("[0-9]{1,3}") || Integer.parseInt(length) > bits) {
            return Optional.empty();
        }
        return Optional.of(new Cidr(bytes, Integer.parseInt(length)));
    }

    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == network.length && new Cidr(bytes, prefix).equals(this);
    }

    @Override
    public int compareTo(Cidr other) {
        return text.compareTo(other.text);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Cidr cidr && prefix == cidr.prefix && Arrays.equals(network, cidr.network);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(network) + prefix;
    }

    @Override
    public String toString() {
        return text;
    }
}
