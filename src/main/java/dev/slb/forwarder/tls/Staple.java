package dev.slb.forwarder.tls;

import dev.slb.plan.TlsPlan;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;

import javax.net.ssl.SSLEngine;
import java.util.Base64;

/**
 * An OCSP response, which BoringSSL sends with the certificate to clients that ask for it. Its time is looked at for each
 * handshake: the plan without it may come late.
 */
final class Staple {

    static final Staple NONE = new Staple(new byte[0], 0, 0);

    private final byte[] response;
    private final long fromMillis;
    private final long untilMillis;

    private Staple(byte[] response, long fromMillis, long untilMillis) {
        this.response = response;
        this.fromMillis = fromMillis;
        this.untilMillis = untilMillis;
    }

    /** @param plan null: none */
    static Staple of(TlsPlan.Staple plan) {
        return plan == null
                ? NONE
                : new Staple(Base64.getDecoder().decode(plan.response()), plan.fromMillis(), plan.untilMillis());
    }

    boolean counts(long nowMillis) {
        return fromMillis <= nowMillis && nowMillis < untilMillis;
    }

    /** Before the handshake of this engine, which is one of BoringSSL unless this is {@link #NONE}. */
    void to(SSLEngine engine, long nowMillis) {
        if (counts(nowMillis)) {
            ((ReferenceCountedOpenSslEngine) engine).setOcspResponse(response);
        }
    }
}
