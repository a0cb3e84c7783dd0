package dev.slb.forwarder.l7.head;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

class ChunkScannerTest {

    private static String unescape(String text) {
        return text.replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\0", "\0")
                .replace("\\t", "\t");
    }

    private static ByteBuf buffer(String text) {
        return Unpooled.wrappedBuffer(Ascii.bytes(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0\\r\\n\\r\\n",
                "5\\r\\nhello\\r\\n0\\r\\n\\r\\n",
                "A\\r\\n0123456789\\r\\n00\\r\\n\\r\\n",
                "a;name=value\\r\\n0123456789\\r\\n0;last\\r\\n\\r\\n",
                "5 \\t;a\\r\\nhello\\r\\n0 ;\\r\\n\\r\\n",
                "5;a=\"b;\\\"c \\\\\";d\\r\\nhello\\r\\n0;\"\"\\r\\n\\r\\n",
                "1\\r\\n\\n\\r\\n0\\r\\nDigest: x\\r\\nB:\\t y \\r\\n\\r\\n",
            })
    void aGoodBodyEndsWhereItEndsHoweverItIsCut(String escaped) {
        String text = unescape(escaped);
        ByteBuf in = buffer(text + "GET /next");
        for (int cut = 0; cut <= text.length(); cut++) {
            ChunkScanner scanner = new ChunkScanner();
            int first = scanner.scan(in, 0, cut);
            assertThat(first).isEqualTo(cut);
            assertThat(scanner.isEnd()).isEqualTo(cut == text.length());
            assertThat(scanner.scan(in, cut, in.writerIndex())).isEqualTo(text.length());
            assertThat(scanner.isEnd()).isTrue();
            assertThat(scanner.isInvalid()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\r\\n",
                "g\\r\\n",
                "0x5\\r\\nhello\\r\\n",
                "-5\\r\\n",
                "+5\\r\\n",
                " 5\\r\\n",
                "5 \\r\\nhello\\r\\n",
                "5\\t\\r\\nhello\\r\\n",
                "5 ;a\\r\\nhello\\r\\n1 1\\r\\n",
                "5\\nhello\\r\\n",
                "5\\rhello\\r\\n",
                "5\\r\\r\\nhello\\r\\n",
                "5\\r\\nhello\\n",
                "5\\r\\nhello0\\r\\n",
                "5\\r\\nhelloX\\r\\n",
                "5\\r\\nhello\\r0",
                "5;a\\nb\\r\\nhello\\r\\n",
                "5;a\\rb\\r\\nhello\\r\\n",
                "5;a\\0b\\r\\nhello\\r\\n",
                "5;a=\"\\r\\nhello\\r\\n",
                "5;a=\"b\\\"\\r\\nhello\\r\\n",
                "5;a=\"b\\\\r\\nhello\\r\\n",
                "10000000000000000\\r\\n",
                "fffffffffffffffff\\r\\n",
                "0000000000000005\\r\\nhello\\r\\n",
                "0\\r\\n\\n",
                "0\\r\\nA: b\\n\\r\\n",
                "0\\r\\nA : b\\r\\n\\r\\n",
                "0\\r\\n A: b\\r\\n\\r\\n",
                "0\\r\\nA: b\\r\\n c\\r\\n\\r\\n",
                "0\\r\\nA\\r\\n\\r\\n",
                "0\\r\\n: b\\r\\n\\r\\n",
                "0\\r\\nA: \\0\\r\\n\\r\\n",
                "0\\r\\nContent-Length: 5\\r\\n\\r\\n",
                "0\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n",
                "0\\r\\nHost: b\\r\\n\\r\\n",
            })
    void aBadBodyIsInvalidHoweverItIsCut(String escaped) {
        String text = unescape(escaped);
        ByteBuf in = buffer(text);
        for (int cut = 0; cut <= text.length(); cut++) {
            ChunkScanner scanner = new ChunkScanner();
            int end = scanner.scan(in, 0, cut);
            if (!scanner.isInvalid()) {
                end = scanner.scan(in, end, in.writerIndex());
            }
            assertThat(scanner.isInvalid()).as("cut at %d", cut).isTrue();
            assertThat(end).isLessThan(text.length());
        }
    }

    /** With what comes next in the same buffer, as with pipelined requests. */
    @ParameterizedTest
    @CsvSource({
        "0\\r\\n\\r\\n, 0\\r\\n\\r\\n",
        "2\\r\\nab\\r\\n0\\r\\nA: 1\\r\\n\\r\\n, 2\\r\\nab\\r\\n0\\r\\nA: 1\\r\\n\\r\\n",
        "0\\r\\nTE: a\\r\\n\\r\\n, 0\\r\\n\\r\\n",
        "0\\r\\nTE:\\r\\nA: 1\\r\\nTE: b\\r\\nB:2\\r\\n\\r\\n, 0\\r\\nA: 1\\r\\nB:2\\r\\n\\r\\n",
        "0\\r\\nA: 1\\r\\nHop: 3\\r\\n\\r\\n, 0\\r\\nA: 1\\r\\n\\r\\n",
        "0\\r\\nA : 1\\r\\nHop\\t: 3\\r\\n\\r\\n, 0\\r\\nA: 1\\r\\n\\r\\n",
        "1 \\r\\na\\r\\n1\\t ;e\\r\\n \\r\\n0 \\r\\n\\r\\n, 1\\r\\na\\r\\n1;e\\r\\n \\r\\n0\\r\\n\\r\\n",
        "1 \\r\\na\\r\\n0 \\r\\nA : 1\\r\\n\\r\\n, 1\\r\\na\\r\\n0\\r\\nA: 1\\r\\n\\r\\n",
    })
    void whatPassesIsTheSameHoweverItIsCut(String escaped, String passing) {
        String text = unescape(escaped);
        for (int cut = 0; cut <= text.length(); cut++) {
            for (int second = cut; second <= text.length(); second++) {
                ChunkScanner scanner = new ChunkScanner();
                scanner.reset(Ascii.bytes("close , hop"), true);
                ByteBuf in = Unpooled.copiedBuffer(Ascii.bytes(text + "GET /next"));
                StringBuilder passed = new StringBuilder();
                for (int limit : new int[] {cut, second, in.writerIndex()}) {
                    int end = scanner.scan(in, in.readerIndex(), limit);
                    ByteBuf part = scanner.pass(in.readRetainedSlice(end - in.readerIndex()));
                    passed.append(part.toString(StandardCharsets.ISO_8859_1));
                    part.release();
                }
                assertThat(passed).as("cut at %d and %d", cut, second).hasToString(unescape(passing));
                assertThat(scanner.isEnd()).isTrue();
                assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo("GET /next");
                in.release();
            }
        }
    }

    @Test
    void extensionsMayNotOutweighTheData() {
        ChunkScanner scanner = new ChunkScanner();
        ByteBuf in = buffer("1;" + "x".repeat(200) + "\r\na\r\n");
        int chunks = 0;
        while (!scanner.isInvalid() && chunks < 1000) {
            scanner.scan(in, 0, in.writerIndex());
            chunks++;
        }
        assertThat(chunks).isBetween(20, 40);
    }

    @Test
    void norMayBlanks() {
        ChunkScanner scanner = new ChunkScanner();
        ByteBuf in = buffer("1" + " ".repeat(200) + ";\r\na\r\n");
        int chunks = 0;
        while (!scanner.isInvalid() && chunks < 1000) {
            scanner.scan(in, 0, in.writerIndex());
            chunks++;
        }
        assertThat(chunks).isBetween(20, 40);
    }

    @Test
    void extensionsOfAUsualSizeDoNotAddUp() {
        ChunkScanner scanner = new ChunkScanner();
        ByteBuf in = buffer("64;chunk-signature=" + "a".repeat(64) + "\r\n" + "x".repeat(100) + "\r\n");
        for (int i = 0; i < 10_000; i++) {
            assertThat(scanner.scan(in, 0, in.writerIndex())).isEqualTo(in.writerIndex());
        }
        assertThat(scanner.isInvalid()).isFalse();
    }

    @Test
    void trailersAreBounded() {
        ChunkScanner scanner = new ChunkScanner();
        ByteBuf in = buffer("0\r\n" + ("A: " + "b".repeat(100) + "\r\n").repeat(100) + "\r\n");
        scanner.scan(in, 0, in.writerIndex());
        assertThat(scanner.isInvalid()).isTrue();
    }

    @Test
    void itIsAsGoodAsNewAfterAReset() {
        ChunkScanner scanner = new ChunkScanner();
        ByteBuf bad = buffer("x");
        scanner.scan(bad, 0, 1);
        assertThat(scanner.isInvalid()).isTrue();

        scanner.reset(null, false);
        ByteBuf good = buffer("0\r\n\r\n");
        assertThat(scanner.scan(good, 0, 5)).isEqualTo(5);
        assertThat(scanner.isEnd()).isTrue();
    }
}
