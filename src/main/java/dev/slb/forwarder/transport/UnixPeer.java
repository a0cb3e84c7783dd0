package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.Socket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;

/** A peer on a socket of Netty's native transports. */
abstract class UnixPeer extends DatagramPeer {

    private static final Logger LOG = LoggerFactory.getLogger(UnixPeer.class);

    private static final int ENETUNREACH = -101;
    private static final int EHOSTUNREACH = -113;

    private static final int SOL_UDP = 17;
    private static final int UDP_SEGMENT = 103;

    final Socket socket;
    /** Length of the datagrams that the kernel cuts what is sent into; 0 when it does not. */
    private int segmentLength;

    private boolean takesSegments = true;

    UnixPeer(Loop loop, InetSocketAddress address, Receiver receiver) throws IOException {
        super(loop, receiver);
        socket = Socket.newSocketDgram();
        try {
            socket.connect(address);
        } catch (Errors.NativeIoException e) {
            socket.close();
            throw translated(e);
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public boolean send(ByteBuf datagram) throws IOException {
        return send(datagram, 0, datagram.readableBytes());
    }

    @Override
    public boolean takesSegments() {
        return takesSegments;
    }

    @Override
    public boolean send(ByteBuf datagrams, int length) throws IOException {
        try {
            return send(datagrams, length, datagrams.readableBytes());
        } catch (PortUnreachableException | NoRouteToHostException e) {
            throw e;
        } catch (IOException e) { // older kernels, devices without checksums of their own, IPsec, a small MTU
            takesSegments = false;
            throw e;
        }
    }

    private boolean send(ByteBuf bytes, int segments, int length) throws IOException {
        try {
            if (segments != segmentLength) {
                socket.setIntOpt(SOL_UDP, UDP_SEGMENT, segments);
                segmentLength = segments;
            }
            int from = bytes.readerIndex();
            int sent;
            if (bytes.hasMemoryAddress()) {
                sent = socket.sendAddress(bytes.memoryAddress(), from, from + length);
            } else {
                ByteBuffer buffer = bytes.internalNioBuffer(from, length);
                sent = socket.send(buffer, buffer.position(), buffer.limit());
            }
            return sent > 0 || length == 0;
        } catch (Errors.NativeIoException e) {
            throw translated(e);
        }
    }

    @Override
    public int receive(ByteBuf into) throws IOException {
        int start = into.writerIndex();
        int received;
        try {
            received = socket.recvAddress(into.memoryAddress(), start, into.capacity());
        } catch (Errors.NativeIoException e) {
            throw translated(e);
        }
        if (received == 0) { // would block
            return -1;
        }
        int length = Math.max(received, 0); // an empty datagram looks like an end of input
        into.writerIndex(start + length);
        return length;
    }

    private static IOException translated(Errors.NativeIoException e) {
        IOException known = e.expectedErr() == Errors.ERROR_ECONNREFUSED_NEGATIVE
                ? new PortUnreachableException(e.getMessage())
                : e.expectedErr() == ENETUNREACH || e.expectedErr() == EHOSTUNREACH
                        ? new NoRouteToHostException(e.getMessage())
                        : e;
        if (known != e) {
            known.initCause(e);
        }
        return known;
    }

    @Override
    void closeSocket() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("can't close a socket", e);
        }
    }
}
