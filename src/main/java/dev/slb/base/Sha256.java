package dev.slb.base;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The hash that stands for content wherever one does, in lower-case hex digits. */
public final class Sha256 {

    private Sha256() {}

    /** All 64 digits. */
    public static String hex(byte[] content) {
        return HexFormat.of().formatHex(hash(content));
    }

    /** All 64 digits, of the text in UTF-8. */
    public static String hex(String content) {
        return hex(content.getBytes(StandardCharsets.UTF_8));
    }

    /** The first digits, of the text in UTF-8. */
    public static String hex(String content, int digits) {
        return hex(content).substring(0, digits);
    }

    private static byte[] hash(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
