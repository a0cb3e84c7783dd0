package dev.slb.forwarder.tls;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;

import javax.net.ssl.SSLEngine;

/**
 * A further handshake on a connection that had one: each costs the work of a new connection and may name somebody else, nobody needs
 * it, HTTP/2 forbids it (RFC 9113, section 9.2.1), and TLS 1.3 has none. BoringSSL refuses it by itself.
 */
final class Renegotiation {

    private static final String TLS_1_3 = "TLSv1.3";
    private static final String[] NONE = {};

    private Renegotiation() {}

    /** For a connection whose handshake is done: without a suite to agree on, another one ends it. */
    static void refuse(SSLEngine engine) {
        if (!(engine instanceof ReferenceCountedOpenSslEngine)
                && !TLS_1_3.equals(engine.getSession().getProtocol())) {
            engine.setEnabledCipherSuites(NONE);
        }
    }
}
