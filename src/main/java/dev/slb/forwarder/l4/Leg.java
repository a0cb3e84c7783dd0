package dev.slb.forwarder.l4;

import dev.slb.forwarder.limits.ListenerLimits;
import dev.slb.forwarder.transport.Buffers;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;

/**
 * One side of a {@link Relay}: what comes in goes out on the other side. Each kind of connection has its own.
 *
 * <p>Back-pressure: while the socket of the other side does not take what has come in, this side stops reading. So a relay
 * holds little, whatever the speed of its ends.
 *
 * <p>An end of input is passed on once all that came before it has gone out, and the other direction goes on. A reset is
 * passed on as a reset.
 */
abstract class Leg {

    /** What a client may send before there is a server is read up to about here. */
    private static final int MAX_HELD_BYTES = 16 * 1024;

    final Relay relay;
    private Leg peer;
    /** What the client has sent before there was a server. */
    private ArrayDeque<ByteBuf> held;

    private int heldBytes;
    private long bytesRead;

    private boolean inputEnded;
    private boolean finishing;
    private boolean outputEnded;

    Leg(Relay relay) {
        this.relay = relay;
    }

    /**
     * A leg of the same kind, to connect to this address.
     *
     * @throws io.netty.channel.ChannelException when no file descriptor is left
     */
    abstract Leg newServer(Transport transport, InetSocketAddress address);

    /** Ends in {@link Relay#connected} or {@link Relay#notConnected}, maybe at once. */
    abstract void connect(InetSocketAddress address);

    /** Whether it is connected. */
    abstract boolean isActive();

    /** Whether to read on. */
    abstract void read(boolean on);

    /** Has a reset told even while this does not read, which is about to happen. */
    abstract void watch();

    /** Writes; to be followed by a {@link #flush}. */
    abstract void write(ByteBuf bytes);

    abstract void flush();

    /** Whether more may be written; else {@link #onWritable} follows. */
    abstract boolean isWritable();

    /** What has been written and has not gone out: as long as nothing is added, another number when something has. */
    abstract long pendingBytes();

    /** Flushes. @return whether nothing is pending; else {@link #endOutput} is to be called when nothing is */
    abstract boolean flushLast();

    abstract void shutdownOutput();

    abstract void close();

    /** Closes with an RST. */
    abstract void reset();

    /** Holds it to the bandwidth. */
    abstract void shape(ListenerLimits limits);

    abstract boolean waitsForBandwidth();

    /** The round-trip time in microseconds, -1 when it is not known. */
    abstract long roundTripMicros();

    final Leg peer() {
        return peer;
    }

    final long bytesRead() {
        return bytesRead;
    }

    final boolean isFinishing() {
        return finishing;
    }

    /** Both sides are connected: the end of one is that of the other from now on. */
    static void join(Leg client, Leg server) {
        client.peer = server;
        server.peer = client;
    }

    /** Both are joined: bytes flow from now on. */
    static void start(Leg client, Leg server) {
        if (client.held != null) {
            client.held.forEach(server::write);
            client.held = null;
        }
        server.flush();
        if (client.inputEnded) {
            server.finish();
        } else {
            client.read(server.isWritable());
        }
    }

    /** The connection is there. */
    final void onConnected() {
        if (this == relay.client()) {
            relay.start();
        } else {
            relay.connected(this);
        }
    }

    /** Bytes have come in, maybe in several pieces; {@link #onReadComplete} follows. */
    final void onRead(ByteBuf bytes) {
        int length = bytes.readableBytes();
        bytesRead += length;
        relay.count(this, length);
        Leg to = peer;
        if (to != null) {
            to.write(bytes);
            if (!to.isWritable()) {
                to.flushOrStop(this);
            }
        } else {
            hold(bytes);
        }
    }

    private void hold(ByteBuf bytes) {
        if (!isActive()) {
            bytes.release();
            return;
        }
        if (held == null) {
            held = new ArrayDeque<>(2);
        }
        held.add(bytes);
        heldBytes += bytes.capacity();
    }

    final void releaseHeld() {
        if (held != null) {
            held.forEach(ReferenceCountUtil::release);
            held = null;
        }
    }

    final void onReadComplete() {
        if (peer == null) {
            boolean holdsMore = heldBytes < MAX_HELD_BYTES;
            read(holdsMore);
            if (!holdsMore) {
                watch();
            }
            return;
        }
        relay.touch();
        peer.flushOrStop(this);
    }

    /** Writes what has come from the other side; while that does not go out, nothing more is read there. */
    private void flushOrStop(Leg from) {
        flush();
        if (!isWritable()) {
            from.read(false);
        }
    }

    /** What comes from the other side does not go out as it comes. */
    final void onStall() {
        if (peer != null) {
            peer.watch();
        }
    }

    /** It had not been, and is now. */
    final void onWritable() {
        if (peer != null && !peer.inputEnded) {
            relay.touch();
            peer.read(true);
        }
    }

    final void onInputEnd() {
        inputEnded = true;
        read(false);
        if (peer != null) {
            peer.finish();
        }
        if (outputEnded) {
            close();
        }
    }

    /** Nothing more comes from the other side: ends the output once everything has gone out. */
    final void finish() {
        if (finishing) {
            return;
        }
        finishing = true;
        if (flushLast()) {
            endOutput();
        }
    }

    /** All output has gone out. */
    final void endOutput() {
        if (outputEnded) {
            return;
        }
        outputEnded = true;
        if (inputEnded || !peer.isActive()) {
            close();
        } else {
            shutdownOutput();
            if (!isActive()) { // it was broken already: what has not been read of it is lost, and its peer must know
                relay.failed(this);
            }
        }
    }

    final void onClosed() {
        inputEnded = true;
        relay.closed(this);
    }

    /** This side does not take what the other sends, and there is no memory to keep it. */
    final void onTooMuchHeld() {
        relay.outOfMemory();
    }

    final void onFailure(Throwable cause) {
        if (Buffers.isExhausted(cause)) {
            relay.outOfMemory();
            return;
        }
        if (!Faults.isOfConnection(cause)) {
            relay.loop().faults().tell(relay.endpoints(), cause);
        }
        relay.failed(this);
    }

    final void onNotConnected() {
        relay.notConnected(this);
    }
}
