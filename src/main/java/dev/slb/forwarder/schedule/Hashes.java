package dev.slb.forwarder.schedule;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Hashes of 64 well-mixed bits that are the same in every process. They are not keyed: whoever knows them can find
 * addresses that share a server, which whoever may choose the address can do by trying as well.
 */
public final class Hashes {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private Hashes() {}

    /** Stafford's variant 13 of the finalizer of MurmurHash3: each bit depends on all bits. */
    public static long mix(long bits) {
        long z = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    /** Of a text, by FNV-1a over its UTF-16 code units. */
    public static long of(String text) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * FNV_PRIME;
        }
        return mix(hash);
    }

    /** Of an address without its port; an IPv6 zone does not count. */
    public static long source(InetAddress address) {
        byte[] bytes = address.getAddress();
        long hash = bytes.length;
        for (int i = 0; i < bytes.length; i += Integer.BYTES) {
            hash = mix(hash ^ word(bytes, i));
        }
        return hash;
    }

    private static long word(byte[] bytes, int at) {
        return (bytes[at] & 0xffL) << 24
                | (bytes[at + 1] & 0xffL) << 16
                | (bytes[at + 2] & 0xffL) << 8
                | bytes[at + 3] & 0xffL;
    }

    /** Of both addresses and ports. */
    public static long flow(InetSocketAddress source, InetSocketAddress destination) {
        long ports = (long) source.getPort() << 16 | destination.getPort();
        return mix(mix(source(source.getAddress()) ^ ports) + source(destination.getAddress()));
    }
}
