package dev.slb.certificate;

import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.OCSPResponseStatus;
import org.bouncycastle.asn1.ocsp.ResponseBytes;
import org.bouncycastle.asn1.ocsp.ResponseData;
import org.bouncycastle.asn1.ocsp.SingleResponse;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.text.ParseException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * An OCSP response (RFC 6960) as BouncyCastle reads it, and more strictly: DER, and nothing where nothing belongs.
 *
 * @param status {@code OCSPResponseStatus}, 0 when it was successful; with any other the rest is empty
 * @param basic null unless it was successful
 * @param producedAt null unless it was successful
 * @param certificates those that came with it, of its signer as a rule
 */
record OcspResponse(
        int status,
        BasicOCSPResp basic,
        Instant producedAt,
        List<Answer> answers,
        List<X509CertificateHolder> certificates) {

    static final int SUCCESSFUL = OCSPResponseStatus.SUCCESSFUL;

    private static final Set<String> HASHES = Set.of(
            OIWObjectIdentifiers.idSHA1.getId(),
            NISTObjectIdentifiers.id_sha256.getId(),
            NISTObjectIdentifiers.id_sha384.getId(),
            NISTObjectIdentifiers.id_sha512.getId());

    /**
     * What it says of one certificate.
     *
     * @param status the number of {@code CertStatus}
     * @param nextUpdate null: it does not say until when it counts
     */
    record Answer(CertID certificate, int status, Instant thisUpdate, Instant nextUpdate) {
        static final int GOOD = 0;
        static final int REVOKED = 1;

        private static Answer read(ASN1Encodable encoded) throws IOException {
            SingleResponse answer = whole(encoded, SingleResponse::getInstance);
            return new Answer(
                    answer.getCertID(),
                    answer.getCertStatus().getTagNo(),
                    time(answer.getThisUpdate()),
                    answer.getNextUpdate() == null ? null : time(answer.getNextUpdate()));
        }

        /** @param issuer null when it is not at hand: then its name counts alone */
        boolean isOf(X509Certificate subject, X509Certificate issuer) {
            String hash = certificate.getHashAlgorithm().getAlgorithm().getId();
            return HASHES.contains(hash)
                    && certificate.getSerialNumber().hasValue(subject.getSerialNumber())
                    && Arrays.equals(
                            certificate.getIssuerNameHash().getOctets(),
                            hash(hash, subject.getIssuerX500Principal().getEncoded()))
                    && (issuer == null
                            || Arrays.equals(
                                    certificate.getIssuerKeyHash().getOctets(),
                                    hash(hash, bits(issuer.getPublicKey()))));
        }
    }

    static OcspResponse read(byte[] der) throws IOException {
        try {
            OCSPResponse response = strictly(der, OCSPResponse::getInstance);
            int status = response.getResponseStatus().getIntValue();
            if (status != SUCCESSFUL) {
                return new OcspResponse(status, null, null, List.of(), List.of());
            }
            ResponseBytes bytes = response.getResponseBytes();
            if (bytes == null || !OCSPObjectIdentifiers.id_pkix_ocsp_basic.equals(bytes.getResponseType())) {
                throw new IOException("a response of another type than basic");
            }
            return successful(strictly(bytes.getResponse().getOctets(), BasicOCSPResponse::getInstance));
        } catch (RuntimeException e) { // how BouncyCastle says of most structures that they are none
            throw new IOException(e);
        }
    }

    private static OcspResponse successful(BasicOCSPResponse response) throws IOException {
        ResponseData data = response.getTbsResponseData();
        List<Answer> answers = new ArrayList<>();
        for (ASN1Encodable each : data.getResponses()) {
            answers.add(Answer.read(each));
        }
        BasicOCSPResp basic = new BasicOCSPResp(response);
        return new OcspResponse(SUCCESSFUL, basic, time(data.getProducedAt()), answers, List.of(basic.getCerts()));
    }

    /** BouncyCastle takes BER too. */
    private static <T extends ASN1Object> T strictly(byte[] der, Function<Object, T> type) throws IOException {
        ASN1Primitive encoded = ASN1Primitive.fromByteArray(der);
        if (!Arrays.equals(der, encoded.getEncoded(ASN1Encoding.DL))) {
            throw new IOException("lengths that are not those of DER");
        }
        return whole(encoded, type);
    }

    /** BouncyCastle passes over what follows the last element that it knows. */
    private static <T extends ASN1Object> T whole(ASN1Encodable encoded, Function<Object, T> type) throws IOException {
        T read = type.apply(encoded);
        if (!Arrays.equals(
                read.getEncoded(ASN1Encoding.DER), encoded.toASN1Primitive().getEncoded(ASN1Encoding.DER))) {
            throw new IOException("more in it than belongs there");
        }
        return read;
    }

    private static Instant time(ASN1GeneralizedTime time) throws IOException {
        try {
            Date date = time.getDate();
            if (!time.equals(new ASN1GeneralizedTime(date))) {
                throw new IOException("a time that DER writes in another way");
            }
            return date.toInstant();
        } catch (ParseException e) {
            throw new IOException(e);
        }
    }

    /** Whether the issuer has signed it, or a responder to which the issuer gave a certificate for that. */
    boolean isSignedFor(X509Certificate issuer) {
        return isSignedBy(issuer.getPublicKey())
                || certificates.stream().anyMatch(each -> isSignedByDelegate(each, issuer.getPublicKey()));
    }

    private boolean isSignedByDelegate(X509CertificateHolder certificate, PublicKey issuer) {
        try {
            X509Certificate responder = new JcaX509CertificateConverter().getCertificate(certificate);
            responder.checkValidity(Date.from(producedAt));
            responder.verify(issuer);
            List<String> usages = responder.getExtendedKeyUsage();
            return usages != null
                    && usages.contains(KeyPurposeId.id_kp_OCSPSigning.getId())
                    && isSignedBy(responder.getPublicKey());
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private boolean isSignedBy(PublicKey key) {
        try {
            return basic.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key));
        } catch (OperatorCreationException | OCSPException e) { // also: not a signature of this kind of key
            return false;
        }
    }

    /** The bit string in {@code SubjectPublicKeyInfo}. */
    private static byte[] bits(PublicKey key) {
        return SubjectPublicKeyInfo.getInstance(key.getEncoded())
                .getPublicKeyData()
                .getBytes();
    }

    private static byte[] hash(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }
}
