package dev.slb.plan;

import com.fasterxml.jackson.annotation.JsonInclude;

import java.util.Base64;
import java.util.List;

/**
 * TLS towards clients (classic SLB).
 *
 * @param certificate for clients that match no entry of {@code sni}
 * @param sni further certificates, chosen by the host of the handshake: exact, then the narrower wildcard, then the wider
 * @param clientCa PEM certificates that sign those that clients must show; null: none is asked for
 * @param versions some of {@code TLSv1}, {@code TLSv1.1}, {@code TLSv1.2}, {@code TLSv1.3}
 * @param ciphers suites by their names of the JDK ({@code TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}), in order of preference;
 *     those that the provider does not carry are left out
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record TlsPlan(
        Certificate certificate, List<Sni> sni, String clientCa, List<String> versions, List<String> ciphers) {

    public TlsPlan {
        sni = sni == null ? List.of() : List.copyOf(sni);
        versions = versions == null ? List.of() : List.copyOf(versions);
        ciphers = ciphers == null ? List.of() : List.copyOf(ciphers);
    }

    /**
     * @param chain PEM, the leaf first
     * @param key PEM, PKCS#8 or PKCS#1 or SEC1, not encrypted
     * @param staple null: none
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Certificate(String chain, Secret key, Staple staple) {

        public Certificate(String chain, Secret key) {
            this(chain, key, null);
        }

        /** Equal for equal chains and keys, whatever is stapled. */
        public Certificate withoutStaple() {
            return new Certificate(chain, key);
        }

        List<String> validate() {
            return new Problems()
                    .require(chain != null && !chain.isEmpty(), "chain", "is missing")
                    .require(key != null, "key", "is missing")
                    .require(staple == null || staple.isBase64(), "staple.response", "is not base64")
                    .list();
        }
    }

    /**
     * An OCSP response (RFC 6960) that is sent with the certificate to clients that ask for it (RFC 6066).
     *
     * @param response DER in base64
     * @param fromMillis since the epoch; it is not sent earlier
     * @param untilMillis since the epoch; it is not sent then or later
     */
    public record Staple(String response, long fromMillis, long untilMillis) {

        private boolean isBase64() {
            try {
                return response != null && Base64.getDecoder().decode(response).length > 0;
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
    }

    /** @param host lower case, exact or {@code *.suffix} */
    public record Sni(String host, Certificate certificate) {}

    List<String> validate() {
        Problems problems = new Problems();
        problems.require(certificate != null, "certificate", "is missing");
        if (certificate != null) {
            problems.addAll("certificate", certificate.validate());
        }
        for (Sni each : sni) {
            String at = "sni[" + each.host() + "]";
            problems.require(each.host() != null && !each.host().isEmpty(), at, "has no host");
            problems.require(each.certificate() != null, at, "has no certificate");
            if (each.certificate() != null) {
                problems.addAll(at, each.certificate().validate());
            }
        }
        problems.require(!versions.isEmpty(), "versions", "are missing");
        return problems.list();
    }
}
