package dev.slb.forwarder.transport;

/** How sockets are driven. */
public enum TransportKind {
    /** The first of the others that works here. */
    AUTO,
    IO_URING,
    EPOLL,
    NIO
}
