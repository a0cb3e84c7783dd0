package dev.slb.testing;

import dev.slb.plan.TlsPlan;
import io.netty.pkitesting.X509Bundle;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.jcajce.JcaBasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.jcajce.JcaCertificateID;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;

/** What authorities say of certificates. */
public final class OcspResponses {

    private OcspResponses() {}

    /** That this certificate is good, said by the authority itself. DER. */
    public static byte[] good(X509Bundle authority, X509Bundle certificate, Instant from, Instant until) {
        return of(authority, id(CertificateID.HASH_SHA1, authority, certificate), CertificateStatus.GOOD, from, until);
    }

    public static CertificateID id(AlgorithmIdentifier hash, X509Bundle authority, X509Bundle certificate) {
        try {
            return new JcaCertificateID(
                    calculator(hash),
                    authority.getCertificate(),
                    certificate.getCertificate().getSerialNumber());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * @param status null: good
     * @param until null: it does not say so
     */
    public static byte[] of(
            X509Bundle authority, CertificateID id, CertificateStatus status, Instant from, Instant until) {
        try {
            X509Certificate own = authority.getCertificate();
            BasicOCSPRespBuilder builder =
                    new JcaBasicOCSPRespBuilder(own.getPublicKey(), calculator(CertificateID.HASH_SHA1));
            builder.addResponse(id, status, Date.from(from), until == null ? null : Date.from(until));
            return new OCSPRespBuilder()
                    .build(
                            OCSPRespBuilder.SUCCESSFUL,
                            builder.build(
                                    new JcaContentSignerBuilder("SHA256with"
                                                    + ("EC"
                                                                    .equals(own.getPublicKey()
                                                                            .getAlgorithm())
                                                            ? "ECDSA"
                                                            : "RSA"))
                                            .build(authority.getKeyPair().getPrivate()),
                                    new X509CertificateHolder[] {new X509CertificateHolder(own.getEncoded())},
                                    Date.from(from)))
                    .getEncoded();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** This certificate with this response, which the plan says to count in that time, whatever it says itself. */
    public static TlsPlan.Certificate stapled(
            TlsPlan.Certificate certificate, byte[] response, Instant from, Instant until) {
        return new TlsPlan.Certificate(
                certificate.chain(),
                certificate.key(),
                new TlsPlan.Staple(
                        Base64.getEncoder().encodeToString(response), from.toEpochMilli(), until.toEpochMilli()));
    }

    private static DigestCalculator calculator(AlgorithmIdentifier hash) throws Exception {
        return new BcDigestCalculatorProvider().get(hash);
    }
}
