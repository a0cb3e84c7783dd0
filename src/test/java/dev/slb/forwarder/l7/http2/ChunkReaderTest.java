package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.head.ChunkReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

class ChunkReaderTest {

    private final ChunkReader chunks = new ChunkReader();
    private final StringBuilder data = new StringBuilder();

    private void read(String bytes) {
        ByteBuf in = Unpooled.copiedBuffer(bytes, StandardCharsets.ISO_8859_1);
        int here;
        while ((here = chunks.next(in)) > 0) {
            data.append(in.readCharSequence(here, StandardCharsets.ISO_8859_1));
        }
        assertThat(in.isReadable()).isFalse();
        in.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 100})
    void dataAndTrailersAreFoundHoweverTheyArrive(int pieces) {
        String body = "5\r\nhello\r\n1;a=b\r\n \r\nA\r\nworld, all\r\n0\r\nGrpc-Status: 0\r\nX:  y \r\n\r\n";
        for (int at = 0; at < body.length(); at += pieces) {
            read(body.substring(at, Math.min(body.length(), at + pieces)));
        }
        assertThat(data).hasToString("hello world, all");
        assertThat(chunks.hasTrailers()).isTrue();
        assertThat(ToHttp2.trailers(chunks.trailers(), chunks.trailerBytes()))
                .extracting(field -> field.getKey() + "=" + field.getValue())
                .containsExactly("grpc-status=0", "x=y");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 100})
    void aBodyWithoutTrailersHasNone(int pieces) {
        String body = "3\r\nabc\r\n00\r\n\r\n";
        for (int at = 0; at < body.length(); at += pieces) {
            read(body.substring(at, Math.min(body.length(), at + pieces)));
        }
        assertThat(data).hasToString("abc");
        assertThat(chunks.hasTrailers()).isFalse();
    }
}
