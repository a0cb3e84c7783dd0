package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.Method;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.head.RequestHead;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

class ToHttp1Test {

    private final HeadWriter writer = new HeadWriter();

    private static Http2Headers get() {
        return new DefaultHttp2Headers(false)
                .method("GET")
                .scheme("https")
                .authority("shop.example")
                .path("/a?b");
    }

    private String written(Http2Headers headers, boolean bodyFollows) {
        assertThat(ToHttp1.writeRequest(headers, bodyFollows, writer.clear())).isTrue();
        return text();
    }

    private String text() {
        byte[] bytes = new byte[writer.length()];
        writer.copyTo(bytes, bytes.length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private boolean isMalformed(Http2Headers headers) {
        return !ToHttp1.writeRequest(headers, false, writer.clear());
    }

    @Test
    void fieldsTakeTheFormOfHttp1() {
        assertThat(written(get().add("accept", "*/*").add("te", "trailers"), false))
                .isEqualTo("GET /a?b HTTP/1.1\r\nhost: shop.example\r\naccept: */*\r\nte: trailers\r\n\r\n");
    }

    @Test
    void theViewOfItIsThatOfARequestOfHttp1() {
        ToHttp1.writeRequest(get().add("content-length", "5"), true, writer.clear());
        RequestHead head = new RequestHead();
        assertThat(head.scan(writer, 8192)).isEqualTo(Head.State.COMPLETE);
        assertThat(head.method()).isEqualTo(Method.GET);
        assertThat(head.contentLength()).isEqualTo(5);
        assertThat(head.text(head.hostStart(), head.hostEnd())).isEqualTo("shop.example");
        assertThat(head.text(head.pathStart(), head.pathEnd())).isEqualTo("/a");
    }

    @Test
    void aHeadBeyondTheLimitIsRefused() {
        ToHttp1.writeRequest(get().add("x", "y".repeat(500)), false, writer.clear());
        RequestHead head = new RequestHead();
        assertThat(head.scan(writer, 400)).isEqualTo(Head.State.REFUSED);
        assertThat(head.refusal()).isEqualTo(Refusal.HEAD_TOO_LARGE);
    }

    @ParameterizedTest
    @CsvSource({
        "shop.example, SHOP.example:443, https",
        "shop.example:443, shop.example, https",
        "shop.example:, shop.example:0443, https",
        "shop.example., shop.example, https",
        "shop.example, shop.example:80, http",
        "shop.example:8443, Shop.Example:8443, https",
        "[::A], [::a]:443, https"
    })
    void hostMayBeTheAuthorityInAnotherSpelling(String authority, String host, String scheme) {
        assertThat(written(get().scheme(scheme).authority(authority).add("host", host), false))
                .containsOnlyOnce("host: ")
                .contains("\r\nhost: " + authority + "\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "shop.example, shop.example:80, https",
        "shop.example:443, shop.example, http",
        "shop.example:8443, shop.example, https",
        "shop.example, shop.example2, https",
        "shop.example, user@shop.example, https",
        "shop.example, shop.example:443x, https",
        "shop.example, '', https",
        "[::a], [::b], https"
    })
    void hostMustNotContradictTheAuthority(String authority, String host, String scheme) {
        assertThat(isMalformed(get().scheme(scheme).authority(authority).add("host", host)))
                .isTrue();
    }

    @Test
    void crumbsOfACookieAreJoined() {
        assertThat(written(get().add("cookie", "a=1").add("x", "y").add("cookie", "b=2"), false))
                .isEqualTo("GET /a?b HTTP/1.1\r\nhost: shop.example\r\ncookie: a=1; b=2\r\nx: y\r\n\r\n");
    }

    @Test
    void aBodyWithoutALengthIsChunked() {
        assertThat(written(get().method("POST"), true)).contains("\r\ntransfer-encoding: chunked\r\n");
        assertThat(written(get().method("POST").add("content-length", "7"), true))
                .contains("\r\ncontent-length: 7\r\n")
                .doesNotContain("transfer-encoding");
    }

    @Test
    void noBodyIsALengthOfZeroWhereServersAskForOne() {
        assertThat(written(get().method("POST"), false)).contains("\r\ncontent-length: 0\r\n");
        assertThat(written(get().method("DELETE"), false)).doesNotContain("content-length");
    }

    @Test
    void theAuthorityStandsForTheHost() {
        assertThat(written(get().add("host", "SHOP.example"), false)).containsOnlyOnce("host: shop.example\r\n");
        Http2Headers hostOnly = get().add("host", "other.example");
        hostOnly.remove(":authority");
        assertThat(written(hostOnly, false)).contains("\r\nhost: other.example\r\n");
        assertThat(isMalformed(get().add("host", "other.example"))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {":method", ":scheme", ":path"})
    void pseudoFieldsAreNeeded(String name) {
        Http2Headers headers = get();
        headers.remove(name);
        assertThat(isMalformed(headers)).isTrue();
        headers.set(name, "");
        assertThat(isMalformed(headers)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nb: c", "a\nb", "a\rb", "a\0b", "a\u007f"})
    void nothingEndsALine(String value) {
        assertThat(isMalformed(get().path("/" + value))).isTrue();
        assertThat(isMalformed(get().method(value))).isTrue();
        assertThat(isMalformed(get().authority(value))).isTrue();
        assertThat(isMalformed(get().add("x", value))).isTrue();
        assertThat(isMalformed(get().add("cookie", value))).isTrue();
        assertThat(isMalformed(get().add("cookie", "a=1").add("cookie", value))).isTrue();
        assertThat(isMalformed(get().add("x" + value, "y"))).isTrue();
        assertThat(ToHttp1.writeTrailers(new DefaultHttp2Headers(false).add("x", value), writer.clear()))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "X", "a b", "a:b", "ä"})
    void namesAreTokensInLowerCase(String name) {
        assertThat(isMalformed(get().add(name, "y"))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "http://shop.example/a", "?a"})
    void pathsBeginWithASlash(String path) {
        assertThat(isMalformed(get().path(path))).isTrue();
    }

    @Test
    void aPathCanNotBringItsOwnVersion() {
        ToHttp1.writeRequest(get().path("/a HTTP/1.1"), false, writer.clear());
        assertThat(new RequestHead().scan(writer, 8192)).isEqualTo(Head.State.REFUSED);
    }

    @Test
    void otherSchemesAreNotServed() {
        assertThat(isMalformed(get().scheme("ftp"))).isTrue();
    }

    @Test
    void connectIsLeftToTheScanAndItsExtensionIsNotOffered() {
        Http2Headers connect = new DefaultHttp2Headers(false).method("CONNECT").authority("shop.example:443");
        assertThat(ToHttp1.writeRequest(connect, true, writer.clear())).isTrue();
        RequestHead head = new RequestHead();
        assertThat(head.scan(writer, 8192)).isEqualTo(Head.State.REFUSED);
        assertThat(head.refusal()).isEqualTo(Refusal.CONNECT_METHOD);
        assertThat(isMalformed(get().method("CONNECT").set(":protocol", "websocket")))
                .isTrue();
    }

    @Test
    void trailersThatFrameOrRouteAreRefused() {
        assertThat(ToHttp1.writeTrailers(new DefaultHttp2Headers(false).add("grpc-status", "0"), writer.clear()))
                .isTrue();
        assertThat(text()).isEqualTo("grpc-status: 0\r\n\r\n");
        for (String name : new String[] {"content-length", "transfer-encoding", "host", ":path"}) {
            assertThat(ToHttp1.writeTrailers(new DefaultHttp2Headers(false).add(name, "1"), writer.clear()))
                    .as(name)
                    .isFalse();
        }
    }
}
