package dev.slb.forwarder.transport;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.Errors;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Accepts on a listening socket by the ring of one event loop, while it is open. Any thread may call. */
public final class RingAcceptor implements IoUringIoHandle {

    /** Has the connections. Called on the accepting loop. */
    public interface Taker {

        /** From now on connections come. */
        void begun();

        /** Where the next one that comes is to live. */
        Loop nextLoop();

        /** One has come, which is the taker's, and is to be started. */
        void accepted(TcpConnection connection);

        /** No more can be accepted for now, most likely since there are no file descriptors left. */
        void failed(Throwable cause);

        /** No more come. */
        void ended();
    }

    private final Loop loop;
    private final int fd;
    private final Promise<Void> closed;
    private IoRegistration registration;
    /** Null when none has to expect connections. */
    private Taker taker;
    /** Each is over when its taker's connections have ended, or come again. */
    private final List<Promise<Void>> pauses = new ArrayList<>();

    private boolean open;
    private boolean closing;
    /** The request that accepts, 0 when there is none. */
    private long accepting;
    /** The poll that waits before it, 0 when none does. */
    private long polling;

    RingAcceptor(Loop loop, int fd) {
        this.loop = loop;
        this.fd = fd;
        this.closed = loop.eventLoop().newPromise();
    }

    /** Connections are this taker's from when the future is done; those of the one before have ended then. */
    public Future<Void> open(Taker next) {
        Promise<Void> switched = loop.eventLoop().newPromise();
        loop.eventLoop().execute(() -> {
            if (!closing) {
                take(next);
            }
            switched.setSuccess(null);
        });
        return switched;
    }

    private void take(Taker next) {
        if (taker != next) {
            drop();
            taker = next;
            taker.begun();
        }
        endPauses();
        open = true;
        accept();
    }

    /**
     * No more connections; what the kernel has accepted in that moment still comes. Then the taker hears of the end, and the
     * future is done; also when it is opened again meanwhile.
     */
    public Future<Void> pause() {
        Promise<Void> over = loop.eventLoop().newPromise();
        loop.eventLoop().execute(() -> {
            pauses.add(over);
            stop();
        });
        return over;
    }

    /** For good. The future tells when the ring has no more to do with the socket, so that closing it frees the port. */
    public Future<Void> shutdown() {
        loop.eventLoop().execute(this::close);
        return closed;
    }

    @Override
    public void close() {
        if (closing) {
            return;
        }
        closing = true;
        stop();
        if (registration != null) {
            registration.cancel();
        }
    }

    private void stop() {
        open = false;
        if (accepting != 0) {
            registration.submit(RingOps.cancel(accepting));
        }
        if (polling != 0) {
            registration.submit(RingOps.removePoll(polling));
        }
        settle();
    }

    /** Once the ring has no request any more, what was to end has ended. */
    private void settle() {
        if (open || accepting != 0 || polling != 0) {
            return;
        }
        drop();
        if (closing) {
            closed.trySuccess(null);
        }
    }

    private void drop() {
        if (taker != null) {
            taker.ended();
            taker = null;
        }
        endPauses();
    }

    private void endPauses() {
        pauses.forEach(over -> over.setSuccess(null));
        pauses.clear();
    }

    private void accept() {
        if (!open || accepting != 0 || polling != 0) {
            return;
        }
        if (registration == null) {
            try {
                registration = Transport.register(loop, this);
            } catch (IOException e) {
                taker.failed(e);
                return;
            }
        }
        accepting = registration.submit(RingOps.acceptAll(fd));
    }

    @Override
    public void handle(IoRegistration ofThis, IoEvent completion) {
        IoUringIoEvent event = (IoUringIoEvent) completion;
        if (event.opcode() == RingOps.POLL_ADD) {
            polling = 0;
            accept();
        } else if (event.opcode() == RingOps.ACCEPT) {
            if ((event.flags() & RingOps.MORE) == 0) {
                accepting = 0;
            }
            try {
                accepted(event.res());
            } catch (RuntimeException | Error e) { // else it would end the event loop
                loop.faults().tell("accepting a connection", e);
                accept();
            }
        }
        settle();
    }

    private void accepted(int result) {
        if (result >= 0) {
            taker.accepted(RingConnection.accepted(taker.nextLoop(), result));
            accept();
        } else if (result == RingOps.EAGAIN) { // from kernels that do not wait with a socket that is non-blocking
            polling = registration.submit(RingOps.poll(fd, RingOps.POLLIN));
        } else if (result == RingOps.ECANCELED || result == RingOps.EINTR) {
            accept();
        } else {
            taker.failed(Errors.newIOException("accept", result));
        }
    }
}
