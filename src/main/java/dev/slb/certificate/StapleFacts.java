package dev.slb.certificate;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * An OCSP response that is to be stapled to a certificate.
 *
 * @param problem why it can't be, null when it can
 * @param response DER in base64; null with a problem
 * @param validity from {@code thisUpdate} to {@code nextUpdate}; null with a problem
 */
public record StapleFacts(String problem, String response, Validity validity) {

    /**
     * Never throws, whatever is in it.
     *
     * @param chain PEM of the certificate that it is for, and of those that have signed it, as far as they are there
     */
    public static StapleFacts of(byte[] der, String chain) {
        try {
            return of(der, OcspResponse.read(der), Certificates.read(chain));
        } catch (IOException e) {
            return bad("is not an OCSP response in DER");
        } catch (BadPemException e) {
            return bad("has no certificate to go with");
        }
    }

    private static StapleFacts of(byte[] der, OcspResponse response, List<X509Certificate> chain) {
        if (response.status() != OcspResponse.SUCCESSFUL) {
            return bad("is not a successful OCSP response, its status is " + response.status());
        }
        X509Certificate issuer = issuer(chain);
        Optional<OcspResponse.Answer> found = response.answers().stream()
                .filter(each -> each.isOf(chain.get(0), issuer))
                .findFirst();
        if (found.isEmpty()) {
            return bad("is an OCSP response for another certificate than tls.crt");
        }
        if (issuer != null && !response.isSignedFor(issuer)) {
            return bad("is not signed by the issuer of tls.crt, nor by a responder of it");
        }
        OcspResponse.Answer answer = found.get();
        return switch (answer.status()) {
            case OcspResponse.Answer.GOOD ->
                answer.nextUpdate() == null
                        ? bad("has no nextUpdate")
                        : new StapleFacts(
                                null,
                                Base64.getEncoder().encodeToString(der),
                                new Validity(answer.thisUpdate(), answer.nextUpdate()));
            case OcspResponse.Answer.REVOKED -> bad("says that tls.crt is revoked");
            default -> bad("says that tls.crt is not known");
        };
    }

    /** Null when it is not in the chain. */
    private static X509Certificate issuer(List<X509Certificate> chain) {
        X509Certificate leaf = chain.get(0);
        return chain.stream()
                .filter(each -> each.getSubjectX500Principal().equals(leaf.getIssuerX500Principal()))
                .findFirst()
                .orElse(null);
    }

    private static StapleFacts bad(String problem) {
        return new StapleFacts(problem, null, null);
    }

    /** Without the response. */
    @Override
    public String toString() {
        return problem == null ? "staple " + validity : problem;
    }
}
