package dev.slb.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LeakWatchTest {

    /** By this, .ci/run tells this leak, which Netty reports as well, from others. */
    private static final String ON_PURPOSE = "lost on purpose";

    @Test
    void aBufferThatIsLostIsFound() {
        LeakWatch watch = LeakWatch.start();
        lose(ByteBufAllocator.DEFAULT.directBuffer(10));
        assertThatThrownBy(watch::assertNone).isInstanceOf(AssertionError.class);
    }

    private static void lose(ByteBuf buffer) {
        buffer.touch(ON_PURPOSE);
    }

    @Test
    void aBufferThatIsReleasedIsNone() {
        LeakWatch watch = LeakWatch.start();
        ByteBufAllocator.DEFAULT.directBuffer(10).release();
        watch.assertNone();
    }
}
