package dev.slb.certificate;

import dev.slb.testing.OcspResponses;
import dev.slb.testing.Pki;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Object;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.BERSequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.CertStatus;
import org.bouncycastle.asn1.ocsp.ResponseData;
import org.bouncycastle.asn1.ocsp.SingleResponse;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.UnknownStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;

import static dev.slb.testing.TestCertificates.GOOD_TIME;
import static dev.slb.testing.TestCertificates.pem;
import static org.assertj.core.api.Assertions.assertThat;

class StapleFactsTest {

    private static final Instant FROM = Instant.parse("2027-01-01T00:00:00Z");
    private static final Instant UNTIL = Instant.parse("2027-01-08T00:00:00Z");

    private static final X509Bundle AUTHORITY = Pki.authority("authority");
    private static final X509Bundle LEAF = Pki.issued(AUTHORITY, "leaf.test");
    private static final String CHAIN = LEAF.getCertificatePathPEM();
    private static final CertificateID ID = OcspResponses.id(CertificateID.HASH_SHA1, AUTHORITY, LEAF);

    private static final String NO_RESPONSE = "is not an OCSP response in DER";
    private static final String NOT_SIGNED = "is not signed by the issuer of tls.crt, nor by a responder of it";

    private static byte[] file(String name) {
        return Base64.getDecoder().decode(pem(name));
    }

    private static byte[] good() {
        return OcspResponses.good(AUTHORITY, LEAF, FROM, UNTIL);
    }

    @Test
    void aGoodOneOfOpensslCounts() {
        StapleFacts facts = StapleFacts.of(file("shop.ocsp"), pem("shop.crt"));

        assertThat(facts.problem()).isNull();
        assertThat(facts.response()).isEqualTo(pem("shop.ocsp"));
        assertThat(facts.validity().contains(GOOD_TIME)).isTrue();
        assertThat(facts.validity().until()).isAfter(Instant.parse("2035-01-01T00:00:00Z"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            shop-revoked.ocsp     | shop.crt          | says that tls.crt is revoked
            shop-without-end.ocsp | shop.crt          | has no nextUpdate
            shop.ocsp             | shop-one-year.crt | is an OCSP response for another certificate than tls.crt
            shop.ocsp             | shop-renewed.crt  | is an OCSP response for another certificate than tls.crt
            """)
    void whatCanNotBeStapledIsLeftOutWithTheReason(String response, String certificate, String problem) {
        assertThat(StapleFacts.of(file(response), pem(certificate))).isEqualTo(new StapleFacts(problem, null, null));
    }

    @Test
    void itsTimesAreThoseOfTheResponse() {
        assertThat(StapleFacts.of(good(), CHAIN).validity()).isEqualTo(new Validity(FROM, UNTIL));
    }

    @Test
    void theCertificateCanBeHashedByEveryAlgorithmOfSha2() {
        for (ASN1ObjectIdentifier hash : new ASN1ObjectIdentifier[] {
            NISTObjectIdentifiers.id_sha256, NISTObjectIdentifiers.id_sha384, NISTObjectIdentifiers.id_sha512
        }) {
            CertificateID id = OcspResponses.id(new AlgorithmIdentifier(hash), AUTHORITY, LEAF);
            byte[] response = OcspResponses.of(AUTHORITY, id, CertificateStatus.GOOD, FROM, UNTIL);
            assertThat(StapleFacts.of(response, CHAIN).problem())
                    .as(hash.getId())
                    .isNull();
        }
    }

    @Test
    void theKeyOfTheIssuerCountsWhereTheChainHasItsCertificate() throws Exception {
        X509Bundle namesake = Pki.authority("authority");
        byte[] ofNamesake = OcspResponses.of(
                namesake, OcspResponses.id(CertificateID.HASH_SHA1, namesake, LEAF), null, FROM, UNTIL);
        String leaf = Certificates.write(Certificates.read(CHAIN).subList(0, 1));

        assertThat(StapleFacts.of(ofNamesake, withIssuer()).problem()).contains("for another certificate");
        assertThat(StapleFacts.of(good(), withIssuer()).problem()).isNull();
        assertThat(StapleFacts.of(ofNamesake, leaf).problem()).isNull();
    }

    @Test
    void theSignatureCountsWhereTheChainHasTheIssuer() throws Exception {
        byte[] ofOther = OcspResponses.of(Pki.authority("other"), ID, CertificateStatus.GOOD, FROM, UNTIL);

        assertThat(StapleFacts.of(ofOther, withIssuer()).problem()).isEqualTo(NOT_SIGNED);
        assertThat(StapleFacts.of(ofOther, LEAF.getCertificatePEM()).problem()).isNull();
    }

    @Test
    void aResponderMaySignWhoseCertificateTheIssuerGaveForThat() throws Exception {
        X509Bundle responder = responder(UNTIL).buildIssuedBy(AUTHORITY);
        X509Bundle server = Pki.issued(AUTHORITY, "server.test");
        X509Bundle ofOther = responder(UNTIL).buildIssuedBy(Pki.authority("authority"));
        X509Bundle expired = responder(FROM.minusSeconds(1)).buildIssuedBy(AUTHORITY);

        assertThat(StapleFacts.of(signedBy(responder), withIssuer()).problem()).isNull();
        for (X509Bundle nobody : List.of(server, ofOther, expired)) {
            assertThat(StapleFacts.of(signedBy(nobody), withIssuer()).problem()).isEqualTo(NOT_SIGNED);
        }
    }

    private static CertificateBuilder responder(Instant until) {
        return new CertificateBuilder()
                .rsa2048() // another kind of key than the issuer's
                .subject("CN=responder")
                .notBefore(FROM.minus(Duration.ofDays(1)))
                .notAfter(until)
                .addExtendedKeyUsage(CertificateBuilder.ExtendedKeyUsage.PKIX_KP_OCSP_SIGNING);
    }

    private static byte[] signedBy(X509Bundle responder) {
        return OcspResponses.of(responder, ID, CertificateStatus.GOOD, FROM, UNTIL);
    }

    private static String withIssuer() throws BadPemException {
        return Certificates.write(List.of(LEAF.getCertificate(), AUTHORITY.getCertificate()));
    }

    @Test
    void noByteOfWhatIsSignedCanBeAnother() throws Exception {
        byte[] good = good();
        byte[] signed = ((BasicOCSPResp) new OCSPResp(good).getResponseObject()).getTBSResponseData();
        int from =
                new String(good, StandardCharsets.ISO_8859_1).indexOf(new String(signed, StandardCharsets.ISO_8859_1));
        String chain = withIssuer();

        for (int at = from; at < from + signed.length; at++) {
            byte[] broken = good.clone();
            broken[at] ^= 1;
            assertThat(StapleFacts.of(broken, chain).problem())
                    .as("byte %d", at)
                    .isNotNull();
        }
    }

    @Test
    void nothingMayFollowInWhatIsKnown() throws Exception {
        ASN1Sequence good = ASN1Sequence.getInstance(good());
        SingleResponse answer = answer("20270101000000Z");
        byte[] longer = with(more(ASN1Sequence.getInstance(answer)));

        assertThat(StapleFacts.of(with(answer), LEAF.getCertificatePEM()).problem())
                .isNull();
        assertThat(StapleFacts.of(more(good).getEncoded(), CHAIN).problem()).isEqualTo(NO_RESPONSE);
        assertThat(StapleFacts.of(longer, LEAF.getCertificatePEM()).problem()).isEqualTo(NO_RESPONSE);
    }

    private static ASN1Sequence more(ASN1Sequence sequence) {
        ASN1EncodableVector elements = new ASN1EncodableVector();
        sequence.forEach(elements::add);
        elements.add(new DERTaggedObject(7, DERNull.INSTANCE));
        return new DERSequence(elements);
    }

    private static SingleResponse answer(String thisUpdate) {
        return new SingleResponse(
                ID.toASN1Primitive(),
                new CertStatus(),
                new ASN1GeneralizedTime(thisUpdate),
                new ASN1GeneralizedTime("20270108000000Z"),
                (Extensions) null);
    }

    /** A response with this answer, whose signature is none. */
    private static byte[] with(ASN1Object answer) throws Exception {
        BasicOCSPResponse good =
                BasicOCSPResponse.getInstance(((BasicOCSPResp) new OCSPResp(good()).getResponseObject()).getEncoded());
        ResponseData data = good.getTbsResponseData();
        BasicOCSPResponse basic = new BasicOCSPResponse(
                new ResponseData(
                        data.getResponderID(), data.getProducedAt(), new DERSequence(answer), (Extensions) null),
                good.getSignatureAlgorithm(),
                good.getSignature(),
                null);
        return new OCSPRespBuilder()
                .build(OCSPRespBuilder.SUCCESSFUL, new BasicOCSPResp(basic))
                .getEncoded();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "20270101000000.5Z",
                "20270101000060Z",
                "20270101000000+0000",
                "20270132000000Z",
                "20270101000000"
            })
    void itsTimesAreInTheOneFormOfDer(String time) throws Exception {
        assertThat(StapleFacts.of(with(answer(time)), LEAF.getCertificatePEM()).problem())
                .isEqualTo(NO_RESPONSE);
    }

    @Test
    void lengthsAreInTheOneFormOfDer() throws Exception {
        byte[] indefinite = new BERSequence(ASN1Sequence.getInstance(good()).toArray()).getEncoded(ASN1Encoding.BER);

        assertThat(StapleFacts.of(indefinite, CHAIN).problem()).isEqualTo(NO_RESPONSE);
    }

    @Test
    void sequencesInSequencesHaveAnEnd() {
        byte[] deep = new byte[500_000];
        for (int at = 0; at < deep.length; at += 2) {
            deep[at] = 0x30;
            deep[at + 1] = (byte) 0x80;
        }

        assertThat(StapleFacts.of(deep, CHAIN).problem()).isEqualTo(NO_RESPONSE);
    }

    @Test
    void aCertificateThatIsNotKnownIsNotStapled() {
        byte[] unknown = OcspResponses.of(AUTHORITY, ID, new UnknownStatus(), FROM, UNTIL);

        assertThat(StapleFacts.of(unknown, CHAIN).problem()).isEqualTo("says that tls.crt is not known");
    }

    @Test
    void anAnswerThatItComesLaterIsNone() throws Exception {
        byte[] later =
                new OCSPRespBuilder().build(OCSPRespBuilder.TRY_LATER, null).getEncoded();

        assertThat(StapleFacts.of(later, CHAIN).problem())
                .isEqualTo("is not a successful OCSP response, its status is 3");
    }

    @Test
    void noOtherBytesAreTaken() {
        byte[] good = good();
        for (int length = 0; length < good.length; length++) {
            assertThat(StapleFacts.of(Arrays.copyOf(good, length), CHAIN).problem())
                    .as("the first %d bytes", length)
                    .isEqualTo(NO_RESPONSE);
        }
        assertThat(StapleFacts.of(Arrays.copyOf(good, good.length + 1), CHAIN).problem())
                .isEqualTo(NO_RESPONSE);
        assertThat(StapleFacts.of(pem("shop.crt").getBytes(StandardCharsets.US_ASCII), CHAIN)
                        .problem())
                .isEqualTo(NO_RESPONSE);
    }

    @Test
    void nothingInItThrows() throws Exception {
        byte[] byIssuer = good();
        byte[] byResponder = signedBy(responder(UNTIL).buildIssuedBy(AUTHORITY));
        String chain = withIssuer();
        Random random = new Random(20261126);
        for (int i = 0; i < 20_000; i++) {
            byte[] broken = (i % 2 == 0 ? byIssuer : byResponder).clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt();
            }
            boolean verified = i % 20 < 2; // takes most of the time
            StapleFacts facts = StapleFacts.of(broken, verified ? chain : LEAF.getCertificatePEM());
            assertThat(facts.problem() == null).isEqualTo(facts.response() != null);
        }
    }
}
