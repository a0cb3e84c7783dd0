package dev.slb.testing;

import dev.slb.plan.Secret;
import dev.slb.plan.TlsPlan;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import java.security.GeneralSecurityException;

/** Certificates for tests, and contexts of the JDK that use them. */
public final class Pki {

    private Pki() {}

    public static X509Bundle authority(String name) {
        try {
            return new CertificateBuilder()
                    .ecp256()
                    .subject("CN=" + name)
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A certificate of P-256 for these hosts; the first is also its common name. */
    public static X509Bundle issued(X509Bundle authority, String... hosts) {
        return issued(authority, Algorithm.ecp256, hosts);
    }

    public static X509Bundle issued(X509Bundle authority, Algorithm algorithm, String... hosts) {
        CertificateBuilder builder =
                new CertificateBuilder().algorithm(algorithm).subject("CN=" + hosts[0] + ",O=slb");
        for (String host : hosts) {
            if (host.startsWith("127.")) {
                builder.addSanIpAddress(host);
            } else {
                builder.addSanDnsName(host);
            }
        }
        try {
            return builder.buildIssuedBy(authority);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public static TlsPlan.Certificate plan(X509Bundle bundle) {
        return new TlsPlan.Certificate(bundle.getCertificatePathPEM(), new Secret(bundle.getPrivateKeyPEM()));
    }

    /** Trusts what this authority has issued, and shows no certificate. */
    public static SSLContext trusting(X509Bundle authority) {
        return context(null, authority);
    }

    /**
     * @param own shown to the other side; null: none
     * @param authority who is trusted; null: nobody
     */
    public static SSLContext context(X509Bundle own, X509Bundle authority) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    own == null ? new KeyManager[0] : own.toKeyManagerFactory().getKeyManagers(),
                    authority == null
                            ? new TrustManager[0]
                            : authority.toTrustManagerFactory().getTrustManagers(),
                    null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
