package dev.slb.certificate;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;

/**
 * {@code CertID} of RFC 6960: a certificate by its serial number, and by hashes of its issuer's name and key.
 *
 * @param hashAlgorithm its object identifier, as it is encoded, in hex
 */
record OcspCertId(String hashAlgorithm, byte[] issuerNameHash, byte[] issuerKeyHash, BigInteger serialNumber) {

    private static final Map<String, String> HASHES = Map.of(
            "2b0e03021a", "SHA-1",
            "608648016503040201", "SHA-256",
            "608648016503040202", "SHA-384",
            "608648016503040203", "SHA-512");

    static OcspCertId read(DerReader in) throws BadDerException {
        DerReader id = in.enter(DerReader.SEQUENCE);
        String algorithm = HexFormat.of()
                .formatHex(id.enter(DerReader.SEQUENCE)
                        .enter(DerReader.OBJECT_IDENTIFIER)
                        .rest());
        byte[] name = id.enter(DerReader.OCTET_STRING).rest();
        byte[] key = id.enter(DerReader.OCTET_STRING).rest();
        byte[] serial = id.enter(DerReader.INTEGER).rest();
        id.done();
        if (serial.length == 0) {
            throw new BadDerException("an integer without a value");
        }
        return new OcspCertId(algorithm, name, key, new BigInteger(serial));
    }

    /** @param issuer null when it is not at hand: then its name counts alone */
    boolean isOf(X509Certificate certificate, X509Certificate issuer) {
        String algorithm = HASHES.get(hashAlgorithm);
        if (algorithm == null || !serialNumber.equals(certificate.getSerialNumber())) {
            return false;
        }
        byte[] name = certificate.getIssuerX500Principal().getEncoded();
        return Arrays.equals(issuerNameHash, hash(algorithm, name))
                && (issuer == null || Arrays.equals(issuerKeyHash, hash(algorithm, bits(issuer.getPublicKey()))));
    }

    /** The bit string in {@code SubjectPublicKeyInfo}. */
    private static byte[] bits(PublicKey key) {
        try {
            DerReader info = new DerReader(key.getEncoded()).enter(DerReader.SEQUENCE);
            info.enter(DerReader.SEQUENCE);
            byte[] bits = info.enter(DerReader.BIT_STRING).rest();
            return Arrays.copyOfRange(bits, 1, bits.length); // without the number of unused bits
        } catch (BadDerException e) {
            throw new IllegalStateException("a key of the JDK that is not in DER", e);
        }
    }

    private static byte[] hash(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }
}
