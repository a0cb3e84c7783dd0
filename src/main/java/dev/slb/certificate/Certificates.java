package dev.slb.certificate;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** Reads certificates, and nothing but certificates. */
final class Certificates {

    static final String LABEL = "CERTIFICATE";

    private Certificates() {}

    /** @return at least one */
    static List<X509Certificate> read(String pem) throws BadPemException {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Pem.Block block : Pem.blocks(pem)) {
            if (!block.label().equals(LABEL)) {
                throw new BadPemException("has a block " + block.label() + " among the certificates");
            }
            certificates.add(read(block.der(), certificates.size() + 1));
        }
        if (certificates.isEmpty()) {
            throw new BadPemException("has no certificate in PEM");
        }
        return certificates;
    }

    private static X509Certificate read(byte[] der, int number) throws BadPemException {
        ByteArrayInputStream in = new ByteArrayInputStream(der);
        try {
            X509Certificate certificate =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            if (in.available() > 0) {
                throw new BadPemException("has bytes after certificate " + number);
            }
            return certificate;
        } catch (CertificateException e) {
            throw new BadPemException("certificate " + number + " can not be read");
        }
    }

    /** Each as it is encoded, without the texts around. */
    static String write(List<X509Certificate> certificates) throws BadPemException {
        StringBuilder pem = new StringBuilder();
        try {
            for (X509Certificate certificate : certificates) {
                pem.append(Pem.write(LABEL, certificate.getEncoded()));
            }
        } catch (CertificateException e) {
            throw new BadPemException("has a certificate that can not be encoded");
        }
        return pem.toString();
    }

    static Validity validity(X509Certificate certificate) {
        return new Validity(
                certificate.getNotBefore().toInstant(),
                certificate.getNotAfter().toInstant());
    }
}
