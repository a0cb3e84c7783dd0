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

    final Socket socket;

    UnixPeer(InetSocketAddress address, Receiver receiver) throws IOException {
        super(receiver);
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
        try {
            int from = datagram.readerIndex();
            int length = datagram.readableBytes();
            int sent;
            if (datagram.hasMemoryAddress()) {
                sent = socket.sendAddress(datagram.memoryAddress(), from, from + length);
            } else {
                ByteBuffer buffer = datagram.internalNioBuffer(from, length);
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
