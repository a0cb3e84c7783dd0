package dev.slb.forwarder.l7.head;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class RequestHeadTest {

    private static final int MAX_HEAD = 4096;

    private final RequestHead head = new RequestHead().maxTargetBytes(1000);

    private Head.State scan(String text) {
        return head.scan(Unpooled.wrappedBuffer(Ascii.bytes(text)), MAX_HEAD);
    }

    private void accept(String text) {
        assertThat(scan(text)).as("refusal %s", head.refusal()).isEqualTo(Head.State.COMPLETE);
    }

    private String host() {
        return head.text(head.hostStart(), head.hostEnd());
    }

    private String path() {
        return head.text(head.pathStart(), head.pathEnd());
    }

    private String target() {
        return head.text(head.targetStart(), head.targetEnd());
    }

    static Stream<RefusedRequest> refusedHeads() throws IOException {
        return RefusedRequest.all().stream()
                .filter(each -> each.request().length < MAX_HEAD && each.request()[0] != '\r')
                .filter(each -> !each.reason().equals("InvalidChunk"));
    }

    @ParameterizedTest
    @MethodSource("refusedHeads")
    void theReasonIsTheSameHoweverMuchOfItIsHere(RefusedRequest refused) {
        boolean decided = false;
        for (int length = 1; length <= refused.request().length; length++) {
            Head.State state = head.scan(Unpooled.wrappedBuffer(refused.request(), 0, length), MAX_HEAD);
            if (decided || state != Head.State.INCOMPLETE) {
                decided = true;
                assertThat(state).as("after %d bytes", length).isEqualTo(Head.State.REFUSED);
                assertThat(head.refusal().reason()).as("after %d bytes", length).isEqualTo(refused.reason());
            }
        }
        assertThat(decided).isTrue();
    }

    @Test
    void findsWhatMatters() {
        String text = "GET /a/b?c=d?e HTTP/1.1\r\nHost: Www.Example.com:8080\r\nAccept:  */* \t\r\nX:\r\n\r\n";
        accept(text + "body");

        assertThat(head.length()).isEqualTo(text.length());
        assertThat(head.method()).isEqualTo(Method.GET);
        assertThat(path()).isEqualTo("/a/b");
        assertThat(target()).isEqualTo("/a/b?c=d?e");
        assertThat(host()).isEqualTo("Www.Example.com");
        assertThat(head.headers()).isEqualTo(3);
        assertThat(head.text(head.valueStart(1), head.valueEnd(1))).isEqualTo("*/*");
        assertThat(head.text(head.valueStart(2), head.valueEnd(2))).isEmpty();
        assertThat(head.isKeepAlive()).isTrue();
        assertThat(head.isChunked()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "a.com, a.com",
        "a.com:80, a.com",
        "a.com., a.com",
        "a.com.:80, a.com",
        "a.com:, a.com",
        "192.0.2.1:8080, 192.0.2.1",
        "[2001:db8::1], [2001:db8::1]",
        "[2001:db8::1]:8080, [2001:db8::1]",
        "under_score.svc, under_score.svc",
    })
    void theHostLosesPortAndTrailingDot(String field, String host) {
        accept("GET / HTTP/1.1\r\nHost: " + field + "\r\n\r\n");

        assertThat(host()).isEqualTo(host);
    }

    @ParameterizedTest
    @CsvSource({
        "http://a.com/x?y, a.com, /x, /x?y",
        "HTTPS://a.com:8443/x, a.com, /x, /x",
        "http://a.com, a.com, '', ''",
        "http://a.com?q=/, a.com, '', ?q=/",
    })
    void anAbsoluteTargetNamesTheHost(String target, String host, String path, String originForm) {
        accept("GET " + target + " HTTP/1.1\r\nHost: other.com\r\n\r\n");

        assertThat(host()).isEqualTo(host);
        assertThat(path()).isEqualTo(path);
        assertThat(target()).isEqualTo(originForm);
        assertThat(head.isAbsolute()).isTrue();
    }

    @Test
    void readsTheFramingOfBodies() {
        accept("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 123456789012\r\n\r\n");
        assertThat(head.contentLength()).isEqualTo(123456789012L);
        assertThat(head.isChunked()).isFalse();

        accept("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n");
        assertThat(head.contentLength()).isEqualTo(-1);
        assertThat(head.isChunked()).isTrue();
    }

    @Test
    void knowsWhetherTheConnectionStays() {
        accept("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n");
        assertThat(head.isKeepAlive()).isFalse();
        accept("GET / HTTP/1.0\r\n\r\n");
        assertThat(head.isKeepAlive()).isFalse();
        accept("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
        assertThat(head.isKeepAlive()).isTrue();
    }

    @Test
    void upgradesNeedBothHeadersAndAreNotToHttp2() {
        accept("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n");
        assertThat(head.isForwardedUpgrade()).isTrue();
        accept("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n");
        assertThat(head.isForwardedUpgrade()).isFalse();
        accept("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
        assertThat(head.isForwardedUpgrade()).isFalse();
    }

    @Test
    void marksWhatConnectionNamesButNotWhatFramesTheMessage() {
        accept("POST / HTTP/1.1\r\nHost: a\r\nx-mine: 1\r\nConnection: X-Mine, content-length, host\r\n"
                + "Content-Length: 0\r\n\r\n");

        assertThat(head.name(0)).isEqualTo(HeaderName.HOST);
        assertThat(head.name(1)).isEqualTo(HeaderName.NAMED_BY_CONNECTION);
        assertThat(head.name(3)).isEqualTo(HeaderName.CONTENT_LENGTH);
    }

    @Test
    void underscoresMakeALookalike() {
        accept("GET / HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\nX_Forwarded_For: 1\r\nX_Other: 1\r\n\r\n");

        assertThat(head.contentLength()).isEqualTo(-1);
        assertThat(head.name(1)).isEqualTo(HeaderName.LOOKALIKE);
        assertThat(head.name(2)).isEqualTo(HeaderName.LOOKALIKE);
        assertThat(head.name(3)).isEqualTo(HeaderName.OTHER);
    }

    @Test
    void tabsAndBytesAboveAsciiMayStandInValues() {
        accept("GET / HTTP/1.1\r\nHost: a\r\nX: \t a\tb \u00e4\u00ff~ \t c\t \td\t \r\n\r\n");
        assertThat(head.text(head.valueStart(1), head.valueEnd(1))).isEqualTo("a\tb \u00e4\u00ff~ \t c\t \td");
    }

    @Test
    void everyByteBelowSpaceButTabIsRefusedInValuesWhereverItStands() {
        for (int position = 0; position < 20; position++) {
            for (char c = 0; c <= 0x7f; c++) {
                if (c >= ' ' && c < 0x7f || c == '\t') {
                    continue;
                }
                String value = "~".repeat(position) + c + " ".repeat(19 - position);
                assertThat(scan("GET / HTTP/1.1\r\nHost: a\r\nX: " + value + "\r\n\r\n"))
                        .as("byte %d at %d", (int) c, position)
                        .isEqualTo(Head.State.REFUSED);
            }
        }
    }

    @Test
    void everyPrefixOfAGoodHeadIsIncomplete() {
        String text = "POST http://a.com/x HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\nX: \t y\r\n\r\n";
        for (int i = 1; i < text.length(); i++) {
            assertThat(scan(text.substring(0, i))).as("%d bytes", i).isEqualTo(Head.State.INCOMPLETE);
        }
        accept(text);
    }

    @Test
    void theEndIsSeenHoweverTheHeadIsCut() {
        String text = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
        HeadEnd end = new HeadEnd();
        ByteBuf in = Unpooled.buffer();
        for (int i = 0; i < text.length(); i++) {
            in.writeByte(text.charAt(i));
            assertThat(end.isIn(in)).as("%d bytes", i + 1).isEqualTo(i == text.length() - 1);
        }
    }

    @Test
    void limitsAreExact() {
        String line = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
        String fits = line + "x".repeat(MAX_HEAD - line.length() - 4) + "\r\n\r\n";
        accept(fits + "body");
        assertThat(head.length()).isEqualTo(MAX_HEAD);

        assertThat(scan(line + "x" + fits.substring(line.length()))).isEqualTo(Head.State.REFUSED);
        assertThat(head.refusal()).isEqualTo(Refusal.HEAD_TOO_LARGE);
        assertThat(scan(line + "x".repeat(MAX_HEAD))).as("without an end").isEqualTo(Head.State.REFUSED);
        assertThat(head.refusal()).isEqualTo(Refusal.HEAD_TOO_LARGE);

        accept("GET /" + "x".repeat(999) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(scan("GET /" + "x".repeat(1000) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                .isEqualTo(Head.State.REFUSED);
        assertThat(head.refusal()).isEqualTo(Refusal.TARGET_TOO_LONG);
        assertThat(scan("GET /" + "x".repeat(1000))).as("without an end").isEqualTo(Head.State.REFUSED);
        assertThat(head.refusal()).isEqualTo(Refusal.TARGET_TOO_LONG);
    }

    @Test
    void headersAreLimitedInNumber() {
        assertThat(scan("GET / HTTP/1.1\r\nHost: a\r\n" + "a:\r\n".repeat(Head.MAX_HEADERS - 1) + "\r\n"))
                .isEqualTo(Head.State.COMPLETE);
        assertThat(scan("GET / HTTP/1.1\r\nHost: a\r\n" + "a:\r\n".repeat(Head.MAX_HEADERS) + "\r\n"))
                .isEqualTo(Head.State.REFUSED);
        assertThat(head.refusal()).isEqualTo(Refusal.HEAD_TOO_LARGE);
    }
}
