package dev.slb.operator;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Short texts that stand for long ones. */
final class Hashes {

    private Hashes() {}

    /** 16 hex digits. */
    static String of(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** {@code readable-hash}, cut to a length; the hash is of all of the content. */
    static String suffixed(String readable, String content, int maxLength) {
        String hash = of(content);
        int room = Math.min(readable.length(), maxLength - hash.length() - 1);
        return readable.substring(0, room) + "-" + hash;
    }
}
