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
import java.util.concurrent.TimeUnit;

/**
 * A connection by system calls, with epoll to tell when they may be tried again: edge-triggered, so it is told once in the
 * connection's life what to tell of.
 */
final class EpollConnection extends SocketConnection implements EpollIoHandle {

    private static final EpollIoOps EPOLLPRI = EpollIoOps.valueOf(2);
    private static final EpollIoOps EVERYTHING = EpollIoOps.EPOLLIN
            .with(EPOLLPRI)
            .with(EpollIoOps.EPOLLOUT)
            .with(EpollIoOps.EPOLLRDHUP)
            .with(EpollIoOps.EPOLLET);

    private static final Logger LOG = LoggerFactory.getLogger(EpollConnection.class);

    /** After so many others have their turn. */
    private static final int READS_PER_TURN = 8;

    private final Socket socket;
    /** There may be something to be received. */
    private boolean readable;
    /** A short read may have left something: an end that was told already, or what comes behind urgent data. */
    private boolean readsUntilEmpty;
    /** The other end has ended its output: whatever comes before that is there. */
    private boolean hungUp;
    /** It has broken the connection without that. */
    private boolean aborted;

    private boolean isListened;
    private boolean receiving;
    private boolean hasNextTurn;

    private EpollConnection(Loop loop, Socket socket, boolean accepted) {
        super(loop, accepted);
        this.socket = socket;
    }

    /** One that was accepted, and has no delay. Any thread; {@link #start} is next. */
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
        listen();
    }

    /** Next turn: what still comes in this one is about an earlier socket with the same number. */
    private void listen() {
        loop().eventLoop().execute(() -> {
            isListened = true;
            registration.submit(EVERYTHING);
        });
    }

    @Override
    void beginConnecting(InetSocketAddress remote) throws IOException {
        connecting = true;
        socket.connect(remote); // it may be there at once: then epoll tells that
        listen();
    }

    /** Errors are told always. */
    @Override
    public void watch() {}

    @Override
    public void handle(IoRegistration ofThis, IoEvent event) {
        if (closing || !isListened) {
            return;
        }
        try {
            if (!connecting || finishConnecting()) {
                told(((EpollIoEvent) event).ops());
            }
        } catch (RuntimeException | Error e) {
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
        boolean end = ops.contains(EpollIoOps.EPOLLRDHUP);
        aborted |= broken && !hungUp;
        hungUp |= end;
        readsUntilEmpty |= broken || end || ops.contains(EPOLLPRI);
        if (readsUntilEmpty || ops.contains(EpollIoOps.EPOLLIN)) {
            readable = true;
            receive();
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
        if (aborted && !wantsInput() && !inputEnded && !closing) { // so it is not read that it is broken
            owner.failed(Errors.newIOException("epoll", Errors.ERRNO_ECONNRESET_NEGATIVE));
        }
    }

    private void goOnNextTurn() {
        if (!hasNextTurn) {
            hasNextTurn = true;
            // What is due at once, unlike a task, is looked at after the sockets.
            loop().eventLoop()
                    .schedule(
                            () -> {
                                hasNextTurn = false;
                                guard(this::receive);
                            },
                            0,
                            TimeUnit.NANOSECONDS);
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
            readable = readsUntilEmpty || length == in.capacity(); // else it was all, and epoll tells of more
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
