package dev.slb.certificate;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * As much of an OCSP response (RFC 6960) as whoever staples it must know. Its signature is for clients to verify.
 *
 * @param status {@code OCSPResponseStatus}, 0 when it was successful; with any other it has no answers
 */
record OcspResponse(int status, List<Answer> answers) {

    static final int SUCCESSFUL = 0;

    private static final String BASIC = "2b0601050507300101";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'").withResolverStyle(ResolverStyle.STRICT);

    enum CertificateStatus {
        GOOD(0x80),
        REVOKED(0xa1),
        UNKNOWN(0x82);

        private final int tag;

        CertificateStatus(int tag) {
            this.tag = tag;
        }
    }

    /**
     * What it says of one certificate.
     *
     * @param nextUpdate null: it does not say until when it counts
     */
    record Answer(OcspCertId certificate, CertificateStatus status, Instant thisUpdate, Instant nextUpdate) {}

    static OcspResponse read(byte[] der) throws BadDerException {
        DerReader in = new DerReader(der);
        DerReader response = in.enter(DerReader.SEQUENCE);
        in.done();
        byte[] status = response.enter(DerReader.ENUMERATED).rest();
        if (status.length != 1) {
            throw new BadDerException("a status of " + status.length + " bytes");
        }
        if (status[0] != SUCCESSFUL) {
            return new OcspResponse(status[0], List.of());
        }
        DerReader bytes = response.enter(DerReader.context(0)).enter(DerReader.SEQUENCE);
        response.done();
        String type = HexFormat.of()
                .formatHex(bytes.enter(DerReader.OBJECT_IDENTIFIER).rest());
        if (!type.equals(BASIC)) {
            throw new BadDerException("a response of another type than basic");
        }
        return new OcspResponse(
                SUCCESSFUL,
                basic(new DerReader(bytes.enter(DerReader.OCTET_STRING).rest())));
    }

    private static List<Answer> basic(DerReader in) throws BadDerException {
        DerReader basic = in.enter(DerReader.SEQUENCE);
        in.done();
        DerReader data = basic.enter(DerReader.SEQUENCE);
        basic.enter(DerReader.SEQUENCE); // signatureAlgorithm
        basic.enter(DerReader.BIT_STRING);
        basic.skip(DerReader.context(0)); // certs
        basic.done();
        data.skip(DerReader.context(0)); // version
        data.next(); // responderID
        data.enter(DerReader.GENERALIZED_TIME); // producedAt
        DerReader answers = data.enter(DerReader.SEQUENCE);
        data.skip(DerReader.context(1)); // responseExtensions
        data.done();
        List<Answer> list = new ArrayList<>();
        while (answers.hasMore()) {
            list.add(answer(answers.enter(DerReader.SEQUENCE)));
        }
        return list;
    }

    private static Answer answer(DerReader in) throws BadDerException {
        OcspCertId certificate = OcspCertId.read(in);
        CertificateStatus status = status(in);
        Instant thisUpdate = time(in);
        Instant nextUpdate = null;
        if (in.has(DerReader.context(0))) {
            DerReader next = in.enter(DerReader.context(0));
            nextUpdate = time(next);
            next.done();
        }
        in.skip(DerReader.context(1)); // singleExtensions
        in.done();
        return new Answer(certificate, status, thisUpdate, nextUpdate);
    }

    private static CertificateStatus status(DerReader in) throws BadDerException {
        for (CertificateStatus status : CertificateStatus.values()) {
            if (in.has(status.tag)) {
                in.next();
                return status;
            }
        }
        throw new BadDerException("a status of a certificate that is none");
    }

    private static Instant time(DerReader in) throws BadDerException {
        String text = new String(in.enter(DerReader.GENERALIZED_TIME).rest(), StandardCharsets.ISO_8859_1);
        try {
            return LocalDateTime.parse(text, TIME).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw new BadDerException("a time that is none");
        }
    }
}
