package dev.slb.certificate;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static dev.slb.testing.TestCertificates.GOOD_TIME;
import static dev.slb.testing.TestCertificates.YEARS_LATER;
import static dev.slb.testing.TestCertificates.pem;
import static org.assertj.core.api.Assertions.assertThat;

class KeyPairFactsTest {

    private static KeyPairFacts files(String certificate, String key) {
        return KeyPairFacts.of(pem(certificate), pem(key));
    }

    @ParameterizedTest
    @CsvSource({"shop, shop", "shop, shop-pkcs1", "ec, ec", "ec, ec-sec1", "ec, ec-sec1-with-curve", "wild, wild"})
    void keysOfEveryFormComeOutAsPkcs8(String certificate, String key) {
        KeyPairFacts facts = files(certificate + ".crt", key + ".key");

        assertThat(facts.problem()).isNull();
        assertThat(facts).isEqualTo(files(certificate + ".crt", certificate + ".key"));
        assertThat(facts.key().text()).startsWith("-----BEGIN PRIVATE KEY-----\n");
        assertThat(facts.validity().contains(GOOD_TIME)).isTrue();
    }

    @Test
    void aChainKeepsItsOrderAndLosesWhatIsWrittenAround() {
        KeyPairFacts facts = KeyPairFacts.of("subject: CN=chain\r\n" + pem("chain.crt") + "\nbye", pem("chain.key"));

        assertThat(facts.problem()).isNull();
        assertThat(facts.chain()).isEqualTo(pem("chain.crt"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            shop.crt     | ec.key                 | tls.key is not a key of RSA, as tls.crt has it
            shop.crt     | ec-sec1.key            | tls.key is not of RSA, as tls.crt is
            shop.crt     | shop-renewed.key       | tls.key is not the key of tls.crt
            ec.crt       | shop-pkcs1.key         | tls.key is not of EC, as tls.crt is
            ec.crt       | wild.key               | tls.key is not the key of tls.crt
            shop.crt     | shop-encrypted.key     | tls.key is encrypted
            shop.crt     | shop-encrypted-pkcs1.key | tls.key is encrypted
            shop.crt     | shop.crt               | tls.key has a block CERTIFICATE, a PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY is expected
            shop.key     | shop.key               | tls.crt has a block PRIVATE KEY among the certificates
            dsa.crt      | dsa.key                | tls.crt has a key of DSA, RSA and EC are served
            ed25519.crt  | ed25519.key            | tls.crt has a key of EdDSA, RSA and EC are served
            small.crt    | small.key              | tls.crt has an RSA key of 512 bits, the least is 1024
            huge.crt     | huge.key               | tls.crt has an RSA key of 8200 bits, the most is 8192
            exponent.crt | exponent.key           | tls.crt has an RSA key whose exponent has more than 33 bits
            """)
    void whatCanNotServeIsRefusedWithTheReason(String certificate, String key, String problem) {
        assertThat(files(certificate, key).problem()).isEqualTo(problem);
    }

    @Test
    void aLargeRsaKeyServesWithANote() {
        assertThat(files("slow.crt", "slow.key").note())
                .isEqualTo("tls.crt has an RSA key of 4104 bits: each full handshake holds up an event loop for "
                        + "milliseconds, 4096 and less are advised");
        assertThat(files("slow.crt", "slow.key").problem()).isNull();
        assertThat(files("shop.crt", "shop.key").note()).isNull();
    }

    @Test
    void aChainHasTenCertificatesAtMost() {
        String ten = pem("chain.crt") + pem("ca.crt").repeat(8);

        assertThat(KeyPairFacts.of(ten, pem("chain.key")).problem()).isNull();
        assertThat(KeyPairFacts.of(ten + pem("ca.crt"), pem("chain.key")).problem())
                .isEqualTo("tls.crt has 11 certificates, the most is 10");
    }

    @Test
    void aLeafThatIsNotFirstIsNamedSo() {
        assertThat(KeyPairFacts.of(pem("ca.crt") + pem("chain.crt"), pem("chain.key"))
                        .problem())
                .isEqualTo("tls.crt has the certificate of tls.key as number 2, it must be the first");
        assertThat(KeyPairFacts.of(pem("dsa.crt") + pem("ec.crt"), pem("ec-sec1.key"))
                        .problem())
                .isEqualTo("tls.crt has the certificate of tls.key as number 2, it must be the first");
    }

    @Test
    void anUnknownCurveIsRefused() {
        assertThat(files("k1.crt", "k1.key").problem())
                .isEqualTo("tls.crt has an EC key that is not of P-256, P-384 or P-521");
    }

    @Test
    void whatIsMissingOrBrokenIsSaid() {
        String good = pem("shop.crt");
        assertThat(KeyPairFacts.of(null, pem("shop.key")).problem()).isEqualTo("tls.crt is missing");
        assertThat(KeyPairFacts.of(good, null).problem()).isEqualTo("tls.key is missing");
        assertThat(KeyPairFacts.of("hello", pem("shop.key")).problem()).isEqualTo("tls.crt has no certificate in PEM");
        assertThat(KeyPairFacts.of(good, "hello").problem()).isEqualTo("tls.key has no private key in PEM");
        assertThat(KeyPairFacts.of(good.substring(0, good.length() - 20), pem("shop.key"))
                        .problem())
                .isEqualTo("tls.crt has a block CERTIFICATE without its end");
        assertThat(KeyPairFacts.of(good.replaceFirst("\nM", "\n*"), pem("shop.key"))
                        .problem())
                .isEqualTo("tls.crt has a block CERTIFICATE that is not base64");
        assertThat(KeyPairFacts.of(good.replaceFirst("\nMII", "\nMIA"), pem("shop.key"))
                        .problem())
                .startsWith("tls.crt ");
        assertThat(KeyPairFacts.of(good, pem("shop.key") + pem("ec.key")).problem())
                .isEqualTo("tls.key has 2 blocks, one key is expected");
    }

    @Test
    void everyDamageOfAKeyIsAProblemAndNoException() {
        String key = pem("ec-sec1.key");
        for (int i = 0; i < key.length(); i++) {
            char other = key.charAt(i) == 'A' ? 'B' : 'A';
            KeyPairFacts facts = KeyPairFacts.of(pem("ec.crt"), key.substring(0, i) + other + key.substring(i + 1));
            assertThat(facts.problem() != null || facts.key() != null).isTrue();
        }
    }

    @Test
    void aKeyIsNotSeenInTexts() {
        assertThat(files("shop.crt", "shop.key").toString()).doesNotContain("BEGIN");
    }

    @Test
    void aCertificateCountsInItsTimeAlone() {
        Validity year = files("shop-one-year.crt", "shop.key").validity();

        assertThat(year.contains(GOOD_TIME)).isTrue();
        assertThat(year.contains(YEARS_LATER)).isFalse();
        assertThat(year.contains(year.from())).isTrue();
        assertThat(year.contains(year.until())).isFalse();
        assertThat(year.contains(year.from().minusSeconds(1))).isFalse();
    }

    @Test
    void authoritiesAreCertificatesAlone() {
        assertThat(AuthorityFacts.of(pem("ca.crt") + pem("shop.crt")).pem()).isEqualTo(pem("ca.crt") + pem("shop.crt"));
        assertThat(AuthorityFacts.of(pem("shop.key")).problem())
                .isEqualTo("has a block PRIVATE KEY among the certificates");
        assertThat(AuthorityFacts.of("").problem()).isEqualTo("has no certificate in PEM");
        assertThat(AuthorityFacts.of(null).problem()).isEqualTo("is missing");
    }
}
