package dev.slb.forwarder.schedule;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class QuicConnectionIdTest {

    private static final long OTHERWISE = 42;

    private static ByteBuf hex(String text) {
        return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(text.replace(" ", "")));
    }

    private static long hash(String text) {
        return QuicConnectionId.hash(hex(text), OTHERWISE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"00000001", "6b3343cf", "ff00001d", "1a2a3a4a"})
    void theIdIsReadAlikeInAllVersionsSinceDraft22(String version) {
        // The client Initial of RFC 9001, A.2, has the id 8394c8f03e515708.
        long initial = hash("c3" + version + "08 8394c8f03e515708 00 00 44 9e 00000002");

        assertThat(initial).isEqualTo(hash("e3 00000001 08 8394c8f03e515708 04 11223344 40 75"));
        assertThat(initial).isNotEqualTo(hash("c3" + version + "08 8394c8f03e515709 00 00 44 9e 00000002"));
    }

    @Test
    void longAndShortHeadersOfOneIdAgree() {
        long handshake = hash("e3 00000001 08 f067a5502a4262b5 00 40 75 c0ff");

        assertThat(hash("4c f067a5502a4262b5 fe4189655e5cd55c41f69080575d7999c25a5bfb"))
                .isEqualTo(handshake);
        assertThat(hash("5d f067a5502a4262b5 0102030405060708090a0b0c0d0e0f1011121314"))
                .isEqualTo(handshake);
    }

    @Test
    void ofALongerIdTheFirstEightBytesCount() {
        assertThat(hash("e3 00000001 14 f067a5502a4262b5aabbccddeeff001122334455 00 40 75"))
                .isEqualTo(hash("4c f067a5502a4262b5aabbccddeeff001122334455 fe4189"));
    }

    @Test
    void ofAShorterIdAllBytesCount() {
        assertThat(hash("e3 00000001 04 01020304 00 40 75")).isEqualTo(hash("c3 00000001 04 01020304 04 99999999 00"));
        assertThat(hash("e3 00000001 04 01020304 00 40 75")).isNotEqualTo(hash("e3 00000001 04 01020305 00 40 75"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "c3",
                "c3 00000001",
                "c3 00000001 08",
                "c3 00000001 08 8394c8f03e5157",
                "c3 00000001 00 04 11223344 00",
                "4c f067a5502a4262",
                "00"
            })
    void whatHasNoIdIsLeftToTheAddresses(String datagram) {
        assertThat(hash(datagram)).isEqualTo(OTHERWISE);
    }

    @Test
    void theIdThatAServerTellsIsTheOneThatItsClientUsesLater() {
        // The server Initial of RFC 9001, A.3, answers to no id and calls itself f067a5502a4262b5.
        long told = QuicConnectionId.hashOfSource(hex("cf 00000001 00 08 f067a5502a4262b5 00 40 75 c0d9"));

        assertThat(told).isEqualTo(hash("4c f067a5502a4262b5 fe4189655e5cd55c41f69080575d7999c25a5bfb"));
        assertThat(QuicConnectionId.hashOfSource(hex("c3 00000001 04 01020304 08 f067a5502a4262b5 00")))
                .isEqualTo(told);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "4c f067a5502a4262b5 0000000000000000000000000000",
                "cf 00000001",
                "cf 00000001 08 f067a5502a",
                "cf 00000001 00 00 00 40 75",
                "cf 00000001 00 08 f067a5502a4262"
            })
    void otherDatagramsTellNone(String datagram) {
        assertThat(QuicConnectionId.hashOfSource(hex(datagram))).isZero();
    }

    @Test
    void theDatagramStaysAsItIs() {
        ByteBuf datagram = hex("ffff c3 00000001 08 8394c8f03e515708 00 00").skipBytes(2);

        assertThat(QuicConnectionId.hash(datagram, OTHERWISE)).isEqualTo(hash("c3 00000001 08 8394c8f03e515708 00 00"));
        assertThat(datagram.readerIndex()).isEqualTo(2);
    }
}
