package dev.slb.forwarder.limits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CidrSetTest {

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static boolean contains(String address, String... cidrs) {
        return CidrSet.of(List.of(cidrs)).contains(address(address));
    }

    @Test
    void anAddressIsInANetworkFromItsFirstToItsLastAddress() {
        assertThat(contains("10.1.0.0", "10.1.0.0/16")).isTrue();
        assertThat(contains("10.1.255.255", "10.1.0.0/16")).isTrue();
        assertThat(contains("10.0.255.255", "10.1.0.0/16")).isFalse();
        assertThat(contains("10.2.0.0", "10.1.0.0/16")).isFalse();
        assertThat(contains("2001:db8:ffff::1", "2001:db8::/32")).isTrue();
        assertThat(contains("2001:db9::", "2001:db8::/32")).isFalse();
        assertThat(contains("2001:db8::8000:0:0:0", "2001:db8::8000:0:0:0/65")).isTrue();
        assertThat(contains("2001:db8::7fff:0:0:0", "2001:db8::8000:0:0:0/65")).isFalse();
    }

    @Test
    void aSingleAddressNeedsNoPrefixLength() {
        assertThat(contains("192.0.2.7", "192.0.2.7")).isTrue();
        assertThat(contains("192.0.2.8", "192.0.2.7", "192.0.2.9/32")).isFalse();
        assertThat(contains("2001:db8::7", "2001:db8::7")).isTrue();
    }

    @Test
    void bitsBehindThePrefixDoNotCount() {
        assertThat(contains("10.9.9.9", "10.1.2.3/8")).isTrue();
    }

    @Test
    void everythingOfOneFamilyIsNothingOfTheOther() {
        assertThat(contains("203.0.113.1", "0.0.0.0/0")).isTrue();
        assertThat(contains("2001:db8::1", "0.0.0.0/0")).isFalse();
        assertThat(contains("2001:db8::1", "::/0")).isTrue();
        assertThat(contains("203.0.113.1", "::/0", "::/95")).isFalse();
    }

    @Test
    void anIpv4AddressAndItsMappedFormAreTheSame() throws Exception {
        byte[] mapped = new byte[16];
        mapped[10] = mapped[11] = (byte) 0xff;
        mapped[12] = 10;
        mapped[15] = 1;
        InetAddress inet6 = java.net.Inet6Address.getByAddress(null, mapped, 0);
        assertThat(inet6.getAddress()).hasSize(16);
        assertThat(CidrSet.of(List.of("10.0.0.0/8")).contains(inet6)).isTrue();
        assertThat(contains("10.0.0.1", "::ffff:10.0.0.0/104")).isTrue();
        assertThat(contains("11.0.0.1", "::ffff:10.0.0.0/104")).isFalse();
    }

    @Test
    void anEmptySetContainsNothing() {
        assertThat(CidrSet.of(List.of()).contains(address("10.0.0.1"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/8",
                "10.0.0.0/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "10.0.0.0/8/8",
                "10.0.0/8",
                "example.com",
                "2001:db8::/129",
                "2001:db8::/0x10",
                "10.0.0.0/٣"
            })
    void whatIsNoNetworkIsRefused(String text) {
        assertThat(CidrSet.problem(text)).isNotNull();
        assertThatThrownBy(() -> CidrSet.of(List.of(text))).isInstanceOf(IllegalArgumentException.class);
    }

    /** Against the definition: the first bits are equal. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theSetSaysTheSameAsAskingEachNetwork(long seed) throws Exception {
        Random random = new Random(seed);
        List<String> cidrs = new ArrayList<>();
        List<byte[]> interesting = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            byte[] network = randomAddress(random);
            int bits = 8 * network.length;
            // Mostly long prefixes, so that the set is neither empty nor everything.
            int length = random.nextInt(100) == 0 ? random.nextInt(bits + 1) : bits / 2 + random.nextInt(bits / 2 + 1);
            cidrs.add(InetAddress.getByAddress(network).getHostAddress() + "/" + length);
            for (byte[] edge : edges(network, length)) {
                interesting.add(edge);
            }
        }
        CidrSet set = CidrSet.of(cidrs);
        int contained = 0;
        for (int i = 0; i < 5_000; i++) {
            byte[] asked =
                    random.nextBoolean() ? interesting.get(random.nextInt(interesting.size())) : randomAddress(random);
            InetAddress address = InetAddress.getByAddress(asked);
            boolean expected = cidrs.stream().anyMatch(cidr -> naive(cidr, address));
            assertThat(set.contains(address)).as("seed %d: %s", seed, address).isEqualTo(expected);
            contained += expected ? 1 : 0;
        }
        assertThat(contained).as("seed %d: both cases are there", seed).isBetween(50, 4_950);
    }

    private static byte[] randomAddress(Random random) {
        byte[] address = new byte[random.nextBoolean() ? 4 : 16];
        random.nextBytes(address);
        address[0] = (byte) (address.length == 4 ? 10 + random.nextInt(2) : 0x20); // close together, so that they nest
        if (random.nextBoolean()) {
            address[1] = (byte) random.nextInt(3);
        }
        return address;
    }

    /** The first and the last address of a network, and those beside it. */
    private static List<byte[]> edges(byte[] network, int length) {
        int bits = 8 * network.length;
        BigInteger size = BigInteger.ONE.shiftLeft(bits - length);
        BigInteger first = new BigInteger(1, network).divide(size).multiply(size);
        BigInteger end = first.add(size);
        List<byte[]> edges = new ArrayList<>();
        for (BigInteger each : List.of(first.subtract(BigInteger.ONE), first, end.subtract(BigInteger.ONE), end)) {
            if (each.signum() >= 0 && each.bitLength() <= bits) {
                byte[] address = new byte[network.length];
                for (int i = 0; i < address.length; i++) {
                    address[i] = each.shiftRight(bits - 8 - 8 * i).byteValue();
                }
                edges.add(address);
            }
        }
        return edges;
    }

    private static boolean naive(String cidr, InetAddress address) {
        int slash = cidr.indexOf('/');
        byte[] network = address(cidr.substring(0, slash)).getAddress();
        byte[] asked = address.getAddress();
        int shift = 8 * network.length - Integer.parseInt(cidr.substring(slash + 1));
        return network.length == asked.length
                && new BigInteger(1, network).shiftRight(shift).equals(new BigInteger(1, asked).shiftRight(shift));
    }
}
