package dev.slb.base;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class IpLiteralTest {

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "255.255.255.255, 255.255.255.255",
        "0.0.0.0, 0.0.0.0",
        "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "::, ::",
        "::1, ::1",
        "fe80::, fe80::",
        "::ffff:192.0.2.1, 192.0.2.1"
    })
    void addressesHaveOneSpelling(String written, String text) {
        assertThat(IpLiteral.parse(written))
                .map(InetAddress::getAddress)
                .map(IpLiteral::text)
                .contains(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "example.com",
                "10.1",
                "1",
                "010.0.0.1",
                "256.0.0.1",
                "1.2.3.4.5",
                "1.2.3.4 ",
                "[::1]",
                "fe80::1%eth0",
                ":::",
                "1:2:3",
                "12345::",
                "::1/64",
                "beef",
                "1.2.3.4:80"
            })
    void namesAndOddFormsAreNoAddresses(String text) {
        assertThat(IpLiteral.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "10.9.8.7/8, 10.0.0.0/8",
        "10.9.8.7, 10.9.8.7/32",
        "10.9.8.7/0, 0.0.0.0/0",
        "10.9.8.7/31, 10.9.8.6/31",
        "2001:DB8::1/32, 2001:db8::/32",
        "::1, ::1/128"
    })
    void networksHaveOneSpelling(String written, String text) {
        assertThat(Cidr.parse(written)).map(Cidr::toString).contains(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "::/129", "a/8", "10/8"})
    void oddNetworksAreRefused(String text) {
        assertThat(Cidr.parse(text)).isEmpty();
    }

    @Test
    void aNetworkContainsItsAddressesAndNoneOfTheOtherFamily() {
        Cidr network = Cidr.parse("10.128.0.0/9").orElseThrow();

        assertThat(network.contains(address("10.128.0.0"))).isTrue();
        assertThat(network.contains(address("10.255.255.255"))).isTrue();
        assertThat(network.contains(address("10.127.255.255"))).isFalse();
        assertThat(network.contains(address("2001:db8::1"))).isFalse();
        assertThat(Cidr.parse("::/0").orElseThrow().contains(address("10.0.0.1")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.2.3",
                "1..2.3",
                ".1.2.3.4",
                "1.2.3.4.",
                "1.2.3.0004",
                "1.2.3.\u0663",
                ":",
                ":1",
                "1:",
                "::1:",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "00001::",
                "g::",
                "\u0661::",
                "::1.2.3",
                "::1.2.3.4:5",
                "::ffff:010.0.0.1",
                "1:2:3:4:5:6:7:1.2.3.4",
                "::1.2.3.4 "
            })
    void halfAnAddressIsNone(String text) {
        assertThat(IpLiteral.bytes(text)).isNull();
    }

    @Test
    void oneGroupMayBeLeftOutAndTheLastTwoMayBeWrittenAsIpv4() {
        assertThat(IpLiteral.text(IpLiteral.bytes("1:2:3:4:5:6:7::"))).isEqualTo("1:2:3:4:5:6:7:0");
        assertThat(IpLiteral.text(IpLiteral.bytes("::2:3:4:5:6:7:8"))).isEqualTo("0:2:3:4:5:6:7:8");
        assertThat(IpLiteral.text(IpLiteral.bytes("1:2:3:4:5:6:1.2.3.4"))).isEqualTo("1:2:3:4:5:6:102:304");
        assertThat(IpLiteral.text(IpLiteral.bytes("64:ff9b::1.2.3.4"))).isEqualTo("64:ff9b::102:304");
    }

    /** The JDK takes more forms; what it takes, too, it must read in the same way. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatIsReadIsWhatTheJdkReads(long seed) throws Exception {
        Random random = new Random(seed);
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] address = new byte[random.nextBoolean() ? 4 : 16];
            random.nextBytes(address);
            for (int at = random.nextInt(address.length); at < address.length && random.nextInt(8) > 0; at++) {
                address[at] = 0;
            }
            String text = IpLiteral.text(address);
            assertThat(IpLiteral.bytes(text)).as("seed %d: %s", seed, text).isEqualTo(address);
            String written = InetAddress.getByAddress(address).getHostAddress();
            assertThat(IpLiteral.bytes(written))
                    .as("seed %d: %s", seed, written)
                    .isEqualTo(address);

            StringBuilder changed = new StringBuilder(random.nextBoolean() ? text : written);
            int at = random.nextInt(changed.length());
            String other = random.nextBoolean() ? "" : String.valueOf("0123456789abcdef:.".charAt(random.nextInt(18)));
            changed.replace(at, at + random.nextInt(2), other);
            byte[] odd = IpLiteral.bytes(changed.toString());
            if (odd != null) {
                read++;
                assertThat(odd)
                        .as("seed %d: %s", seed, changed)
                        .isEqualTo(InetAddress.getByName(changed.toString()).getAddress());
            }
        }
        assertThat(read).as("seed %d: some are addresses still", seed).isBetween(1_000, 19_000);
    }

    @Test
    void aMappedNetworkIsTheOneOfIpv4AndAWiderOneIsNone() {
        assertThat(Cidr.parse("::ffff:10.9.8.7/104")).map(Cidr::toString).contains("10.0.0.0/8");
        assertThat(Cidr.parse("::ffff:10.9.8.7")).map(Cidr::toString).contains("10.9.8.7/32");
        assertThat(Cidr.parse("::ffff:10.9.8.7/129")).isEmpty();
        assertThat(Cidr.parse("::ffff:10.9.8.7/95")).isEmpty();
        assertThat(Cidr.parse("::ffff:10.9.8.7/8")).isEmpty();
        assertThat(Cidr.parse("::/95")).map(Cidr::toString).contains("::/95");
    }

    @Test
    void aLengthHasNoLeadingZeros() {
        assertThat(Cidr.parse("10.0.0.0/08")).isEmpty();
        assertThat(Cidr.parse("10.0.0.0/0")).map(Cidr::prefix).contains(0);
    }

    private static InetAddress address(String text) {
        return IpLiteral.parse(text).orElseThrow();
    }
}
