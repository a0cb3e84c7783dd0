package dev.slb.certificate;

import dev.slb.testing.OcspResponses;
import dev.slb.testing.Pki;
import io.netty.pkitesting.X509Bundle;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.UnknownStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
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
        String withIssuer = Certificates.write(List.of(LEAF.getCertificate(), AUTHORITY.getCertificate()));

        assertThat(StapleFacts.of(ofNamesake, withIssuer).problem()).contains("for another certificate");
        assertThat(StapleFacts.of(good(), withIssuer).problem()).isNull();
        assertThat(StapleFacts.of(ofNamesake, leaf).problem()).isNull();
    }

    @Test
    void aCertificateThatIsNotKnownIsNotStapled() {
        CertificateID id = OcspResponses.id(CertificateID.HASH_SHA1, AUTHORITY, LEAF);
        byte[] unknown = OcspResponses.of(AUTHORITY, id, new UnknownStatus(), FROM, UNTIL);

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
        String problem = "is not an OCSP response in DER";

        for (int length = 0; length < good.length; length++) {
            assertThat(StapleFacts.of(Arrays.copyOf(good, length), CHAIN).problem())
                    .as("the first %d bytes", length)
                    .isEqualTo(problem);
        }
        assertThat(StapleFacts.of(Arrays.copyOf(good, good.length + 1), CHAIN).problem())
                .isEqualTo(problem);
        assertThat(StapleFacts.of(pem("shop.crt").getBytes(StandardCharsets.US_ASCII), CHAIN)
                        .problem())
                .isEqualTo(problem);
    }

    @Test
    void nothingInItThrows() {
        Random random = new Random(20261126);
        byte[] good = good();
        for (int i = 0; i < 20_000; i++) {
            byte[] broken = good.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt();
            }
            StapleFacts facts = StapleFacts.of(broken, CHAIN);
            assertThat(facts.problem() == null).isEqualTo(facts.response() != null);
        }
    }
}
