package dev.slb.certificate;

import dev.slb.plan.Secret;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.security.spec.EllipticCurve;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Set;

/**
 * A certificate chain and its key, in one spelling whatever they were written in.
 *
 * @param problem why they can't be used, null when they can
 * @param note what speaks against them though they can be used, null when nothing does
 * @param chain PEM, the leaf first; null with a problem
 * @param key PEM of PKCS#8; null with a problem
 * @param validity of the leaf; null with a problem
 */
public record KeyPairFacts(String problem, String note, String chain, Secret key, Validity validity) {

    private static final String PKCS8 = "PRIVATE KEY";
    private static final String PKCS1 = "RSA PRIVATE KEY";
    private static final String SEC1 = "EC PRIVATE KEY";
    /** Written before a SEC1 key by some tools; the certificate says the same. */
    private static final String CURVE = "EC PARAMETERS";

    private static final int LEAST_RSA_BITS = 1024;
    private static final int ADVISED_RSA_BITS = 4096;
    /** A signature takes milliseconds of an event loop already; no browser takes larger ones. */
    private static final int MOST_RSA_BITS = 8192;
    /** BoringSSL takes no larger ones, and hardly anybody has another than 65537. */
    private static final int MOST_RSA_EXPONENT_BITS = 33;

    /** As many as BoringSSL and the JDK take of a peer. */
    private static final int MOST_CERTIFICATES = 10;

    /** P-256, P-384 and P-521. */
    private static final Set<EllipticCurve> CURVES = Set.of(curve("secp256r1"), curve("secp384r1"), curve("secp521r1"));

    /**
     * @param certificate PEM, or null: there is none
     * @param key PEM of PKCS#8, PKCS#1 or SEC1, or null: there is none
     */
    public static KeyPairFacts of(String certificate, String key) {
        try {
            List<X509Certificate> chain = inField("tls.crt", certificate, KeyPairFacts::chain);
            PrivateKey privateKey = keyOfTheFirst(chain, key);
            X509Certificate leaf = chain.get(0);
            return new KeyPairFacts(
                    null,
                    note(leaf.getPublicKey()),
                    Certificates.write(chain),
                    new Secret(Pem.write(PKCS8, privateKey.getEncoded())),
                    Certificates.validity(leaf));
        } catch (BadPemException e) {
            return new KeyPairFacts(e.getMessage(), null, null, null, null);
        }
    }

    private static List<X509Certificate> chain(String pem) throws BadPemException {
        List<X509Certificate> chain = Certificates.read(pem);
        if (chain.size() > MOST_CERTIFICATES) {
            throw new BadPemException("has " + chain.size() + " certificates, the most is " + MOST_CERTIFICATES);
        }
        return chain;
    }

    private static PrivateKey keyOfTheFirst(List<X509Certificate> chain, String key) throws BadPemException {
        try {
            return keyOf(chain.get(0), key);
        } catch (BadPemException e) {
            for (int i = 1; i < chain.size(); i++) {
                if (isKeyOf(chain.get(i), key)) {
                    throw new BadPemException(
                            "tls.crt has the certificate of tls.key as number " + (i + 1) + ", it must be the first");
                }
            }
            throw e;
        }
    }

    private static boolean isKeyOf(X509Certificate certificate, String key) {
        try {
            keyOf(certificate, key);
            return true;
        } catch (BadPemException e) {
            return false;
        }
    }

    private static PrivateKey keyOf(X509Certificate certificate, String key) throws BadPemException {
        PublicKey publicKey = certificate.getPublicKey();
        String signature = inField("tls.crt", publicKey, KeyPairFacts::signature);
        return inField("tls.key", key, pem -> read(pem, publicKey, signature));
    }

    private static String note(PublicKey key) {
        return key instanceof RSAPublicKey rsa && bits(rsa) > ADVISED_RSA_BITS
                ? "tls.crt has an RSA key of " + bits(rsa) + " bits: each full handshake holds up an event loop for "
                        + "milliseconds, " + ADVISED_RSA_BITS + " and less are advised"
                : null;
    }

    private static int bits(RSAPublicKey key) {
        return key.getModulus().bitLength();
    }

    /** What is done with the content of one field. */
    private interface Step<T, R> {
        R apply(T value) throws BadPemException;
    }

    private static <T, R> R inField(String field, T value, Step<T, R> step) throws BadPemException {
        if (value == null) {
            throw new BadPemException(field + " is missing");
        }
        try {
            return step.apply(value);
        } catch (BadPemException e) {
            throw new BadPemException(field + " " + e.getMessage());
        }
    }

    private static EllipticCurve curve(String name) {
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec(name));
            return parameters.getParameterSpec(ECParameterSpec.class).getCurve();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + name, e);
        }
    }

    /** The algorithm that tries the key; what no handshake here could use is refused. */
    private static String signature(PublicKey key) throws BadPemException {
        if (key instanceof RSAPublicKey rsa && "RSA".equals(key.getAlgorithm())) {
            int bits = bits(rsa);
            if (bits < LEAST_RSA_BITS) {
                throw new BadPemException("has an RSA key of " + bits + " bits, the least is " + LEAST_RSA_BITS);
            }
            if (bits > MOST_RSA_BITS) {
                throw new BadPemException("has an RSA key of " + bits + " bits, the most is " + MOST_RSA_BITS);
            }
            if (rsa.getPublicExponent().bitLength() > MOST_RSA_EXPONENT_BITS) {
                throw new BadPemException(
                        "has an RSA key whose exponent has more than " + MOST_RSA_EXPONENT_BITS + " bits");
            }
            return "SHA256withRSA";
        }
        if (key instanceof ECPublicKey ec) {
            if (!CURVES.contains(ec.getParams().getCurve())) {
                throw new BadPemException("has an EC key that is not of P-256, P-384 or P-521");
            }
            return "SHA256withECDSA";
        }
        throw new BadPemException("has a key of " + key.getAlgorithm() + ", RSA and EC are served");
    }

    private static PrivateKey read(String pem, PublicKey publicKey, String signature) throws BadPemException {
        Pem.Block block = keyBlock(Pem.blocks(pem));
        String algorithm = publicKey.getAlgorithm();
        if (block.label().equals(PKCS1) && !"RSA".equals(algorithm)
                || block.label().equals(SEC1) && !"EC".equals(algorithm)) {
            throw new BadPemException("is not of " + algorithm + ", as tls.crt is");
        }
        PrivateKey key;
        try {
            byte[] pkcs8 = block.label().equals(PKCS8) ? block.der() : pkcs8(publicKey, block.der());
            KeyFactory keys = KeyFactory.getInstance(algorithm);
            key = keys.generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            if (key instanceof ECPrivateKey ec) {
                // Without what may stand beside it, so that one key has one spelling.
                key = keys.generatePrivate(new ECPrivateKeySpec(ec.getS(), ec.getParams()));
            }
        } catch (GeneralSecurityException | IOException e) {
            throw new BadPemException("is not a key of " + algorithm + ", as tls.crt has it");
        }
        if (!belongTogether(key, publicKey, signature)) {
            throw new BadPemException("is not the key of tls.crt");
        }
        return key;
    }

    /**
     * PKCS#8 around a key of PKCS#1 or SEC1.
     *
     * @param publicKey of the same kind, which has the algorithm (and the curve) as PKCS#8 has it
     */
    private static byte[] pkcs8(PublicKey publicKey, byte[] key) throws IOException {
        return new DERSequence(new ASN1Encodable[] {
                    new ASN1Integer(0),
                    SubjectPublicKeyInfo.getInstance(publicKey.getEncoded()).getAlgorithm(),
                    new DEROctetString(key)
                })
                .getEncoded();
    }

    private static Pem.Block keyBlock(List<Pem.Block> blocks) throws BadPemException {
        List<Pem.Block> keys =
                blocks.stream().filter(block -> !block.label().equals(CURVE)).toList();
        if (keys.size() != 1) {
            throw new BadPemException(
                    keys.isEmpty()
                            ? "has no private key in PEM"
                            : "has " + keys.size() + " blocks, one key is expected");
        }
        Pem.Block block = keys.get(0);
        if (block.encrypted() || block.label().equals("ENCRYPTED PRIVATE KEY")) {
            throw new BadPemException("is encrypted");
        }
        if (!Set.of(PKCS8, PKCS1, SEC1).contains(block.label())) {
            throw new BadPemException(
                    "has a block " + block.label() + ", a PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY is expected");
        }
        return block;
    }

    private static boolean belongTogether(PrivateKey key, PublicKey publicKey, String algorithm) {
        if (key instanceof RSAPrivateKey mine
                && publicKey instanceof RSAPublicKey its
                && !mine.getModulus().equals(its.getModulus())) {
            return false; // and one of any size costs nothing
        }
        byte[] challenge = publicKey.getEncoded();
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(challenge);
            byte[] signed = signer.sign();
            signer.initVerify(publicKey);
            signer.update(challenge);
            return signer.verify(signed);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** Without the texts. */
    @Override
    public String toString() {
        return problem == null ? "key pair " + validity : problem;
    }
}
