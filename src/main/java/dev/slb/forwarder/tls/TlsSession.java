package dev.slb.forwarder.tls;

import io.netty.handler.ssl.SslHandler;

import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;

/** What a handshake has agreed on. */
public final class TlsSession {

    private final SslHandler handler;
    private final String protocol;
    private final String cipher;

    TlsSession(SslHandler handler) {
        SSLSession session = handler.engine().getSession();
        this.handler = handler;
        this.protocol = session.getProtocol();
        this.cipher = session.getCipherSuite();
    }

    /** Such as {@code TLSv1.3}. */
    public String protocol() {
        return protocol;
    }

    /** By its name of the JDK, such as {@code TLS_AES_128_GCM_SHA256}. */
    public String cipher() {
        return cipher;
    }

    /** Such as {@code h2}; null when none was agreed on. */
    public String applicationProtocol() {
        return handler.applicationProtocol();
    }

    /** What the peer has shown, verified when that was asked for; null when it has shown none. */
    public X509Certificate peerCertificate() {
        try {
            Certificate[] chain = handler.engine().getSession().getPeerCertificates();
            return chain.length == 0 ? null : (X509Certificate) chain[0];
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }
}
