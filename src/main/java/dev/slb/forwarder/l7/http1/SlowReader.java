package dev.slb.forwarder.l7.http1;

import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.PendingOutput;
import dev.slb.forwarder.transport.Taken;
import io.netty.channel.Channel;

/** How long a client has taken nothing of what waits for it: answers go on for as long as it takes of them. */
final class SlowReader {

    private final Channel channel;
    /** What was still to be taken by the client, and what it had taken, when that was last seen to change, and when it was. */
    private long pending;

    private long taken;
    private long since;

    SlowReader(Channel channel) {
        this.channel = channel;
    }

    /** From now on, nothing having been asked before. */
    void watch(long now) {
        pending = PendingOutput.of(channel);
        taken = Taken.of(channel).bytes();
        since = now;
    }

    /** Whatever was seen of it counts no more. */
    void forget() {
        pending = -1;
    }

    /** Whether nothing waits. */
    boolean hasAll() {
        return PendingOutput.of(channel) == 0;
    }

    /** @param now {@link Loop#nanoTime} */
    long idleNanos(long now) {
        long left = PendingOutput.of(channel);
        long takenNow = Taken.of(channel).bytes();
        if (left != pending || takenNow != taken) {
            pending = left;
            taken = takenNow;
            since = now;
        }
        return now - since;
    }
}
