package dev.slb.forwarder.persistence;

import javax.crypto.Mac;
import java.util.Base64;

/**
 * Ties the time at which a cookie was given to it, so that nobody can make his own last longer. For one event loop, and
 * one key after the other.
 */
public final class CookieSeal {

    static final int LENGTH = 11;

    private static final int BYTES = 8;

    private CookieKey key;
    private Mac mac;
    private final byte[] time = new byte[Long.BYTES];
    private final byte[] seal = new byte[BYTES];
    private final byte[] text = new byte[LENGTH];
    private byte[] digest;

    /**
     * @param id where in the bytes the server's id begins
     * @return {@value #LENGTH} characters of base64url, valid until the next call
     */
    byte[] of(CookieKey by, byte[] bytes, int id, long millis) {
        if (key != by) {
            key = by;
            mac = by.newTimeMac();
        }
        for (int i = 0; i < time.length; i++) {
            time[i] = (byte) (millis >>> Byte.SIZE * i);
        }
        mac.update(bytes, id, CookieKey.ID_LENGTH);
        digest = mac.doFinal(time);
        System.arraycopy(digest, 0, seal, 0, BYTES);
        Base64.getUrlEncoder().withoutPadding().encode(seal, text);
        return text;
    }
}
