package dev.slb.forwarder.l7.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class FrameWatchTest {

    private static final int HEADERS = 1;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;

    private final FrameWatch watch = new FrameWatch();

    @BeforeEach
    void preface() {
        watch.follow(Unpooled.wrappedBuffer(new byte[24]));
        frame(4, 0, 18);
        assertThat(watch.isInHead()).isFalse();
    }

    private static ByteBuf bytes(int type, int flags, int length) {
        ByteBuf frame = Unpooled.buffer();
        frame.writeMedium(length).writeByte(type).writeByte(flags).writeInt(1).writeZero(length);
        return frame;
    }

    private void frame(int type, int flags, int length) {
        watch.follow(bytes(type, flags, length));
    }

    @Test
    void aHeadInOneFrameIsOver() {
        frame(HEADERS, END_HEADERS, 10);
        assertThat(watch.isInHead()).isFalse();
        assertThat(watch.heads()).isEqualTo(1);
    }

    @Test
    void aHeadGoesOnUntilAFrameEndsIt() {
        frame(HEADERS, 0, 10);
        assertThat(watch.isInHead()).isTrue();
        frame(CONTINUATION, 0, 0);
        assertThat(watch.isInHead()).isTrue();
        frame(CONTINUATION, END_HEADERS, 1);
        assertThat(watch.isInHead()).isFalse();
        assertThat(watch.heads()).isEqualTo(1);
    }

    @Test
    void aHeadWhoseFrameHasNotEndedGoesOn() {
        ByteBuf frame = bytes(HEADERS, END_HEADERS, 300);
        while (frame.readableBytes() > 1) {
            watch.follow(frame.readSlice(1));
        }
        assertThat(watch.isInHead()).isTrue();
        watch.follow(frame);
        assertThat(watch.isInHead()).isFalse();
    }

    @Test
    void dataIsNoHead() {
        watch.follow(bytes(0, 0, 70_000).slice(0, 1000));
        assertThat(watch.isInHead()).isFalse();
    }
}
