package dev.slb.simulation;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.internal.OutOfDirectMemoryError;

import java.lang.reflect.Constructor;
import java.util.function.BooleanSupplier;

/** Buffers that are counted, and at times can't be had. */
final class ScarceAllocator extends AbstractByteBufAllocator {

    private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true, true, true);
    private final BooleanSupplier isShort;

    /** @param isShort whether none is to be had this time */
    ScarceAllocator(BooleanSupplier isShort) {
        super(true);
        this.isShort = isShort;
    }

    /** In bytes. */
    long used() {
        return memory.metric().usedDirectMemory() + memory.metric().usedHeapMemory();
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return memory.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        if (isShort.getAsBoolean()) {
            throw failure();
        }
        return memory.directBuffer(initialCapacity, maxCapacity);
    }

    /** As Netty makes them, and nobody else can. */
    private static OutOfDirectMemoryError failure() {
        try {
            Constructor<OutOfDirectMemoryError> made =
                    OutOfDirectMemoryError.class.getDeclaredConstructor(String.class);
            made.setAccessible(true);
            return made.newInstance("no buffer is left in this simulation");
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public boolean isDirectBufferPooled() {
        return false;
    }
}
