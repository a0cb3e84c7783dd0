package dev.slb.forwarder.transport;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;

import java.io.IOException;
import java.net.InetSocketAddress;

/** Is polled by the ring and read by plain calls: a read that waits in the ring would need a buffer for each peer. */
final class UringPeer extends UnixPeer implements IoUringIoHandle {

    private IoRegistration registration;
    /** The poll that waits, 0 when none does. */
    private long poll;

    UringPeer(Loop loop, InetSocketAddress address, Receiver receiver) throws IOException {
        super(loop, address, receiver);
        try {
            registration = Transport.register(loop, this);
            waitForInput();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void waitForInput() {
        poll = registration.submit(RingOps.poll(socket.intValue(), RingOps.POLLIN));
    }

    @Override
    public void handle(IoRegistration ofThis, IoEvent event) {
        if (((IoUringIoEvent) event).opcode() != RingOps.POLL_ADD) {
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
                registration.submit(RingOps.removePoll(poll));
            }
            registration.cancel();
        }
        super.closeSocket();
    }
}
