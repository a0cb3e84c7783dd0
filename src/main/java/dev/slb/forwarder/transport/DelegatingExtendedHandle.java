package dev.slb.forwarder.transport;

import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/** A handle that differs from another in what it overrides. */
@SuppressWarnings("deprecation") // what Netty's own transports want
abstract class DelegatingExtendedHandle extends RecvByteBufAllocator.DelegatingHandle
        implements RecvByteBufAllocator.ExtendedHandle {

    private final RecvByteBufAllocator.ExtendedHandle original;

    DelegatingExtendedHandle(RecvByteBufAllocator.ExtendedHandle original) {
        super(original);
        this.original = original;
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
        return original.continueReading(maybeMore);
    }
}
