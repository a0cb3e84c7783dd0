package dev.slb.operator;

import dev.slb.base.Sha256;

/** Short texts that stand for long ones. */
final class Digests {

    private Digests() {}

    /** 16 hex digits. */
    static String of(String text) {
        return Sha256.hex(text, 16);
    }

    /** {@code readable-hash}, cut to a length; the hash is of all of the content. */
    static String suffixed(String readable, String content, int maxLength) {
        String hash = of(content);
        int room = Math.min(readable.length(), maxLength - hash.length() - 1);
        return readable.substring(0, room) + "-" + hash;
    }
}
