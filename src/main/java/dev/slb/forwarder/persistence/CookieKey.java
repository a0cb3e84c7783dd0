package dev.slb.forwarder.persistence;

import dev.slb.plan.Secret;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;

/**
 * The key of a LoadBalancer's sticky cookies. It is the same on every forwarder, and so are the cookies; without it nobody
 * can tell from a cookie which server it means, or make one for a server or a time of his own choice.
 */
public final class CookieKey {

    static final int ID_LENGTH = 22;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int ID_BYTES = 16;

    private final Secret secret;
    private final SecretKeySpec ofServers;
    private final SecretKeySpec ofTimes;

    /** @param secret base64, as {@link dev.slb.plan.LoadBalancerPlan} has it */
    public CookieKey(Secret secret) {
        this.secret = secret;
        SecretKeySpec key = new SecretKeySpec(Base64.getDecoder().decode(secret.text()), ALGORITHM);
        // A key for each purpose, so that a text for one is worth nothing for another.
        this.ofServers = new SecretKeySpec(sign(key, "sticky server"), ALGORITHM);
        this.ofTimes = new SecretKeySpec(sign(key, "sticky time"), ALGORITHM);
    }

    public boolean isOf(Secret other) {
        return secret.equals(other);
    }

    /** What stands for a server in cookies: {@value #ID_LENGTH} characters of base64url. */
    byte[] id(String server) {
        byte[] id = Arrays.copyOf(sign(ofServers, server), ID_BYTES);
        return Base64.getUrlEncoder().withoutPadding().encode(id);
    }

    /** For one thread. */
    Mac newTimeMac() {
        return newMac(ofTimes);
    }

    private static byte[] sign(SecretKeySpec key, String text) {
        return newMac(key).doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Mac newMac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }
}
