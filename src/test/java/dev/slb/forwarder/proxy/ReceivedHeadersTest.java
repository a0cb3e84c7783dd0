package dev.slb.forwarder.proxy;

import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.transport.TransportKind;
import dev.slb.plan.ListenerPlan;
import dev.slb.plan.ProxyProtocolPlan;
import dev.slb.testing.GroupPlanBuilder;
import dev.slb.testing.ListenerPlanBuilder;
import dev.slb.testing.Loopback;
import dev.slb.testing.RunningForwarder;
import dev.slb.testing.Sockets;
import dev.slb.testing.TcpServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

import static dev.slb.testing.RunningForwarder.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/** Every header that the specification of the PROXY protocol allows is taken, and every one that it forbids is refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Sockets
class ReceivedHeadersTest {

    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String INET = "c0000201" + "c6336402" + "04d2" + "01bb";
    private static final String CLIENT = "TCP4 192.0.2.1 198.51.100.2 1234 443";
    private static final String INET6 =
            "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "04d2" + "01bb";
    private static final String CLIENT6 = "TCP6 2001:db8::1 2001:db8::2 1234 443";
    private static final String UNIX = "2f".repeat(216);

    private final int port = Loopback.freePort();
    private RunningForwarder forwarder;
    private TcpServer server;

    @BeforeAll
    void start() {
        forwarder = RunningForwarder.start(TransportKind.NIO);
        server = TcpServer.echo("a");
        ListenerPlan plain = ListenerPlanBuilder.tcp("web", port).build();
        ListenerPlan listener = new ListenerPlan(
                plain.id(),
                plain.loadBalancer(),
                plain.frontend(),
                plain.routing(),
                plain.timeouts(),
                plain.drain(),
                null,
                null,
                null,
                null,
                new ProxyProtocolPlan(true, List.of("127.0.0.1"), ProxyProtocolPlan.Version.V1),
                null);
        forwarder.serve(
                GroupPlanBuilder.group("web").server("a", server.port(), 100).build(), listener);
    }

    @AfterAll
    void close() throws Exception {
        server.close();
        forwarder.close();
    }

    private static byte[] line(String rest) {
        return ("PROXY " + rest + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    /** @param block what the length counts, in hex */
    private static byte[] binary(String commandAndFamily, String block) {
        return HexFormat.of()
                .parseHex(SIGNATURE + commandAndFamily + String.format("%04x", block.length() / 2) + block);
    }

    /** @param value in hex */
    private static String tlv(int type, String value) {
        return String.format("%02x%04x", type, value.length() / 2) + value;
    }

    /** A header whose checksum comes in the middle of its extensions. */
    private static byte[] summed(String commandAndFamily, String addresses, int wrongBits) {
        String before = addresses + tlv(4, "00") + "030004";
        byte[] header = binary(commandAndFamily, before + "00000000" + tlv(0xea, "01"));
        CRC32C sum = new CRC32C();
        sum.update(header);
        ByteBuffer.wrap(header).putInt(16 + before.length() / 2, (int) sum.getValue() ^ wrongBits);
        return header;
    }

    static Stream<Arguments> namesAClient() {
        String allOnes = "ffff:".repeat(7) + "ffff";
        return Stream.of(
                arguments("TCP4", line(CLIENT), CLIENT),
                arguments("TCP6", line(CLIENT6), CLIENT6),
                arguments("the least", line("TCP4 0.0.0.1 0.0.0.2 0 0"), "TCP4 0.0.0.1 0.0.0.2 0 0"),
                arguments(
                        "the longest line of IPv4",
                        line("TCP4 255.255.255.254 255.255.255.253 65535 65535"),
                        "TCP4 255.255.255.254 255.255.255.253 65535 65535"),
                arguments(
                        "the longest line of IPv6",
                        line("TCP6 " + allOnes + " " + allOnes + " 65535 65535"),
                        "TCP6 " + allOnes + " " + allOnes + " 65535 65535"),
                arguments("capitals", line("TCP6 2001:DB8::1 2001:0DB8:0:0:0::2 1234 443"), CLIENT6),
                arguments("IPv4 in IPv6", line("TCP6 ::ffff:192.0.2.1 ::ffff:c633:6402 1234 443"), CLIENT),
                arguments("binary IPv4", binary("2111", INET), CLIENT),
                arguments("binary IPv6", binary("2121", INET6), CLIENT6),
                arguments("binary IPv4, datagrams", binary("2112", INET), CLIENT),
                arguments("binary IPv6, datagrams", binary("2122", INET6), CLIENT6),
                arguments("an extension", binary("2111", INET + tlv(2, "3132333435")), CLIENT),
                arguments("empty extensions", binary("2111", INET + tlv(4, "") + tlv(1, "") + tlv(4, "")), CLIENT),
                arguments("extensions nobody knows", binary("2111", INET + tlv(0, "00") + tlv(0xff, "01")), CLIENT),
                arguments("the longest unique id", binary("2111", INET + tlv(5, "61".repeat(128))), CLIENT),
                arguments(
                        "the facts of TLS",
                        binary("2121", INET6 + tlv(0x20, "0100000000" + tlv(0x21, "544c53") + tlv(0x22, ""))),
                        CLIENT6),
                arguments(
                        "the client's certificate",
                        binary("2111", INET + tlv(0x20, "0700000000" + tlv(0x28, "30".repeat(5_000)))),
                        CLIENT),
                arguments("as much as can be", binary("2111", INET + tlv(0xe0, "00".repeat(65_520))), CLIENT),
                arguments("a checksum", summed("2111", INET, 0), CLIENT),
                arguments("a checksum with IPv6", summed("2121", INET6, 0), CLIENT6));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("namesAClient")
    void aHeaderThatNamesAClientIsTaken(String what, byte[] header, String client) throws IOException {
        assertThat(seenByServer(header)).isEqualTo("PROXY " + client);
    }

    static Stream<Arguments> namesNobody() {
        return Stream.of(
                arguments("UNKNOWN", line("UNKNOWN")),
                arguments("UNKNOWN with addresses", line("UNKNOWN " + CLIENT.substring(5))),
                arguments("UNKNOWN with anything", line("UNKNOWN  \n\rx")),
                arguments("the longest line", line("UNKNOWN " + "x".repeat(91))),
                arguments("LOCAL", binary("2000", "")),
                arguments("LOCAL with addresses", binary("2011", INET)),
                arguments("LOCAL of a family that is none", binary("20ff", "00")),
                arguments("LOCAL with what is no extension", binary("2000", "ffffffff")),
                arguments("LOCAL with extensions", binary("2000", tlv(4, "0000"))),
                arguments("LOCAL with a checksum", summed("2000", "", 0)),
                arguments("LOCAL with addresses and a checksum", summed("2011", INET, 0)),
                arguments("no family", binary("2100", "")),
                arguments("no family, with addresses", binary("2100", INET)),
                arguments("no family, with a checksum", summed("2100", "", 0)),
                arguments("a family without a transport", binary("2110", INET)),
                arguments("a transport without a family", binary("2101", "")),
                arguments("a UNIX socket", binary("2131", UNIX)),
                arguments("a UNIX socket of datagrams", binary("2132", UNIX + tlv(4, ""))),
                arguments("a UNIX socket with a checksum", summed("2131", UNIX, 0)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("namesNobody")
    void withAHeaderThatNamesNobodyTheProxyIsTheClient(String what, byte[] header) throws IOException {
        assertThat(seenByServer(header)).startsWith("PROXY TCP4 127.0.0.1 127.0.0.1 ");
    }

    static Stream<Arguments> isNone() {
        return Stream.of(
                arguments("begins otherwise", "GET ".getBytes(StandardCharsets.US_ASCII)),
                arguments("in small letters", "proxy TCP4 ".getBytes(StandardCharsets.US_ASCII)),
                arguments("a tab", "PROXY\t".getBytes(StandardCharsets.US_ASCII)),
                arguments("two blanks", line(" " + CLIENT)),
                arguments("a blank more", line("TCP4  192.0.2.1 198.51.100.2 1234 443")),
                arguments("a blank at the end", line(CLIENT + " ")),
                arguments("a part more", line(CLIENT + " 1")),
                arguments("a part less", line("TCP4 192.0.2.1 198.51.100.2 1234")),
                arguments("nothing", line("")),
                arguments("no addresses", line("TCP4")),
                arguments("UDP", line("UDP4 192.0.2.1 198.51.100.2 1234 443")),
                arguments("a protocol in small letters", line("tcp4 192.0.2.1 198.51.100.2 1234 443")),
                arguments("UNKNOWN and more", line("UNKNOWNS")),
                arguments("IPv6 as TCP4", line("TCP4 2001:db8::1 2001:db8::2 1234 443")),
                arguments("IPv6 as TCP4 once", line("TCP4 192.0.2.1 ::ffff:198.51.100.2 1234 443")),
                arguments("IPv4 as TCP6", line("TCP6 192.0.2.1 198.51.100.2 1234 443")),
                arguments("zeros before an address", line("TCP4 192.0.02.1 198.51.100.2 1234 443")),
                arguments("zeros before a port", line("TCP4 192.0.2.1 198.51.100.2 01234 443")),
                arguments("two zeros as a port", line("TCP4 192.0.2.1 198.51.100.2 1234 00")),
                arguments("a port with a sign", line("TCP4 192.0.2.1 198.51.100.2 +1234 443")),
                arguments("a port below 0", line("TCP4 192.0.2.1 198.51.100.2 -1 443")),
                arguments("a port over 65535", line("TCP4 192.0.2.1 198.51.100.2 65536 443")),
                arguments("a port of ten digits", line("TCP4 192.0.2.1 198.51.100.2 4294968530 443")),
                arguments("no port", line("TCP4 192.0.2.1 198.51.100.2  443")),
                arguments("a port in other digits", line("TCP4 192.0.2.1 198.51.100.2 1234 \u00b2")),
                arguments("two double colons", line("TCP6 2001::db8::1 2001:db8::2 1234 443")),
                arguments("a group too many", line("TCP6 1:2:3:4:5:6:7:8:9 2001:db8::2 1234 443")),
                arguments("five digits", line("TCP6 2001:00db8::1 2001:db8::2 1234 443")),
                arguments("a CR alone", ("PROXY " + CLIENT + "\rx\r\n").getBytes(StandardCharsets.US_ASCII)),
                arguments("an LF alone", ("PROXY " + CLIENT + "\n\r\n").getBytes(StandardCharsets.US_ASCII)),
                arguments("a longer line", line("UNKNOWN " + "x".repeat(92))),
                arguments("a line without an end", ("PROXY UNKNOWN " + "x".repeat(93)).getBytes()),
                arguments("another signature", HexFormat.of().parseHex("0d0a0d0a000d0a515549540b")),
                arguments("version 1, binary", binary("1111", INET)),
                arguments("version 3", binary("3111", INET)),
                arguments("a command that is none", binary("2211", INET)),
                arguments("a family that is none", binary("2141", INET)),
                arguments("a transport that is none", binary("2113", INET)),
                arguments("less than IPv4 needs", binary("2111", INET.substring(2))),
                arguments("less than IPv6 needs", binary("2121", INET)),
                arguments("less than a UNIX socket needs", binary("2131", INET)),
                arguments("a byte behind the addresses", binary("2111", INET + "04")),
                arguments("two bytes behind the addresses", binary("2111", INET + "0400")),
                arguments("an extension that is too long", binary("2111", INET + "02000a3132333435")),
                arguments("an extension that is too short", binary("2111", INET + "02000431323334" + "35")),
                arguments(
                        "extensions of IPv6 that are too long", binary("2121", INET6 + tlv(4, "") + "04000100" + "05")),
                arguments("extensions of a UNIX socket", binary("2131", UNIX + "0400")),
                arguments("a unique id that is too long", binary("2111", INET + tlv(5, "61".repeat(129)))),
                arguments("TLS without its fields", binary("2111", INET + tlv(0x20, "01000000"))),
                arguments("TLS with a part", binary("2111", INET + tlv(0x20, "0100000000" + "210003544c"))),
                arguments("a wrong checksum", summed("2111", INET, 1)),
                arguments("a wrong checksum with IPv6", summed("2121", INET6, 1 << 31)),
                arguments("a wrong checksum with LOCAL", summed("2000", "", 1)),
                arguments("a wrong checksum without a family", summed("2100", "", 1)),
                arguments("a wrong checksum with a UNIX socket", summed("2131", UNIX, 1)),
                arguments("a short checksum", binary("2111", INET + tlv(3, "000000"))),
                arguments("a long checksum", binary("2111", INET + tlv(3, "0000000000"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("isNone")
    void whatIsNoHeaderIsReset(String what, byte[] bytes) throws IOException {
        long before = forwarder.refusals(LimitReasons.INVALID_PROXY_HEADER);
        int accepted = server.accepted();
        try (Socket connection = Loopback.connect(port)) {
            connection.getOutputStream().write(bytes);
            assertThatThrownBy(() -> connection.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
        await(() -> forwarder.refusals(LimitReasons.INVALID_PROXY_HEADER) == before + 1);
        assertThat(server.accepted()).isEqualTo(accepted);
    }

    @Test
    void anExtensionBehindTheHeaderIsForTheServer() throws IOException {
        try (Socket connection = Loopback.connect(port)) {
            connection.getOutputStream().write(binary("2111", INET + tlv(2, "3132333435")));
            connection.getOutputStream().write("\2\0\00554321\n".getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines = lines(connection);
            assertThat(lines.readLine()).isEqualTo("a");
            assertThat(lines.readLine()).isEqualTo("PROXY " + CLIENT);
            assertThat(lines.readLine()).isEqualTo("\2\0\00554321");
        }
    }

    private static BufferedReader lines(Socket connection) throws IOException {
        return new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
    }

    /** The header that the server gets for this one; what follows it comes through as well. */
    private String seenByServer(byte[] header) throws IOException {
        try (Socket connection = Loopback.connect(port)) {
            connection.getOutputStream().write(header);
            connection.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
            BufferedReader lines = lines(connection);
            assertThat(lines.readLine()).isEqualTo("a");
            String seen = lines.readLine();
            assertThat(lines.readLine()).isEqualTo("hello");
            return seen;
        }
    }
}
