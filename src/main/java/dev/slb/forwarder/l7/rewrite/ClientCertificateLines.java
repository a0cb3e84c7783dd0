package dev.slb.forwarder.l7.rewrite;

import dev.slb.base.Sha256;
import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.tls.TlsSession;

import javax.security.auth.x500.X500Principal;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/** What servers are told of the certificate that a client has shown and that was verified. */
final class ClientCertificateLines {

    private ClientCertificateLines() {}

    /** Whole header lines; empty without a certificate. */
    static byte[] of(TlsSession session) {
        X509Certificate certificate = session == null ? null : session.peerCertificate();
        if (certificate == null) {
            return new byte[0];
        }
        return Ascii.bytes(line("subjectdn", name(certificate.getSubjectX500Principal()))
                + line("issuerdn", name(certificate.getIssuerX500Principal()))
                + line("fingerprint", fingerprint(certificate))
                + line("clientverify", "SUCCESS")); // else there would be no connection
    }

    private static String line(String what, String value) {
        return "X-Forwarded-ClientCert-" + what + ": " + value + "\r\n";
    }

    /** By RFC 4514; what is not printable ASCII stands as a backslash and hex digits, so nothing in it can end the line. */
    static String name(X500Principal principal) {
        byte[] bytes = principal.getName(X500Principal.RFC2253).getBytes(StandardCharsets.UTF_8);
        StringBuilder name = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            if (b >= ' ' && b <= '~') {
                name.append((char) b);
            } else {
                name.append('\\').append(HexFormat.of().withUpperCase().toHexDigits(b));
            }
        }
        return name.toString();
    }

    /** SHA-256 of the certificate in DER, in lower-case hex digits. */
    private static String fingerprint(X509Certificate certificate) {
        try {
            return Sha256.hex(certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
    }
}
