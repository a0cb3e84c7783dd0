package dev.slb.forwarder.l7.head;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Names, lists and numbers in requests mean what their grammar says, however they are spelled. */
class FieldGrammarTest {

    private final RequestHead head = new RequestHead();

    private Head.State scan(String head, String... fields) {
        String lines = String.join("\r\n", fields);
        return this.head.scan(
                Unpooled.wrappedBuffer(Ascii.bytes(head + "\r\n" + lines + (lines.isEmpty() ? "" : "\r\n") + "\r\n")),
                8192);
    }

    private void accept(String... fields) {
        assertThat(scan("GET / HTTP/1.1\r\nHost: a", fields))
                .as("%s", head.refusal())
                .isEqualTo(Head.State.COMPLETE);
    }

    private String host() {
        return head.text(head.hostStart(), head.hostEnd());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "shop|shop",
                "Shop.Example|Shop.Example",
                "shop.|shop",
                "shop.:80|shop",
                "shop:|shop",
                "shop:0|shop",
                "shop:00443|shop",
                "shop:65535|shop",
                "a_b-c~d.e|a_b-c~d.e",
                "192.0.2.1:80|192.0.2.1",
                "[::]|[::]",
                "[::1]:80|[::1]",
                "[2001:DB8::A]|[2001:DB8::A]",
                "[1:2:3:4:5:6:7:8]:|[1:2:3:4:5:6:7:8]",
                "[::ffff:192.0.2.1]|[::ffff:192.0.2.1]"
            })
    void aHostHasPortsDotsAndBrackets(String value, String host) {
        assertThat(scan("GET / HTTP/1.1\r\nHost:\t" + value + " ")).isEqualTo(Head.State.COMPLETE);
        assertThat(host()).isEqualTo(host);
        assertThat(scan("GET http://" + value + "/a HTTP/1.1\r\nHost: other")).isEqualTo(Head.State.COMPLETE);
        assertThat(host()).isEqualTo(host);
        assertThat(scan("GET HTTPS://" + value + "?a HTTP/1.1\r\nHost: other")).isEqualTo(Head.State.COMPLETE);
        assertThat(host()).isEqualTo(host);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                ":80",
                "a b",
                "a,b",
                "user@shop",
                "user:pw@shop",
                "shop:65536",
                "shop:-1",
                "shop:+1",
                "shop:8 0",
                "shop:80:80",
                "shop:x",
                "[::1",
                "[::1]x",
                "::1",
                "[1]",
                "[]",
                "[:]",
                "[:::]",
                "[::1::]",
                "[12345::]",
                "[::g]",
                "[1.2.3.4]",
                "[::1.2.3]",
                "[::256.1.1.1]",
                "[1:2:3:4:5:6:7:8:9]",
                "[fe80::1%25eth0]",
                "[v1.a]",
                "shop%2Eexample",
                "shop/",
                "shop?",
                "\"shop\"",
                "sh\u00f6p"
            })
    void whatIsNoHostIsRefused(String value) {
        assertThat(scan("GET / HTTP/1.1\r\nHost: " + value)).isEqualTo(Head.State.REFUSED);
        assertThat(head.refusal()).isEqualTo(Refusal.INVALID_HOST);
        if (!value.isEmpty() && value.matches("[^ /?]*")) {
            assertThat(scan("GET http://" + value + "/ HTTP/1.1\r\nHost: a")).isEqualTo(Head.State.REFUSED);
            assertThat(head.refusal()).isEqualTo(Refusal.INVALID_TARGET);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "trailers|true",
                "Trailers|true",
                "gzip;q=0.5, trailers|true",
                "trailers,|true",
                ", ,trailers , gzip|true",
                "gzip|false",
                "trailer|false",
                "trailers2|false",
                "\"trailers\"|false",
                "x;a=\", trailers\"|false",
                "''|false"
            })
    void trailersMayBeOneOfAList(String value, boolean taken) {
        accept("TE: " + value);
        assertThat(head.isTeTrailers()).isEqualTo(taken);
        accept("TE: " + value, "TE: deflate");
        assertThat(head.isTeTrailers()).isEqualTo(taken);
        accept("TE: deflate", "TE: " + value);
        assertThat(head.isTeTrailers()).isEqualTo(taken);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "websocket|true",
                "WebSocket/13|true",
                "foo/2, websocket|true",
                "h2cx|true",
                "h2c|false",
                "H2C|false",
                "h2c,|false",
                "h2c/1|false",
                "websocket, h2c|false",
                "h2c, websocket|false",
                "HTTP/2.0|false",
                "http/2.0, websocket|false",
                "h2|false",
                "TLS/1.3|false",
                "tls/1.0, HTTP/1.1|false"
            })
    void whatWouldGoOnAsHttpPastUsIsDeclinedWhereverItStands(String value, boolean forwarded) {
        accept("Connection: Upgrade", "Upgrade: " + value);
        assertThat(head.isForwardedUpgrade()).isEqualTo(forwarded);
        accept("Connection: Upgrade", "Upgrade: websocket", "Upgrade: " + value);
        assertThat(head.isForwardedUpgrade()).isEqualTo(forwarded);
        accept("Connection: Upgrade", "Upgrade: " + value, "Upgrade: websocket");
        assertThat(head.isForwardedUpgrade()).isEqualTo(forwarded);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "close",
                "Close",
                ", close",
                "close ,",
                "keep-alive\t,\tCLOSE",
                "a, ,,close,b",
                "keep-alive\r\nConnection: close",
                "close\r\nConnection: keep-alive",
                "\r\nconnection:close"
            })
    void aConnectionIsClosedByOneOptionOfAll(String value) {
        accept("Connection: " + value);
        assertThat(head.isKeepAlive()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"closed", "xclose", "close;a", "clo se", "", ",", "\r\nConnection: upgrade"})
    void otherOptionsDoNotCloseIt(String value) {
        accept("Connection: " + value);
        assertThat(head.isKeepAlive()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Mine", "x-mine", "a,X-MINE", ",x-mine,", "a\r\nConnection: X-mine", "close , X-Mine"})
    void fieldsAreNamedByOneOptionOfAll(String value) {
        accept("X-Mine: 1", "Connection: " + value);
        assertThat(head.name(1)).isEqualTo(HeaderName.NAMED_BY_CONNECTION);
    }

    @ParameterizedTest
    @CsvSource({"0, true", "5, true", "10, true", "05, false", "00, false", "000000000000000010, false"})
    void aLengthWithZerosInFrontIsOneThatOthersReadInAnotherWay(String value, boolean canonical) {
        accept("Content-Length: " + value);
        assertThat(head.contentLength()).isEqualTo(Long.parseLong(value));
        assertThat(head.isCanonicalLength(1)).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "+5",
                "-5",
                "5,5",
                "5, 5",
                "5 5",
                "0x5",
                "5.0",
                "\u0665",
                "9223372036854775808",
                "1000000000000000000",
                "5\r\nContent-Length: 5"
            })
    void whatIsNotOneLengthIsRefused(String value) {
        assertThat(scan("GET / HTTP/1.1\r\nHost: a", "Content-Length: " + value.replace('\u0665', '\u00b5')))
                .isEqualTo(Head.State.REFUSED);
    }

    @Test
    void clientsOfHttp10HaveNoUpgrades() {
        assertThat(scan("GET / HTTP/1.0", "Connection: Upgrade", "Upgrade: websocket"))
                .isEqualTo(Head.State.COMPLETE);
        assertThat(head.isForwardedUpgrade()).isFalse();
    }
}
