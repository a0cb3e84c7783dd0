package dev.slb.translate;

import dev.slb.api.TlsVersion;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The cipher suites of SLB (classic SLB), best first: forward secrecy before none, authenticated modes before CBC.
 * Those that the forwarder's TLS library (BoringSSL) no longer carries are here to be named.
 */
enum TlsSuite {
    TLS_AES_128_GCM_SHA256(Kind.TLS13, "TLS_AES_128_GCM_SHA256", true),
    TLS_AES_256_GCM_SHA384(Kind.TLS13, "TLS_AES_256_GCM_SHA384", true),
    TLS_CHACHA20_POLY1305_SHA256(Kind.TLS13, "TLS_CHACHA20_POLY1305_SHA256", true),
    TLS_AES_128_CCM_SHA256(Kind.TLS13, "TLS_AES_128_CCM_SHA256", false),
    TLS_AES_128_CCM_8_SHA256(Kind.TLS13, "TLS_AES_128_CCM_8_SHA256", false),

    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256(Kind.FORWARD_SECRET, "ECDHE-ECDSA-AES128-GCM-SHA256", true),
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256(Kind.FORWARD_SECRET, "ECDHE-RSA-AES128-GCM-SHA256", true),
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384(Kind.FORWARD_SECRET, "ECDHE-ECDSA-AES256-GCM-SHA384", true),
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384(Kind.FORWARD_SECRET, "ECDHE-RSA-AES256-GCM-SHA384", true),
    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256(Kind.FORWARD_SECRET, "ECDHE-ECDSA-AES128-SHA256", false),
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256(Kind.FORWARD_SECRET, "ECDHE-RSA-AES128-SHA256", false),
    TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384(Kind.FORWARD_SECRET, "ECDHE-ECDSA-AES256-SHA384", false),
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384(Kind.FORWARD_SECRET, "ECDHE-RSA-AES256-SHA384", false),
    TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA(Kind.FORWARD_SECRET_CBC, "ECDHE-ECDSA-AES128-SHA", true),
    TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA(Kind.FORWARD_SECRET_CBC, "ECDHE-RSA-AES128-SHA", true),
    TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA(Kind.FORWARD_SECRET_CBC, "ECDHE-ECDSA-AES256-SHA", true),
    TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA(Kind.FORWARD_SECRET_CBC, "ECDHE-RSA-AES256-SHA", true),

    TLS_RSA_WITH_AES_128_GCM_SHA256(Kind.STATIC, "AES128-GCM-SHA256", true),
    TLS_RSA_WITH_AES_256_GCM_SHA384(Kind.STATIC, "AES256-GCM-SHA384", true),
    TLS_RSA_WITH_AES_128_CBC_SHA256(Kind.STATIC, "AES128-SHA256", false),
    TLS_RSA_WITH_AES_256_CBC_SHA256(Kind.STATIC, "AES256-SHA256", false),
    TLS_RSA_WITH_AES_128_CBC_SHA(Kind.STATIC_CBC, "AES128-SHA", true),
    TLS_RSA_WITH_AES_256_CBC_SHA(Kind.STATIC_CBC, "AES256-SHA", true),
    TLS_RSA_WITH_3DES_EDE_CBC_SHA(Kind.STATIC_CBC, "DES-CBC3-SHA", false);

    /** What suites have in common. Only CBC with SHA-1 is older than TLS 1.2. */
    private enum Kind {
        TLS13(EnumSet.of(TlsVersion.TLSv1_3)),
        FORWARD_SECRET(EnumSet.of(TlsVersion.TLSv1_2)),
        FORWARD_SECRET_CBC(EnumSet.of(TlsVersion.TLSv1_0, TlsVersion.TLSv1_1, TlsVersion.TLSv1_2)),
        STATIC(EnumSet.of(TlsVersion.TLSv1_2)),
        STATIC_CBC(EnumSet.of(TlsVersion.TLSv1_0, TlsVersion.TLSv1_1, TlsVersion.TLSv1_2));

        private final Set<TlsVersion> versions;

        Kind(Set<TlsVersion> versions) {
            this.versions = versions;
        }
    }

    private final Kind kind;
    private final String openSslName;
    private final boolean carried;

    TlsSuite(Kind kind, String openSslName, boolean carried) {
        this.kind = kind;
        this.openSslName = openSslName;
        this.carried = carried;
    }

    /** By the name of IANA and the JDK, or that of OpenSSL. */
    static Optional<TlsSuite> of(String name) {
        return Arrays.stream(values())
                .filter(suite -> suite.name().equals(name) || suite.openSslName.equals(name))
                .findFirst();
    }

    /** All that some of the versions have, best first. */
    static List<TlsSuite> all(Set<TlsVersion> versions) {
        return Arrays.stream(values()).filter(suite -> suite.goesWith(versions)).toList();
    }

    boolean goesWith(Set<TlsVersion> versions) {
        return kind.versions.stream().anyMatch(versions::contains);
    }

    boolean isForwardSecret() {
        return kind != Kind.STATIC && kind != Kind.STATIC_CBC;
    }

    /** By its name in the documents of SLB. */
    String openSslName() {
        return openSslName;
    }

    /** Whether the forwarder can speak it. */
    boolean isCarried() {
        return carried;
    }
}
