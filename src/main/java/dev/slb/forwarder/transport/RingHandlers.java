package dev.slb.forwarder.transport;

import io.netty.channel.Channel;
import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringSocketChannel;

import java.util.concurrent.TimeUnit;

/**
 * Netty's io_uring, whose channels (4.2.18) miss three things.
 *
 * <p>One is a reset that comes right behind bytes: the poll that tells of it finds a receive
 * on its way and leaves it to that one, but that one brings the bytes, and what the kernel then says is "no more": it counts the
 * end of the peer's output as more to receive, not a reset. No poll is left, and the channel waits for ever.
 *
 * <p>So a socket channel is told again: once a poll has said that its connection is broken, each receive behind which the
 * channel might wait is followed by another completion of that poll. The channel then receives once more, whether it
 * wants to read or not, as it does when a poll tells it first. That asks nothing of the kernel before a connection
 * is broken, and one receive more then.
 *
 * <p>The other is that there is room again for what is to be sent to somebody who has ended its output: the kernel completes each poll on
 * such a connection at once, also one that asks for room, and says no more than that end. The channel takes it for word of that, and
 * goes on waiting for its poll, for ever. That end is told once, so when it is told again it was the other poll: the channel then
 * tries a little later whether there is room, for no poll can wait for it.
 *
 * <p>The third is that a write can't be cancelled. A channel that is closed cancels what is on its way, and closes when all of that has
 * completed; but to somebody who has ended its output and takes nothing a write is not found: the kernel tries it again and again,
 * until one of its own threads waits for room. So it is cancelled until that has worked.
 */
final class RingHandlers {

    private static final int RETRY_MILLIS = 20;

    private RingHandlers() {}

    static IoHandlerFactory newFactory() {
        IoHandlerFactory ring = IoUringIoHandler.newFactory();
        return executor -> new Handler(ring.newHandler(executor));
    }

    private static final class Handler implements IoHandler {

        private final IoHandler ring;

        Handler(IoHandler ring) {
            this.ring = ring;
        }

        @Override
        public IoRegistration register(IoHandle handle) throws Exception {
            return ring.register(
                    handle instanceof Channel.Unsafe unsafe
                                    && unsafe.voidPromise().channel() instanceof IoUringSocketChannel channel
                            ? new SocketHandle(channel, (IoUringIoHandle) handle)
                            : handle);
        }

        @Override
        public int run(IoHandlerContext context) {
            return ring.run(context);
        }

        @Override
        public void initialize() {
            ring.initialize();
        }

        @Override
        public void prepareToDestroy() {
            ring.prepareToDestroy();
        }

        @Override
        public void destroy() {
            ring.destroy();
        }

        @Override
        public void wakeup() {
            ring.wakeup();
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return ring.isCompatible(handleType);
        }
    }

    /** Between the ring and a channel. */
    private static final class SocketHandle implements IoUringIoHandle {

        private static final IoUringIoEvent BROKEN =
                new IoUringIoEvent(RingOps.POLLRDHUP | RingOps.POLLERR | RingOps.POLLHUP, 0, RingOps.POLL_ADD, 0L);

        private static final IoUringIoEvent ROOM = new IoUringIoEvent(RingOps.POLLOUT, 0, RingOps.POLL_ADD, 0L);

        private final IoUringSocketChannel channel;
        private final IoUringIoHandle handle;
        /** By a reset, most likely; or both ends have ended their output, which is as good. */
        private boolean broken;
        /** The peer has ended its output, and the poll for that has said so. */
        private boolean endTold;
        /** What is written, as the channel is being closed. */
        private boolean cancelling;

        SocketHandle(IoUringSocketChannel channel, IoUringIoHandle handle) {
            this.channel = channel;
            this.handle = handle;
        }

        @Override
        public void handle(IoRegistration registration, IoEvent completion) {
            IoUringIoEvent event = (IoUringIoEvent) completion;
            if (event.opcode() == RingOps.POLL_ADD) {
                broken |= event.res() > 0 && (event.res() & (RingOps.POLLERR | RingOps.POLLHUP)) != 0;
                if (event.res() == RingOps.POLLRDHUP) {
                    if (endTold) {
                        tryLater(registration);
                    }
                    endTold = true;
                }
            }
            if (event.opcode() == RingOps.CANCEL && event.data() == 0) {
                return; // of cancelWrites()
            }
            boolean mayWait = broken && event.opcode() == RingOps.RECEIVE && mayWaitBehind(event.res(), event.flags());
            handle.handle(registration, cancelled(event));
            if (mayWait && channel.isActive()) {
                handle.handle(registration, BROKEN);
            }
            if (event.opcode() == RingOps.CANCEL && event.res() < 0 && isWrite(event.data())) {
                cancelWrites(registration);
            }
        }

        /** A thread of the kernel that waits for room hears of it by a signal. */
        private IoUringIoEvent cancelled(IoUringIoEvent event) {
            boolean interrupted = cancelling && isWrite(event.opcode()) && event.res() == RingOps.EINTR;
            return interrupted
                    ? new IoUringIoEvent(RingOps.ECANCELED, event.flags(), event.opcode(), event.data())
                    : event;
        }

        /** @param opcode of what was to be cancelled; none of ours has one */
        private static boolean isWrite(short opcode) {
            return opcode == RingOps.SEND || opcode == RingOps.WRITEV;
        }

        private void cancelWrites(IoRegistration registration) {
            if (channel.isOpen() && registration.isValid()) {
                cancelling = true;
                registration.submit(RingOps.cancelAllOf(channel.fd().intValue()));
                channel.eventLoop().schedule(() -> cancelWrites(registration), RETRY_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        private void tryLater(IoRegistration registration) {
            channel.eventLoop()
                    .schedule(
                            () -> {
                                if (channel.isActive()) {
                                    handle.handle(registration, ROOM);
                                }
                            },
                            RETRY_MILLIS,
                            TimeUnit.MILLISECONDS);
        }

        /** As opposed to a receive that has told of an error or the end, or is followed by another one. */
        private static boolean mayWaitBehind(int received, int flags) {
            return received == RingOps.ECANCELED || received > 0 && (flags & RingOps.NOT_EMPTY) == 0;
        }

        @Override
        public void registered() {
            handle.registered();
        }

        @Override
        public void unregistered() {
            handle.unregistered();
        }

        @Override
        public void close() throws Exception {
            handle.close();
        }
    }
}
