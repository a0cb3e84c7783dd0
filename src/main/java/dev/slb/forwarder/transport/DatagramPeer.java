package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBuf;

import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;

/**
 * A UDP socket that is connected to one address: what comes from there, errors included, is known to be about what was
 * sent over it. It lives on one event loop, where everything about it is called.
 *
 * <p>This is not a Netty channel, since there is one per client of a UDP listener: it has no pipeline, no queues and no
 * buffers, sends at once or not at all, and reads only what is there. A channel costs some kilobytes, with io_uring more
 * than a hundred.
 */
public abstract class DatagramPeer {

    /** Whom a peer tells that there is something. */
    public interface Receiver {

        /** Datagrams are there, or an error: {@link #receive} until it returns -1 or throws. What is left is told again. */
        void readable(DatagramPeer peer);
    }

    private final Receiver receiver;
    private final Faults faults;
    private boolean closed;

    DatagramPeer(Loop loop, Receiver receiver) {
        this.receiver = receiver;
        this.faults = loop.faults();
    }

    /**
     * Sends the readable bytes as one datagram; the buffer stays the caller's, and as it is.
     *
     * @return false when the socket's buffer is full: the datagram is lost, as datagrams may be
     * @throws PortUnreachableException when nobody listens at the address, as something sent before has shown; this
     *     datagram was not sent
     * @throws NoRouteToHostException when there is no way to the address
     * @throws IOException when it can't be sent: it is too large, for example
     */
    public abstract boolean send(ByteBuf datagram) throws IOException;

    /** Whether several datagrams can be sent by one call: not with every transport, and not on every way. */
    public boolean takesSegments() {
        return false;
    }

    /**
     * Sends the readable bytes as several datagrams; the buffer stays the caller's, and as it is.
     *
     * @param length of each datagram but the last, in bytes
     * @return false when the socket's buffer is full: all of them are lost
     * @throws IOException as {@link #send(ByteBuf)}, nothing was sent; where the kernel refuses to send several at once,
     *     {@link #takesSegments} is false from now on
     */
    public boolean send(ByteBuf datagrams, int length) throws IOException {
        throw new UnsupportedOperationException("no segments");
    }

    /**
     * Takes one datagram and appends it to the buffer, cut off where that is full.
     *
     * @param into direct
     * @return its length, -1 when there is none
     * @throws PortUnreachableException when nobody listens at the address
     */
    public abstract int receive(ByteBuf into) throws IOException;

    abstract void closeSocket();

    /** Closes; nothing is told any more. Nothing happens when it is closed. */
    public final void close() {
        if (!closed) {
            closed = true;
            closeSocket();
        }
    }

    final boolean isClosed() {
        return closed;
    }

    final void readable() {
        if (closed) {
            return;
        }
        try {
            receiver.readable(this);
        } catch (RuntimeException | Error e) { // there is no pipeline around it: it would end the event loop
            faults.tell("an answer to a datagram", e);
        }
    }
}
