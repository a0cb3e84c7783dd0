package dev.slb.forwarder.l7.http2;

import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.StreamByteDistributor;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class FlushBudgetTest {

    private int waiting = 100_000;
    private int written;

    /** Writes as much as it may of what waits. */
    private final class Streams implements StreamByteDistributor {

        @Override
        public void updateStreamableBytes(StreamState state) {}

        @Override
        public void updateDependencyTree(int child, int parent, short weight, boolean exclusive) {}

        @Override
        public boolean distribute(int maxBytes, Writer writer) {
            int bytes = Math.min(maxBytes, waiting);
            waiting -= bytes;
            writer.write(null, bytes);
            return waiting > 0;
        }
    }

    private final FlushBudget budget = new FlushBudget(new Streams());

    private boolean distribute() throws Http2Exception {
        return budget.distribute(Integer.MAX_VALUE, (stream, bytes) -> written += bytes);
    }

    @Test
    void noMoreThanTheChannelTakesGoesOutUntilTheNextFlush() throws Exception {
        budget.renew(60_000);
        assertThat(distribute()).as("to be asked again at once").isFalse();
        assertThat(written).isEqualTo(60_000);
        assertThat(budget.isSpent()).isTrue();
        assertThat(distribute()).isFalse();
        assertThat(written).isEqualTo(60_000);

        budget.renew(60_000);
        assertThat(distribute()).isFalse();
        assertThat(written).isEqualTo(100_000);
        assertThat(budget.isSpent()).isFalse();
    }

    @Test
    void aFrameGoesOutInAnyCase() throws Exception {
        budget.renew(0);
        distribute();
        assertThat(written).isEqualTo(16 * 1024);
    }
}
