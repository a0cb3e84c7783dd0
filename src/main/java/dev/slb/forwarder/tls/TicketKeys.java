package dev.slb.forwarder.tls;

import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;

import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * The keys that session tickets of one context are sealed with. They are made here, never leave the process, and are
 * forgotten soon: this is what ends a ticket of TLS 1.3, for which BoringSSL has no timeout of ours, and what keeps
 * recorded traffic safe from who gets hold of the process later.
 */
final class TicketKeys {

    /** A ticket is good for as long as its key is kept: for the time of all but one to that of all of them. */
    private static final int KEPT = 3;

    static final int ROTATION_SECONDS = TlsContexts.SESSION_SECONDS / (KEPT - 1);

    private static final SecureRandom RANDOM = new SecureRandom();

    private final OpenSslSessionContext sessions;
    private final Deque<OpenSslSessionTicketKey> keys = new ArrayDeque<>();

    TicketKeys(OpenSslSessionContext sessions) {
        this.sessions = sessions;
    }

    /** From now on tickets are sealed with a new key. */
    void rotate() {
        keys.addFirst(newKey());
        if (keys.size() > KEPT) {
            keys.removeLast();
        }
        sessions.setTicketKeys(keys.toArray(OpenSslSessionTicketKey[]::new));
    }

    private static OpenSslSessionTicketKey newKey() {
        byte[] name = random(OpenSslSessionTicketKey.NAME_SIZE);
        byte[] hmac = random(OpenSslSessionTicketKey.HMAC_KEY_SIZE);
        byte[] aes = random(OpenSslSessionTicketKey.AES_KEY_SIZE);
        OpenSslSessionTicketKey key = new OpenSslSessionTicketKey(name, hmac, aes);
        Arrays.fill(hmac, (byte) 0);
        Arrays.fill(aes, (byte) 0);
        return key;
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }
}
