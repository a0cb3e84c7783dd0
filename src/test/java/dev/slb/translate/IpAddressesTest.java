package dev.slb.translate;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;

import static org.assertj.core.api.Assertions.assertThat;

class IpAddressesTest {

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
        assertThat(IpAddresses.parse(written))
                .map(InetAddress::getAddress)
                .map(IpAddresses::text)
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
        assertThat(IpAddresses.parse(text)).isEmpty();
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

    private static InetAddress address(String text) {
        return IpAddresses.parse(text).orElseThrow();
    }
}
