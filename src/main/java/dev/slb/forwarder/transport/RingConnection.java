package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayDeque;

/**
 * A TCP connection right on the ring of its event loop. It is not a Netty channel: it has no pipeline, asks the kernel for
 * nothing that is not needed, and receives without being told first that there is something. Unless said otherwise
 * everything is called on its loop, and everything is told there.
 *
 * <p>What is received belongs to the {@link Owner}. Nothing more is received while {@link #read} is off; what is written
 * goes out at once, or waits here: the owner sees by {@link #isWritable} that it should stop.
 */
public final class RingConnection implements IoUringIoHandle {

    private static final Logger LOG = LoggerFactory.getLogger(RingConnection.class);

    /** Buffers grow from here while they are filled. One of this size may wait in the ring for what will come. */
    private static final int SMALLEST_BUFFER = 2 * 1024;

    private static final int LARGEST_BUFFER = 128 * 1024;
    private static final int GROWTH = 4;

    /** What goes out in one segment on any way that is fit for IPv4. */
    private static final int SMALLEST_SEGMENT = 536;

    // struct sockaddr_in and sockaddr_in6, and what else comes from the kernel's headers.
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int INET_LENGTH = 16;
    private static final int INET6_LENGTH = 28;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;
    private static final int TCP_INFO_LENGTH = 104;
    private static final int TCP_INFO_RTT = 68;

    /** Who has the connection. */
    public interface Owner {

        /** The connection is there; the first that is told. */
        void connected();

        /** {@link #connect} has failed, or was given up by {@link #close}; that is due if it was not called. */
        void notConnected();

        /** Some bytes; the buffer is the owner's. */
        void received(ByteBuf bytes);

        /** Nothing more will be received, the other end having said so. */
        void inputEnded();

        /** The other end takes what was written slowly, if at all. */
        void stalled();

        /** All that was written has gone out, or may go out again. */
        void sent();

        /** The connection is broken; it is still to be closed. */
        void failed(Throwable cause);

        /** It is closed, and the ring has nothing of it any more; the last that is told. */
        void closed();
    }

    /** Holds a connection to a bandwidth. */
    public interface Throttle {

        /** @return false to receive nothing more until {@link #resumeReading} */
        boolean received(int bytes);

        /** @return false to be not writable until {@link #resumeWriting} */
        boolean written(int bytes);
    }

    /** Gives access to what Netty keeps for its own sockets. */
    private static final class StreamSocket extends Socket {
        private StreamSocket(int fd) {
            super(fd);
        }

        static int open(boolean ipv4) {
            return newSocketStream0(ipv4 ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6);
        }
    }

    private final Loop loop;
    private final int fd;
    /** Made when it is needed, as that is a system call. */
    private StreamSocket socket;

    private IoRegistration registration;
    private Owner owner;
    private Throttle throttle;
    private Runnable whenClosed;

    // Requests that the ring has.
    private boolean connecting;
    private boolean receiving;
    private boolean sending;
    private boolean awaitsInput;
    private boolean awaitsOutput;
    private boolean watched;

    private boolean reading;
    private boolean readingHeld;
    private boolean inputEnded;
    private ByteBuf in;
    private int bufferSize = SMALLEST_BUFFER;
    /** Nothing is there to be received, as far as is known. */
    private boolean empty;

    private boolean writingHeld;
    private boolean noDelay;
    private boolean hasSent;
    private ByteBuf out;
    /** What is to go out after that; mostly there is nothing. */
    private ArrayDeque<ByteBuf> waiting;

    private long pendingBytes;

    private volatile boolean closing;
    private boolean closed;

    private RingConnection(Loop loop, int fd, boolean accepted) {
        this.loop = loop;
        this.fd = fd;
        this.noDelay = accepted;
        this.empty = !accepted;
    }

    /** One that was accepted on a socket without delay, which it has inherited. Any thread; {@link #start} is next. */
    public static RingConnection accepted(Loop loop, int fd) {
        return new RingConnection(loop, fd, true);
    }

    /**
     * One to connect to this address; {@link #connect} is next.
     *
     * @throws io.netty.channel.ChannelException when no file descriptor is left
     */
    static RingConnection open(Loop loop, InetSocketAddress remote) {
        return new RingConnection(loop, StreamSocket.open(remote.getAddress() instanceof Inet4Address), false);
    }

    public Loop loop() {
        return loop;
    }

    /** Once, before it starts: what is to be done when it is closed. */
    public void whenClosed(Runnable task) {
        whenClosed = task;
    }

    /** For an accepted one. Any thread: it goes on on its loop, or is closed when that takes nothing any more. */
    public void start(Owner whose) {
        owner = whose;
        if (loop.eventLoop().inEventLoop()) {
            start();
            return;
        }
        try {
            loop.eventLoop().execute(this::start);
        } catch (RuntimeException e) {
            LOG.debug("an accepted connection is closed: its event loop has ended", e);
            closeUnregistered();
        }
    }

    private void start() {
        try {
            registration = Transport.register(loop, this);
        } catch (IOException e) {
            LOG.debug("an accepted connection is closed", e);
            closeUnregistered();
            return;
        }
        guard(owner::connected);
    }

    /** What is called by the loop right away, and not as a completion. */
    private void guard(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | OutOfMemoryError e) {
            failed(e);
        }
    }

    /** There is no pipeline around the owner: what it throws would end the event loop. */
    private void failed(Throwable e) {
        if (closing) {
            LOG.warn("the end of a connection is not dealt with", e);
        } else {
            owner.failed(e);
        }
    }

    /** Ends in {@link Owner#connected} or {@link Owner#notConnected}, maybe at once. */
    public void connect(Owner whose, InetSocketAddress remote) {
        owner = whose;
        try {
            registration = Transport.register(loop, this);
        } catch (IOException e) {
            LOG.debug("no connection to {}", remote, e);
            closeUnregistered();
            owner.notConnected();
            return;
        }
        try {
            in = allocate();
            int length = writeAddress(in, remote);
            connecting = true;
            registration.submit(RingOps.connect(fd, RingOps.address(in, 0), length));
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.warn("no connection to {}", remote, e);
            connecting = false;
            close();
            owner.notConnected();
        }
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

    /** From now on, and what comes then is charged. Before anything comes by, or on the loop. */
    public void throttle(Throttle by) {
        throttle = by;
    }

    public boolean isThrottled() {
        return throttle != null;
    }

    /** Whether one direction waits for its {@link Throttle}. */
    public boolean isHeld() {
        return readingHeld || writingHeld;
    }

    /** Whether to receive; off at first. What the ring is receiving already may still come. */
    public void read(boolean on) {
        reading = on;
        receive();
    }

    public void resumeReading() {
        readingHeld = false;
        guard(this::receive);
    }

    public void resumeWriting() {
        writingHeld = false;
        if (!closing && out == null) {
            guard(owner::sent);
        }
    }

    private void receive() {
        if (!reading || readingHeld || inputEnded || closing || receiving || awaitsInput) {
            return;
        }
        if (empty && bufferSize > SMALLEST_BUFFER) { // which would be much to hold for a connection that may be idle
            awaitInput();
            return;
        }
        if (in == null) {
            in = allocate();
        }
        receiving = true;
        registration.submit(RingOps.receive(fd, RingOps.address(in, 0), in.capacity(), empty));
    }

    private ByteBuf allocate() {
        return ByteBufAllocator.DEFAULT.directBuffer(bufferSize, bufferSize);
    }

    private void awaitInput() {
        awaitsInput = true;
        registration.submit(RingOps.poll(fd, RingOps.POLLIN));
    }

    /** Has a reset told although nothing is received: by a request that waits in the ring, from now on. */
    public void watch() {
        if (!watched && !closing) {
            watched = true;
            registration.submit(RingOps.poll(fd, RingOps.ERRORS_ONLY));
        }
    }

    private void awaitOutput() {
        awaitsOutput = true;
        registration.submit(RingOps.poll(fd, RingOps.POLLOUT));
    }

    /** Sends; the buffer is the connection's from now on. */
    public void write(ByteBuf buffer) {
        ByteBuf bytes = buffer.isDirect() ? buffer : copy(buffer);
        int length = bytes.readableBytes();
        if (closing || length == 0) {
            bytes.release();
            return;
        }
        pendingBytes += length;
        if (throttle != null && !throttle.written(length)) {
            writingHeld = true;
        }
        if (out == null) {
            out = bytes;
            send();
        } else {
            if (waiting == null) {
                waiting = new ArrayDeque<>(2);
            }
            waiting.add(bytes);
        }
    }

    private static ByteBuf copy(ByteBuf heap) {
        try {
            return ByteBufAllocator.DEFAULT.directBuffer(heap.readableBytes()).writeBytes(heap);
        } finally {
            heap.release();
        }
    }

    private void send() {
        int length = out.readableBytes();
        if (!noDelay && (hasSent || length > SMALLEST_SEGMENT)) {
            setNoDelay(); // the first segment goes out without: most short connections need no more
        }
        hasSent = true;
        sending = true;
        registration.submit(RingOps.send(fd, RingOps.address(out, out.readerIndex()), length));
    }

    private StreamSocket socket() {
        if (socket == null) {
            socket = new StreamSocket(fd);
        }
        return socket;
    }

    private void setNoDelay() {
        noDelay = true;
        try {
            socket().setTcpNoDelay(true);
        } catch (IOException e) {
            LOG.debug("no TCP_NODELAY", e); // broken meanwhile, as sending will show
        }
    }

    /** Whether all that was written has gone out, and more may be written. */
    public boolean isWritable() {
        return out == null && !writingHeld;
    }

    /** Bytes that were written and have not gone out. */
    public long pendingBytes() {
        return pendingBytes;
    }

    /** Ends the output; nothing is pending. */
    public void shutdownOutput() {
        if (closing) {
            return;
        }
        try {
            socket().shutdown(false, true);
        } catch (IOException | NotYetConnectedException e) {
            close(); // the other end has closed meanwhile
        }
    }

    /** Whether it is not closed. Any thread. */
    public boolean isOpen() {
        return !closing;
    }

    /** The other end's address; null when it is closed, or that end has gone. While the connection has not started, any thread. */
    public InetSocketAddress remoteAddress() {
        return closing ? null : socket().remoteAddress();
    }

    /** Our address; null likewise. While the connection has not started, any thread. */
    public InetSocketAddress localAddress() {
        return closing ? null : socket().localAddress();
    }

    /** The round-trip time in microseconds, -1 when it is not known. */
    public long roundTripMicros() {
        if (closing) {
            return -1;
        }
        ByteBuffer info = ByteBuffer.allocate(TCP_INFO_LENGTH).order(ByteOrder.nativeOrder());
        try {
            socket().getRawOpt(IPPROTO_TCP, TCP_INFO, info);
            return Integer.toUnsignedLong(info.getInt(TCP_INFO_RTT));
        } catch (IOException e) {
            return -1;
        }
    }

    /** Closes with an RST; one that has not started too. */
    public void reset() {
        if (closing) {
            return;
        }
        try {
            socket().setSoLinger(0);
        } catch (IOException e) {
            LOG.debug("broken already", e);
        }
        close();
    }

    /** Closes; what has not gone out is lost. Nothing happens when it is closed. */
    @Override
    public void close() {
        if (closing) {
            return;
        }
        if (registration == null) {
            closeUnregistered();
            return;
        }
        closing = true;
        if (isBusy()) {
            registration.submit(RingOps.cancelAllOf(fd)); // as each of them keeps the socket open
        }
        registration.submit(RingOps.close(fd));
        registration.cancel();
        releaseUnused();
    }

    private void closeUnregistered() {
        closing = true;
        try {
            new FileDescriptor(fd).close();
        } catch (IOException e) {
            LOG.debug("can't close a socket", e);
        }
        if (whenClosed != null) {
            whenClosed.run();
        }
    }

    /** The buffers that the ring does not have any more. */
    private void releaseUnused() {
        if (in != null && !receiving && !connecting) {
            in.release();
            in = null;
        }
        if (out != null && !sending) {
            out.release();
            out = null;
        }
        if (waiting != null) {
            waiting.forEach(ByteBuf::release);
            waiting = null;
        }
    }

    @Override
    public void handle(IoRegistration ofThis, IoEvent completion) {
        try {
            completed((IoUringIoEvent) completion);
        } catch (RuntimeException | OutOfMemoryError e) {
            failed(e);
        }
        if (closing) {
            releaseUnused();
            if (closed && !isBusy()) {
                over();
            }
        }
    }

    private boolean isBusy() {
        return connecting || receiving || sending || awaitsInput || awaitsOutput || watched;
    }

    private void over() {
        if (whenClosed != null) {
            whenClosed.run();
        }
        guard(owner::closed);
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
            default -> { // both directions have ended, or it is broken
                watched = false;
                if (!closing && result > 0 && (result & RingOps.POLLERR) != 0) {
                    owner.failed(Errors.newIOException("poll", Errors.ERRNO_ECONNRESET_NEGATIVE));
                }
            }
        }
    }

    private void received(int result, int flags) {
        if (result > 0) {
            ByteBuf bytes = in.writerIndex(result);
            in = null;
            empty = (flags & RingOps.NOT_EMPTY) == 0;
            adapt(result, bytes.capacity());
            if (throttle != null && !throttle.received(result)) {
                readingHeld = true;
                watch();
            }
            owner.received(bytes);
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

    private void adapt(int received, int capacity) {
        if (received == capacity) {
            bufferSize = Math.min(GROWTH * capacity, LARGEST_BUFFER);
        } else if (received <= capacity / (2 * GROWTH)) {
            bufferSize = Math.max(capacity / GROWTH, SMALLEST_BUFFER);
        }
    }

    private void sent(int result) {
        if (result >= 0) {
            out.skipBytes(result);
            pendingBytes -= result;
            if (out.isReadable()) {
                send();
                owner.stalled();
                return;
            }
            out.release();
            out = waiting == null ? null : waiting.poll();
            if (out != null) {
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
