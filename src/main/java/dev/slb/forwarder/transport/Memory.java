package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.Buffer;

import java.nio.ByteBuffer;

/** Where direct buffers are. */
final class Memory {

    private Memory() {}

    /** The address of this byte of a direct buffer. */
    static long address(ByteBuf direct, int index) {
        if (direct.hasMemoryAddress()) {
            return direct.memoryAddress() + index;
        }
        ByteBuffer memory = direct.internalNioBuffer(index, 0);
        return Buffer.memoryAddress(memory) + memory.position();
    }
}
