package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.internal.OutOfDirectMemoryError;

import java.nio.ByteBuffer;

/** How a channel reads: into buffers that grow with the traffic, up to what there is {@link Backlog#room} for. */
public final class Reading implements RecvByteBufAllocator {

    private final Loop loop;
    private final Channel channel;
    private final AdaptiveRecvByteBufAllocator sizes;
    private final int smallest;

    /** @param sizes that its handles guess, of which {@code smallest} is one */
    public Reading(Loop loop, Channel channel, AdaptiveRecvByteBufAllocator sizes, int smallest) {
        this.loop = loop;
        this.channel = channel;
        this.sizes = sizes;
        this.smallest = smallest;
    }

    @Override
    @SuppressWarnings("deprecation") // as Netty itself still makes them
    public Handle newHandle() {
        return new SizedHandle((ExtendedHandle) sizes.newHandle());
    }

    private final class SizedHandle extends DelegatingExtendedHandle {

        private boolean failed;

        SizedHandle(ExtendedHandle guess) {
            super(guess);
        }

        @Override
        public int guess() {
            return loop.backlog().room(super.guess(), smallest);
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            try {
                return allocator.ioBuffer(guess());
            } catch (OutOfDirectMemoryError e) {
                if (!(channel instanceof IoUringSocketChannel)) {
                    throw e;
                }
                // There it would be an error of the event loop, which ends it, instead of one of the channel.
                fail(e);
                return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(1)).clear(); // not of Netty's count
            }
        }

        /** In a task of its own; until then no more than that byte is read, however much there is. */
        private void fail(OutOfDirectMemoryError cause) {
            channel.config().setAutoRead(false);
            if (!failed) {
                failed = true;
                loop.eventLoop().execute(() -> channel.pipeline().fireExceptionCaught(cause));
            }
        }
    }
}
