package dev.slb.certificate;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * Certificates that sign those of clients or servers.
 *
 * @param problem why they can't be used, null when they can
 * @param pem the certificates alone, null with a problem
 * @param validity from the first that counts to the last; null with a problem
 */
public record AuthorityFacts(String problem, String pem, Validity validity) {

    /** @param pem null: there is none */
    public static AuthorityFacts of(String pem) {
        if (pem == null) {
            return new AuthorityFacts("is missing", null, null);
        }
        try {
            List<X509Certificate> certificates = Certificates.read(pem);
            return new AuthorityFacts(
                    null,
                    Certificates.write(certificates),
                    new Validity(
                            certificates.stream()
                                    .map(each -> each.getNotBefore().toInstant())
                                    .min(Comparator.naturalOrder())
                                    .orElse(Instant.MIN),
                            certificates.stream()
                                    .map(each -> each.getNotAfter().toInstant())
                                    .max(Comparator.naturalOrder())
                                    .orElse(Instant.MAX)));
        } catch (BadPemException e) {
            return new AuthorityFacts(e.getMessage(), null, null);
        }
    }
}
