package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;

/**
 * A TCP connection on an event loop that is not a Netty channel: it has no pipeline, and asks the kernel for nothing that is
 * not needed. Unless said otherwise everything is called on its loop, and everything is told there.
 *
 * <p>What is received belongs to the {@link Owner}. Nothing more is received while {@link #read} is off; what is written
 * goes out at once, or waits here: the owner sees by {@link #isWritable} that it should stop.
 */
public abstract class TcpConnection implements IoHandle {

    private static final Logger LOG = LoggerFactory.getLogger(TcpConnection.class);

    /** Buffers grow from here while they are filled. */
    static final int SMALLEST_BUFFER = 2 * 1024;

    private static final int LARGEST_BUFFER = 128 * 1024;
    /** Smaller than that, buffers cost more than they save when there is little memory. */
    private static final int LEAST_WHEN_SCARCE = 8 * 1024;

    private static final int GROWTH = 4;

    /** With so much to be sent it is not writable, in bytes. */
    private static final int MOST_PENDING = 64 * 1024;

    /** What goes out in one segment on any way that is fit for IPv4. */
    private static final int SMALLEST_SEGMENT = 536;

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

        /** The other end takes what was written slowly, if at all. Told where a {@link #watch} makes a difference. */
        void stalled();

        /** All that had to wait has gone out, or may go out again. */
        void sent();

        /** It is still to be closed, there being too little memory for what its other end does not take. */
        void tooMuchHeld();

        /** The connection is broken; it is still to be closed. */
        void failed(Throwable cause);

        /** It is closed; the last that is told. Not to one that its loop has not taken. */
        void closed();
    }

    /** Holds a connection to a bandwidth. */
    public interface Throttle {

        /** @return false to receive nothing more until {@link #resumeReading} */
        boolean received(int bytes);

        /** @return false to be not writable until {@link #resumeWriting} */
        boolean written(int bytes);
    }

    private final Loop loop;
    private Throttle throttle;
    private Runnable whenClosed;
    private boolean reading;
    private boolean readingHeld;
    private int bufferSize = SMALLEST_BUFFER;
    private boolean writingHeld;
    private boolean noDelay;
    private boolean hasSent;
    /** What is to go out after {@link #out}; mostly there is nothing. */
    private ArrayDeque<ByteBuf> waiting;

    private long pendingBytes;
    private final Backlog.Entry backlog = new Backlog.Entry() {
        @Override
        protected long held() {
            return heldBytes();
        }

        @Override
        protected void end() {
            if (!closing) {
                guard(owner::tooMuchHeld);
            }
        }
    };

    Owner owner;
    IoRegistration registration;
    boolean connecting;
    boolean inputEnded;
    /** Being sent; null when all has gone out. */
    ByteBuf out;

    volatile boolean closing;

    /** @param noDelay whether the socket has inherited that from the one that has accepted it */
    TcpConnection(Loop loop, boolean noDelay) {
        this.loop = loop;
        this.noDelay = noDelay;
    }

    /** Registered. */
    abstract void begin();

    /** Registered, too. Ends in {@link Owner#connected} or {@link Owner#notConnected}, or throws. */
    abstract void beginConnecting(InetSocketAddress remote) throws IOException;

    /** Receives, if {@link #wantsInput}. */
    abstract void receive();

    /** Sends {@link #out}, and what waits behind it. */
    abstract void send();

    /** {@link #over} is to follow, not at once. */
    abstract void closeRegistered();

    /** From now on what is written goes out at once, however little it is. */
    abstract void setNoDelay() throws IOException;

    /** Nothing more goes out. */
    abstract void endOutput() throws IOException;

    /** Closing is to be with an RST. */
    abstract void resetOnClose() throws IOException;

    abstract void closeSocket();

    /** Null when that end has gone. */
    abstract InetSocketAddress remote();

    /** Null likewise. */
    abstract InetSocketAddress local();

    /** In microseconds, -1 when it is not known. */
    abstract long measuredRoundTrip();

    public final Loop loop() {
        return loop;
    }

    /** Once, before it starts: what is to be done when it is closed. */
    public final void whenClosed(Runnable task) {
        whenClosed = task;
    }

    /** For an accepted one. Any thread: it goes on on its loop, or is closed when that takes nothing any more. */
    public final void start(Owner whose) {
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
        guard(() -> {
            begin();
            owner.connected();
        });
    }

    /** Ends in {@link Owner#connected} or {@link Owner#notConnected}, maybe at once. */
    public final void connect(Owner whose, InetSocketAddress remote) {
        owner = whose;
        try {
            registration = Transport.register(loop, this);
            beginConnecting(remote);
        } catch (IOException | RuntimeException | Error e) {
            LOG.debug("no connection to {}", remote, e);
            connecting = false;
            close();
            owner.notConnected();
        }
    }

    /** What is called by the loop right away, and not for an event of the socket. */
    final void guard(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    /** There is no pipeline around the owner: what it throws would end in the event loop. */
    final void failed(Throwable e) {
        if (closing) {
            loop.faults().tell("the end of a connection", e);
            return;
        }
        try {
            owner.failed(e);
        } catch (RuntimeException | Error again) {
            loop.faults().tell("the failure of a connection", again);
            close();
        }
    }

    /** From now on, and what comes then is charged. Before anything comes by, or on the loop. */
    public final void throttle(Throttle by) {
        throttle = by;
    }

    public final boolean isThrottled() {
        return throttle != null;
    }

    /** Whether one direction waits for its {@link Throttle}. */
    public final boolean isHeld() {
        return readingHeld || writingHeld;
    }

    /** Whether to receive; off at first. What is being received already may still come. */
    public final void read(boolean on) {
        reading = on;
        receive();
    }

    public final void resumeReading() {
        readingHeld = false;
        guard(this::receive);
    }

    public final void resumeWriting() {
        writingHeld = false;
        if (!closing && out == null) {
            guard(owner::sent);
        }
    }

    /** Has a reset told although nothing is received, unless the other end has ended its output before. */
    public abstract void watch();

    final boolean wantsInput() {
        return reading && !readingHeld && !inputEnded && !closing;
    }

    final ByteBuf allocate() {
        int size = bufferSize();
        return loop.allocator().directBuffer(size, size);
    }

    /** The size of the next buffer, in bytes. */
    final int bufferSize() {
        return loop.backlog().room(bufferSize, Math.min(bufferSize, LEAST_WHEN_SCARCE));
    }

    /** Bytes have come in, at least one: the buffer is the owner's. */
    final void received(ByteBuf bytes) {
        int length = bytes.readableBytes();
        adapt(length, bytes.capacity());
        if (throttle != null && !throttle.received(length)) {
            readingHeld = true;
            watch();
        }
        owner.received(bytes);
    }

    private void adapt(int received, int capacity) {
        if (received == capacity) {
            bufferSize = Math.min(GROWTH * capacity, LARGEST_BUFFER);
        } else if (received <= capacity / (2 * GROWTH)) {
            bufferSize = Math.max(capacity / GROWTH, SMALLEST_BUFFER);
        }
    }

    /** Sends; the buffer is the connection's from now on. */
    public final void write(ByteBuf buffer) {
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
        if (!noDelay && (hasSent || length > SMALLEST_SEGMENT)) {
            sendAtOnce(); // the first segment goes out without: most short connections need no more
        }
        hasSent = true;
        if (out != null) {
            if (waiting == null) {
                waiting = new ArrayDeque<>(2);
            }
            waiting.add(bytes);
        } else {
            out = bytes;
            send();
        }
        if (out != null && !closing) {
            loop.backlog().look(backlog);
        }
    }

    /** Not only what is still to be sent: a buffer is there until all of it has gone. */
    private long heldBytes() {
        return out == null ? 0 : pendingBytes + out.capacity() - out.readableBytes();
    }

    private ByteBuf copy(ByteBuf heap) {
        try {
            return loop.allocator().directBuffer(heap.readableBytes()).writeBytes(heap);
        } finally {
            heap.release();
        }
    }

    private void sendAtOnce() {
        noDelay = true;
        try {
            setNoDelay();
        } catch (IOException e) {
            LOG.debug("no TCP_NODELAY", e); // broken meanwhile, as sending will show
        }
    }

    /** So many bytes of {@link #out} have gone. @return whether that was all of it, and {@link #out} is the next */
    final boolean advance(int bytes) {
        out.skipBytes(bytes);
        pendingBytes -= bytes;
        if (out.isReadable()) {
            return false;
        }
        out.release();
        out = waiting == null ? null : waiting.poll();
        loop.backlog().look(backlog);
        return true;
    }

    /** Whether more may be written: little is pending. */
    public final boolean isWritable() {
        return pendingBytes < loop.backlog().room(MOST_PENDING, LEAST_WHEN_SCARCE) && !writingHeld;
    }

    /** Bytes that were written and have not gone out. */
    public final long pendingBytes() {
        return pendingBytes;
    }

    /** Ends the output; nothing is pending. */
    public final void shutdownOutput() {
        if (closing) {
            return;
        }
        try {
            endOutput();
        } catch (IOException e) {
            close(); // the other end has closed meanwhile
        }
    }

    /** Whether it is not closed. Any thread. */
    public final boolean isOpen() {
        return !closing;
    }

    /** The other end's address; null when it is closed, or that end has gone. While it has not started, any thread. */
    public final InetSocketAddress remoteAddress() {
        return closing ? null : remote();
    }

    /** Our address; null likewise. While it has not started, any thread. */
    public final InetSocketAddress localAddress() {
        return closing ? null : local();
    }

    /** The round-trip time in microseconds, -1 when it is not known. */
    public final long roundTripMicros() {
        return closing ? -1 : measuredRoundTrip();
    }

    /** Closes with an RST; one that has not started too. */
    public final void reset() {
        if (closing) {
            return;
        }
        try {
            resetOnClose();
        } catch (IOException e) {
            LOG.debug("broken already", e);
        }
        close();
    }

    /** Closes; what has not gone out is lost. Nothing happens when it is closed. */
    @Override
    public final void close() {
        if (closing) {
            return;
        }
        closing = true;
        if (registration == null) {
            closeUnregistered();
        } else {
            closeRegistered();
        }
    }

    private void closeUnregistered() {
        closing = true;
        closeSocket();
        if (whenClosed != null) {
            whenClosed.run();
        }
    }

    /** Nothing of what was to go out will. */
    final void releaseOutput() {
        loop.backlog().remove(backlog);
        if (out != null) {
            out.release();
            out = null;
        }
        if (waiting != null) {
            waiting.forEach(ByteBuf::release);
            waiting = null;
        }
    }

    /** The end, once. */
    final void over() {
        if (whenClosed != null) {
            whenClosed.run();
        }
        guard(owner::closed);
    }
}
