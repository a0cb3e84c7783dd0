package dev.slb.base;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/** A network of IPv4 or IPv6 addresses; bits after the prefix are 0. */
public final class Cidr implements Comparable<Cidr> {

    private static final Pattern LENGTH = Pattern.compile("0|[1-9][0-9]{0,2}");
    /** Bits before an IPv4 address that is written as IPv6. */
    private static final int MAPPED_BITS = 96;

    private final byte[] network;
    private final int prefix;
    private final String text;

    private Cidr(byte[] address, int prefix) {
        this.network = address.clone();
        this.prefix = prefix;
        for (int bit = prefix; bit < network.length * Byte.SIZE; bit++) {
            network[bit / Byte.SIZE] &= (byte) ~(0x80 >> (bit % Byte.SIZE));
        }
        this.text = IpLiteral.text(network) + "/" + prefix;
    }

    /**
     * Reads {@code address/prefix}, the length without leading zeros, or an address, which is a network of one. A network in
     * ::ffff:0:0/96 reads as the one of IPv4 that it is; a wider one that is written with such an address is none.
     */
    public static Optional<Cidr> parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        byte[] address = IpLiteral.bytes(literal);
        if (address == null) {
            return Optional.empty();
        }
        int bits = address.length * Byte.SIZE;
        if (slash < 0) {
            return Optional.of(new Cidr(address, bits));
        }
        String length = text.substring(slash + 1);
        if (!LENGTH.matcher(length).matches()) {
            return Optional.empty();
        }
        int prefix = Integer.parseInt(length) - (IpLiteral.isMapped(literal) ? MAPPED_BITS : 0);
        return prefix < 0 || prefix > bits ? Optional.empty() : Optional.of(new Cidr(address, prefix));
    }

    /** Its first address, of 4 or 16 bytes. */
    public byte[] network() {
        return network.clone();
    }

    /** How many bits of its addresses are those of {@link #network}. */
    public int prefix() {
        return prefix;
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
