package dev.slb.forwarder.l4.udp;

import dev.slb.forwarder.transport.Transport;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class BurstTest {

    @Test
    void behindWhateverItHasThereIsRoomForTheLongestDatagram() {
        Burst burst = new Burst(Transport.MAX_DATAGRAM);
        for (int first : new int[] {1, Burst.MAX_LENGTH, Burst.MAX_BYTES, Transport.MAX_DATAGRAM}) {
            burst.emptied();
            while (burst.takes(first)) {
                burst.buffer().writeZero(first);
                burst.add(first);
            }
            assertThat(burst.buffer().writableBytes())
                    .as("behind %d of %d bytes", burst.count(), first)
                    .isGreaterThanOrEqualTo(Transport.MAX_DATAGRAM);
        }
        burst.release();
    }
}
