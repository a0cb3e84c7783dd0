package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.util.internal.OutOfDirectMemoryError;

import java.nio.ByteBuffer;

/** How a UDP socket reads: many datagrams into one buffer, or with no memory left one at a time into one that it has kept. */
final class DatagramReading extends FixedRecvByteBufAllocator {

    /** Not of Netty's count. */
    private final ByteBuf reserve = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(Transport.MAX_DATAGRAM));

    private final int bytes;

    DatagramReading(int bytes) {
        super(bytes);
        this.bytes = bytes;
    }

    @Override
    @SuppressWarnings("deprecation") // as Netty itself still makes them
    public Handle newHandle() {
        return new ReservedHandle((ExtendedHandle) super.newHandle());
    }

    private final class ReservedHandle extends DelegatingExtendedHandle {

        ReservedHandle(ExtendedHandle sizes) {
            super(sizes);
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            try {
                return allocator.ioBuffer(bytes);
            } catch (OutOfDirectMemoryError e) {
                // An Error, and with io_uring any exception, would be one of the event loop, which ends it.
                return reserve.refCnt() == 1
                        ? reserve.clear().retain()
                        : Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(Transport.MAX_DATAGRAM))
                                .clear();
            }
        }
    }
}
