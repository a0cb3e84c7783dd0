package dev.slb.forwarder.transport;

import io.netty.channel.uring.IoUringIoOps;

/** What can be asked of a ring, with the numbers of linux/io_uring.h. Results below zero are negative error numbers. */
final class RingOps {

    static final byte WRITEV = 2;
    static final byte POLL_ADD = 6;
    static final byte POLL_REMOVE = 7;
    static final byte ACCEPT = 13;
    static final byte CANCEL = 14;
    static final byte CONNECT = 16;
    static final byte CLOSE = 19;
    static final byte SEND = 26;
    static final byte RECEIVE = 27;

    static final short POLLIN = 1;
    static final short POLLOUT = 4;
    static final int POLLERR = 8;
    /** Both directions have ended, or the socket is broken. */
    static final int POLLHUP = 0x10;
    /** The other end has ended its output, or all. */
    static final short POLLRDHUP = 0x2000;

    /** Of a completion: the same request will complete again. */
    static final int MORE = 1 << 1;
    /** Of a completed {@link #RECEIVE}: there is more to receive. */
    static final int NOT_EMPTY = 1 << 2;

    static final int EINTR = -4;
    static final int EAGAIN = -11;
    static final int ECANCELED = -125;

    private static final short POLL_FIRST = 1;
    private static final short ACCEPT_MULTISHOT = 1;
    private static final int CANCEL_ALL_OF_FD = 1 | 1 << 1;

    private RingOps() {}

    /** Completes when this event is there, or the socket is broken. The event is the completion's data, too. */
    static IoUringIoOps poll(int fd, short event) {
        return ops(POLL_ADD, 0, fd, 0, 0, 0, event, event);
    }

    /** @param request what {@link io.netty.channel.IoRegistration#submit} has returned for the poll */
    static IoUringIoOps removePoll(long request) {
        return ops(POLL_REMOVE, 0, -1, 0, request, 0, 0);
    }

    /** Completes with a file descriptor for each connection, until it is cancelled or fails. */
    static IoUringIoOps acceptAll(int fd) {
        return ops(ACCEPT, ACCEPT_MULTISHOT, fd, 0, 0, 0, 0);
    }

    static IoUringIoOps cancel(long request) {
        return ops(CANCEL, 0, -1, 0, request, 0, 0);
    }

    static IoUringIoOps cancelAllOf(int fd) {
        return ops(CANCEL, 0, fd, 0, 0, 0, CANCEL_ALL_OF_FD);
    }

    /** @param address of a {@code struct sockaddr}, which must stay until this completes */
    static IoUringIoOps connect(int fd, long address, int length) {
        return ops(CONNECT, 0, fd, length, address, 0, 0);
    }

    /** @param empty whether nothing is there yet, as far as is known: then it is not tried before something has come */
    static IoUringIoOps receive(int fd, long address, int length, boolean empty) {
        return ops(RECEIVE, empty ? POLL_FIRST : 0, fd, 0, address, length, 0);
    }

    static IoUringIoOps send(int fd, long address, int length) {
        return ops(SEND, 0, fd, 0, address, length, 0);
    }

    static IoUringIoOps close(int fd) {
        return ops(CLOSE, 0, fd, 0, 0, 0, 0);
    }

    private static IoUringIoOps ops(
            byte opcode, int priority, int fd, long offset, long address, int length, int flags) {
        return ops(opcode, priority, fd, offset, address, length, flags, (short) 0);
    }

    private static IoUringIoOps ops(
            byte opcode, int priority, int fd, long offset, long address, int length, int flags, short data) {
        return new IoUringIoOps(
                opcode,
                (byte) 0,
                (short) priority,
                fd,
                offset,
                address,
                length,
                flags,
                data,
                (short) 0,
                (short) 0,
                0,
                0L);
    }
}
