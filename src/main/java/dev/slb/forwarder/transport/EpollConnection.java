package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * A connection by system calls, with epoll to tell when they may be tried again: edge-triggered, so it is told once in the
 * connection's life what to tell of.
 */
final class EpollConnection extends TcpConnection implements EpollIoHandle {

    private static final EpollIoOps EVERYTHING = EpollIoOps.EPOLLIN
            .with(EpollIoOps.EPOLLOUT)
            .with(EpollIoOps.EPOLLRDHUP)
            .with(EpollIoOps.EPOLLET);

    private static final Logger LOG = LoggerFactory.getLogger(EpollConnection.class);

    /** After so many others have their turn. */
    private static final int READS_PER_TURN = 8;

    private final Socket socket;
    /** There may be something to be received. */
    private boolean readable;
    /** The other end has ended its output: whatever comes before that is there. */
    private boolean hungUp;

    private boolean isThisTurnOver;
    private boolean receiving;
    private boolean hasNextTurn;

    private EpollConnection(Loop loop, Socket socket, boolean accepted) {
        super(loop, accepted);
        this.socket = socket;
    }

    /** One that was accepted on a socket without delay, which it has inherited. Any thread; {@link #start} is next. */
    static EpollConnection accepted(Loop loop, Socket socket) {
        return new EpollConnection(loop, socket, true);
    }

    /**
     * One to connect to this address; {@link #connect} is next.
     *
     * @throws io.netty.channel.ChannelException when no file descriptor is left
     */
    static EpollConnection open(Loop loop, InetSocketAddress remote) {
        return new EpollConnection(loop, new StreamSocket(StreamSocket.open(remote)), false);
    }

    @Override
    Socket socket() {
        return socket;
    }

    @Override
    public FileDescriptor fd() {
        return socket;
    }

    @Override
    void begin() {
        registration.submit(EVERYTHING);
    }

    @Override
    void beginConnecting(InetSocketAddress remote) throws IOException {
        connecting = true;
        socket.connect(remote); // it may be there at once: then epoll tells that
        registration.submit(EVERYTHING);
        // What still comes in this turn is about an earlier socket with the same number: not that this one is
        // connected.
        loop().eventLoop().execute(() -> isThisTurnOver = true);
    }

    /** Errors are told always. */
    @Override
    public void watch() {}

    @Override
    public void handle(IoRegistration ofThis, IoEvent event) {
        if (closing || connecting && !isThisTurnOver) {
            return;
        }
        try {
            if (!connecting || finishConnecting()) {
                told(((EpollIoEvent) event).ops());
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            failed(e);
        }
    }

    /** @return whether the connection is there, and was not closed at once */
    private boolean finishConnecting() {
        try {
            if (!socket.finishConnect()) {
                return false;
            }
        } catch (IOException e) {
            LOG.debug("no connection", e);
            connecting = false;
            owner.notConnected();
            return false;
        }
        connecting = false;
        owner.connected();
        return !closing;
    }

    private void told(EpollIoOps ops) {
        boolean broken = ops.contains(EpollIoOps.EPOLLERR);
        if (out != null && (broken || ops.contains(EpollIoOps.EPOLLOUT))) {
            flush();
        }
        if (broken || ops.contains(EpollIoOps.EPOLLIN) || ops.contains(EpollIoOps.EPOLLRDHUP)) {
            readable = true;
            hungUp |= broken || ops.contains(EpollIoOps.EPOLLRDHUP);
            receive();
        }
        if (broken && !closing && !wantsInput()) {
            owner.failed(Errors.newIOException("epoll", Errors.ERRNO_ECONNRESET_NEGATIVE));
        }
    }

    @Override
    void receive() {
        if (receiving) { // what is received has its reader read on
            return;
        }
        receiving = true;
        try {
            for (int i = 0; readable && wantsInput(); i++) {
                if (i == READS_PER_TURN) {
                    goOnNextTurn();
                    return;
                }
                receiveOnce();
            }
        } catch (IOException e) {
            owner.failed(e);
        } finally {
            receiving = false;
        }
    }

    private void goOnNextTurn() {
        if (!hasNextTurn) {
            hasNextTurn = true;
            loop().eventLoop().execute(() -> {
                hasNextTurn = false;
                guard(this::receive);
            });
        }
    }

    private void receiveOnce() throws IOException {
        ByteBuf in = allocate();
        int length;
        try {
            length = socket.recvAddress(Memory.address(in, 0), 0, in.capacity());
        } catch (IOException e) {
            in.release();
            throw e;
        }
        if (length > 0) {
            readable = hungUp || length == in.capacity(); // else it was all, and epoll tells of more
            received(in.writerIndex(length));
            return;
        }
        in.release();
        readable = false;
        if (length < 0) {
            inputEnded = true;
            owner.inputEnded();
        }
    }

    @Override
    void send() {
        try {
            while (out != null) {
                int sent = socket.sendAddress(Memory.address(out, 0), out.readerIndex(), out.writerIndex());
                if (sent <= 0) { // the socket is full, and epoll tells when it is not any more
                    return;
                }
                advance(sent);
            }
        } catch (IOException e) {
            owner.failed(e);
        }
    }

    private void flush() {
        send();
        if (out == null && !closing) {
            owner.sent();
        }
    }

    @Override
    void closeRegistered() {
        closeSocket(); // which takes it out of epoll
        registration.cancel();
        releaseOutput();
        try {
            loop().eventLoop().execute(this::end);
        } catch (RuntimeException e) { // the event loop is ending, and runs its last tasks
            end();
        }
    }

    private void end() {
        if (connecting) {
            connecting = false;
            guard(owner::notConnected);
        }
        over();
    }
}
