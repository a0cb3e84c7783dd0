package dev.slb.forwarder.l7;

import dev.slb.forwarder.tls.TlsProvider;
import dev.slb.plan.TlsPlan;
import dev.slb.testing.Loopback;
import dev.slb.testing.Pki;
import io.netty.handler.ssl.OpenSsl;
import io.netty.pkitesting.X509Bundle;

import java.util.List;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What listeners of tests speak TLS with. Their clients trust {@link #AUTHORITY}. */
public final class TestTls {

    public static final X509Bundle AUTHORITY = Pki.authority("test authority");
    public static final X509Bundle DEFAULT =
            Pki.issued(AUTHORITY, "default.test", "shop", "localhost", Loopback.ADDRESS);

    public static final List<String> VERSIONS = List.of("TLSv1.2", "TLSv1.3");
    public static final List<String> SUITES = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA");

    private TestTls() {}

    public static void assumeAvailable(TlsProvider provider) {
        assumeTrue(provider != TlsProvider.OPENSSL || OpenSsl.isAvailable(), "BoringSSL does not work here");
    }

    public static TlsPlan plan(X509Bundle certificate, TlsPlan.Sni... sni) {
        return new TlsPlan(Pki.plan(certificate), List.of(sni), null, VERSIONS, SUITES);
    }

    public static TlsPlan.Sni sni(String host, X509Bundle certificate) {
        return new TlsPlan.Sni(host, Pki.plan(certificate));
    }
}
