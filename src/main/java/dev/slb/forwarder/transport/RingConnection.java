package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.Socket;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;

/**
 * A connection right on the ring: everything is a request that completes. It receives without being told first that there
 * is something, and what is to be sent goes out together with all else that a turn of the loop asks for.
 */
final class RingConnection extends SocketConnection implements IoUringIoHandle {

    // struct sockaddr_in and sockaddr_in6
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int INET_LENGTH = 16;
    private static final int INET6_LENGTH = 28;

    private final int fd;
    private Socket socket;

    // Requests that the ring has, besides connecting.
    private boolean receiving;
    private boolean sending;
    private boolean awaitsInput;
    private boolean awaitsOutput;
    private boolean watched;

    private ByteBuf in;
    /** Nothing is there to be received, as far as is known. */
    private boolean empty;

    /** The other end has ended its output. */
    private boolean hungUp;

    private boolean closed;

    private RingConnection(Loop loop, int fd, boolean accepted) {
        super(loop, accepted);
        this.fd = fd;
        this.empty = !accepted;
    }

    /** One that was accepted on a socket without delay, which it has inherited. Any thread; {@link #start} is next. */
    static RingConnection accepted(Loop loop, int fd) {
        return new RingConnection(loop, fd, true);
    }

    /**
     * One to connect to this address; {@link #connect} is next.
     *
     * @throws io.netty.channel.ChannelException when no file descriptor is left
     */
    static RingConnection open(Loop loop, InetSocketAddress remote) {
        return new RingConnection(loop, StreamSocket.open(remote), false);
    }

    @Override
    Socket socket() {
        if (socket == null) {
            socket = new StreamSocket(fd);
        }
        return socket;
    }

    @Override
    void begin() {}

    @Override
    void beginConnecting(InetSocketAddress remote) {
        in = allocate();
        int length = writeAddress(in, remote);
        connecting = true;
        registration.submit(RingOps.connect(fd, Memory.address(in, 0), length));
    }

    /** As {@code struct sockaddr}, in the beginning of the buffer that later takes what is received. */
    private static int writeAddress(ByteBuf to, InetSocketAddress remote) {
        boolean ipv4 = remote.getAddress() instanceof Inet4Address;
        setNativeShort(to, 0, ipv4 ? AF_INET : AF_INET6);
        to.setShort(2, remote.getPort());
        if (ipv4) {
            to.setBytes(4, remote.getAddress().getAddress());
            to.setZero(8, 8);
            return INET_LENGTH;
        }
        Inet6Address address = (Inet6Address) remote.getAddress();
        to.setZero(4, 4);
        to.setBytes(8, address.getAddress());
        setNativeInt(to, 24, address.getScopeId());
        return INET6_LENGTH;
    }

    private static void setNativeShort(ByteBuf to, int index, int value) {
        if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            to.setShortLE(index, value);
        } else {
            to.setShort(index, value);
        }
    }

    private static void setNativeInt(ByteBuf to, int index, int value) {
        if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            to.setIntLE(index, value);
        } else {
            to.setInt(index, value);
        }
    }

    @Override
    void receive() {
        if (!wantsInput() || receiving || awaitsInput) {
            return;
        }
        if (empty && bufferSize() > SMALLEST_BUFFER) { // which would be much to hold for a connection that may be idle
            awaitInput();
            return;
        }
        if (in == null) {
            in = allocate();
        }
        receiving = true;
        registration.submit(RingOps.receive(fd, Memory.address(in, 0), in.capacity(), empty));
    }

    private void awaitInput() {
        awaitsInput = true;
        registration.submit(RingOps.poll(fd, RingOps.POLLIN));
    }

    /** By a request that waits in the ring. */
    @Override
    public void watch() {
        if (!watched && !hungUp && !closing) {
            watched = true;
            registration.submit(RingOps.poll(fd, RingOps.POLLRDHUP));
        }
    }

    private void awaitOutput() {
        awaitsOutput = true;
        registration.submit(RingOps.poll(fd, RingOps.POLLOUT));
    }

    @Override
    void send() {
        sending = true;
        registration.submit(RingOps.send(fd, Memory.address(out, out.readerIndex()), out.readableBytes()));
    }

    @Override
    void closeRegistered() {
        if (isBusy()) {
            registration.submit(RingOps.cancelAllOf(fd)); // as each of them keeps the socket open
        }
        registration.submit(RingOps.close(fd));
        registration.cancel();
        releaseUnused();
    }

    private boolean isBusy() {
        return connecting || receiving || sending || awaitsInput || awaitsOutput || watched;
    }

    /** The buffers that the ring does not have any more. */
    private void releaseUnused() {
        if (in != null && !receiving && !connecting) {
            in.release();
            in = null;
        }
        if (!sending) {
            releaseOutput();
        }
    }

    @Override
    public void handle(IoRegistration ofThis, IoEvent completion) {
        try {
            completed((IoUringIoEvent) completion);
        } catch (RuntimeException | Error e) {
            failed(e);
        }
        if (closing) {
            releaseUnused();
            if (closed && !isBusy()) {
                over();
            }
        }
    }

    private void completed(IoUringIoEvent event) {
        int result = event.res();
        switch (event.opcode()) {
            case RingOps.RECEIVE -> {
                receiving = false;
                if (!closing) {
                    received(result, event.flags());
                }
            }
            case RingOps.SEND -> {
                sending = false;
                if (!closing) {
                    sent(result);
                }
            }
            case RingOps.POLL_ADD -> polled(event.data(), result);
            case RingOps.CONNECT -> {
                connecting = false;
                if (!closing && result == 0) {
                    owner.connected();
                } else {
                    owner.notConnected();
                }
            }
            case RingOps.CLOSE -> closed = true;
            default -> {} // a cancellation
        }
    }

    private void polled(short event, int result) {
        switch (event) {
            case RingOps.POLLIN -> {
                awaitsInput = false;
                empty = false;
                receive();
            }
            case RingOps.POLLOUT -> {
                awaitsOutput = false;
                if (!closing) {
                    send();
                }
            }
            default -> {
                watched = false;
                if (!closing && result > 0) {
                    hungUp = true;
                    if ((result & RingOps.POLLERR) != 0) {
                        owner.failed(Errors.newIOException("poll", Errors.ERRNO_ECONNRESET_NEGATIVE));
                    }
                }
            }
        }
    }

    private void received(int result, int flags) {
        if (result > 0) {
            ByteBuf bytes = in.writerIndex(result);
            in = null;
            empty = (flags & RingOps.NOT_EMPTY) == 0;
            received(bytes);
            receive();
        } else if (result == 0) {
            inputEnded = true;
            in.release();
            in = null;
            owner.inputEnded();
        } else if (result == RingOps.EAGAIN) {
            awaitInput();
        } else if (result == RingOps.EINTR) {
            receive();
        } else {
            owner.failed(Errors.newIOException("recv", result));
        }
    }

    private void sent(int result) {
        if (result >= 0) {
            if (!advance(result)) {
                send();
                owner.stalled();
            } else if (out != null) {
                send();
            } else {
                owner.sent();
            }
        } else if (result == RingOps.EAGAIN) {
            awaitOutput();
        } else if (result == RingOps.EINTR) {
            send();
        } else {
            owner.failed(Errors.newIOException("send", result));
        }
    }
}
