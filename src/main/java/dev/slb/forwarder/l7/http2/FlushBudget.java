package dev.slb.forwarder.l7.http2;

import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.StreamByteDistributor;

/**
 * Lets no more data go towards the channel between two flushes than it takes. Without it, all that waits in all streams
 * would move into the TLS handler at once, which the channel's own measure does not show before the flush.
 */
final class FlushBudget implements StreamByteDistributor {

    private static final int LEAST = 16 * 1024;

    private final StreamByteDistributor streams;
    private int left;
    private boolean spent;

    FlushBudget(StreamByteDistributor streams) {
        this.streams = streams;
    }

    /** To be followed by a flush. */
    void renew(long writableBytes) {
        left = (int) Math.max(LEAST, Math.min(Integer.MAX_VALUE, writableBytes));
        spent = false;
    }

    /** Whether data was held back that could go on after a flush. */
    boolean isSpent() {
        return spent;
    }

    @Override
    public void updateStreamableBytes(StreamState state) {
        streams.updateStreamableBytes(state);
    }

    @Override
    public void updateDependencyTree(int child, int parent, short weight, boolean exclusive) {
        streams.updateDependencyTree(child, parent, weight, exclusive);
    }

    @Override
    public boolean distribute(int maxBytes, Writer writer) throws Http2Exception {
        boolean more = streams.distribute(Math.min(maxBytes, left), (stream, bytes) -> {
            left -= bytes;
            writer.write(stream, bytes);
        });
        if (left > 0) {
            return more;
        }
        spent = more;
        return false;
    }
}
