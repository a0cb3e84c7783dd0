package dev.slb.forwarder.transport;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoOps;

import java.io.IOException;
import java.net.InetSocketAddress;

/** Is polled by the ring and read by plain calls: a read that waits in the ring would need a buffer for each peer. */
final class UringPeer extends UnixPeer implements IoUringIoHandle {

    private static final byte POLL_ADD = 6;
    private static final byte POLL_REMOVE = 7;
    private static final int POLLIN = 1;

    private IoRegistration registration;
    /** The poll that waits, 0 when none does. */
    private long poll;

    UringPeer(Loop loop, InetSocketAddress address, Receiver receiver) throws IOException {
        super(address, receiver);
        try {
            registration = Transport.register(loop, this);
            waitForInput();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void waitForInput() {
        poll = registration.submit(ops(POLL_ADD, socket.intValue(), 0, POLLIN));
    }

    private static IoUringIoOps ops(byte opcode, int fd, long address, int events) {
        return new IoUringIoOps(
                opcode, (byte) 0, (short) 0, fd, 0L, address, 0, events, (short) 0, (short) 0, (short) 0, 0, 0L);
    }

    @Override
    public void handle(IoRegistration ofThis, IoEvent event) {
        if (((IoUringIoEvent) event).opcode() != POLL_ADD) {
            return;
        }
        poll = 0;
        readable();
        if (!isClosed()) {
            waitForInput();
        }
    }

    @Override
    void closeSocket() {
        if (registration != null) {
            if (poll != 0) { // which keeps the socket open
                registration.submit(ops(POLL_REMOVE, -1, poll, 0));
            }
            registration.cancel();
        }
        super.closeSocket();
    }
}
