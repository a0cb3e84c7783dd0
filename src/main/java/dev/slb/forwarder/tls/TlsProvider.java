package dev.slb.forwarder.tls;

import dev.slb.base.CauseChain;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/** Who does the cryptography. */
public enum TlsProvider {
    /** BoringSSL where it can be loaded, else the JDK. Never in use itself. */
    AUTO("automatic"),
    /** BoringSSL, linked into the process: a third of the processor time of the JDK's. */
    OPENSSL("BoringSSL"),
    /** What every JDK has. */
    JDK("the JDK");

    private final String title;

    TlsProvider(String title) {
        this.title = title;
    }

    /** What people call it. */
    public String title() {
        return title;
    }

    /**
     * The one that is used when this was asked for; logs it, and why.
     *
     * @throws IllegalStateException when it does not work here
     */
    public TlsProvider choose() {
        Logger log = LoggerFactory.getLogger(TlsProvider.class);
        TlsProvider chosen = this;
        if (this != JDK && !OpenSsl.isAvailable()) {
            if (this == OPENSSL) {
                throw new IllegalStateException("TLS by BoringSSL does not work here: " + whyNoOpenSsl());
            }
            log.info("no BoringSSL: {}; TLS is slower, and no OCSP response is stapled", whyNoOpenSsl());
            chosen = JDK;
        } else if (this == AUTO) {
            chosen = OPENSSL;
        }
        log.info("TLS by {}", chosen.title);
        return chosen;
    }

    private static String whyNoOpenSsl() {
        return String.valueOf(CauseChain.root(OpenSsl.unavailabilityCause()));
    }

    SslProvider netty() {
        // Counted references rather than finalizers: contexts and engines end when they are released.
        return this == OPENSSL ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK;
    }

    /** Suites that it carries, by their names of the JDK. */
    Set<String> suites() {
        return this == OPENSSL ? OpenSsl.availableJavaCipherSuites() : Set.of(jdk().getCipherSuites());
    }

    /** Versions that it speaks; what the JDK's security properties disable is none of them. */
    Set<String> versions() {
        return this == OPENSSL
                ? Set.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
                : new LinkedHashSet<>(Arrays.asList(jdk().getProtocols()));
    }

    /** Whether an OCSP response can be given to a handshake; the JDK would ask the authority for one itself. */
    boolean staples() {
        return this == OPENSSL;
    }

    private static SSLParameters jdk() {
        try {
            return SSLContext.getDefault().getDefaultSSLParameters();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has TLS", e);
        }
    }
}
