package dev.slb.forwarder.l7.head;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ResponseHeadTest {

    private final ResponseHead head = new ResponseHead();

    private Head.State scan(String text) {
        return head.scan(Unpooled.wrappedBuffer(Ascii.bytes(text)), 4096);
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 200 OK, 200, true",
        "HTTP/1.1 200, 200, true",
        "'HTTP/1.1 200 ', 200, true",
        "HTTP/1.1 404 Not Found here, 404, true",
        "HTTP/1.0 200 OK, 200, false",
        "HTTP/1.1 999 Odd, 999, true",
        "HTTP/1.2 200 OK, 200, true",
    })
    void readsStatusLines(String line, int status, boolean keepAlive) {
        assertThat(scan(line + "\r\nA: b\r\n\r\n")).isEqualTo(Head.State.COMPLETE);
        assertThat(head.status()).isEqualTo(status);
        assertThat(head.isKeepAlive()).isEqualTo(keepAlive);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\n\n",
                "HTTP/1.1 200 OK\r\nA: b\n\r\n",
                "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
                "HTTP/1.1 200 O\0K\r\n\r\n",
                "HTTP/1.1 200 OK\rX\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: \0\r\n\r\n",
                "HTTP/1.1 20 OK\r\n\r\n",
                "HTTP/1.1 2000 OK\r\n\r\n",
                "HTTP/1.1 099 OK\r\n\r\n",
                "HTTP/1.1  200 OK\r\n\r\n",
                "HTTP/1.a 200 OK\r\n\r\n",
                "HTTP/2.0 200 OK\r\n\r\n",
                "http/1.1 200 OK\r\n\r\n",
                "HTTP/1.1\r\n\r\n       ",
                "garbage",
                "\r\nHTTP/1.1 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                "HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n",
                "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n",
            })
    void refusesWhatTwoParsersMightReadInTwoWays(String text) {
        assertThat(scan(text)).isEqualTo(Head.State.REFUSED);
    }

    @Test
    void everyPrefixOfAGoodHeadIsIncomplete() {
        String text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\n";
        for (int i = 1; i < text.length(); i++) {
            assertThat(scan(text.substring(0, i))).as("%d bytes", i).isEqualTo(Head.State.INCOMPLETE);
        }
        assertThat(scan(text)).isEqualTo(Head.State.COMPLETE);
        assertThat(head.length()).isEqualTo(text.length());
    }

    @Test
    void tellsInterimAnswersFromFinalOnes() {
        assertThat(scan("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")).isEqualTo(Head.State.COMPLETE);
        assertThat(head.isInterim()).isTrue();
        assertThat(scan("HTTP/1.1 101 Switching Protocols\r\n\r\n")).isEqualTo(Head.State.COMPLETE);
        assertThat(head.isInterim()).isFalse();
    }
}
