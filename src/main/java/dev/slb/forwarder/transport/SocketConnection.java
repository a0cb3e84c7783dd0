package dev.slb.forwarder.transport;

import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Socket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.NotYetConnectedException;

/** What a connection asks of its socket, however that is told to send and receive. */
abstract class SocketConnection extends TcpConnection {

    private static final Logger LOG = LoggerFactory.getLogger(SocketConnection.class);

    // Of the kernel's headers.
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_INFO = 11;
    private static final int TCP_INFO_LENGTH = 104;
    private static final int TCP_INFO_RTT = 68;

    /** Gives access to what Netty keeps for its own sockets. Making one is a system call. */
    static final class StreamSocket extends Socket {
        StreamSocket(int fd) {
            super(fd);
        }

        static int open(InetSocketAddress remote) {
            return newSocketStream0(
                    remote.getAddress() instanceof Inet4Address
                            ? SocketProtocolFamily.INET
                            : SocketProtocolFamily.INET6);
        }
    }

    SocketConnection(Loop loop, boolean noDelay) {
        super(loop, noDelay);
    }

    abstract Socket socket();

    @Override
    final void setNoDelay() throws IOException {
        socket().setTcpNoDelay(true);
    }

    @Override
    final void endOutput() throws IOException {
        try {
            socket().shutdown(false, true);
        } catch (NotYetConnectedException e) {
            throw new IOException(e);
        }
    }

    @Override
    final void resetOnClose() throws IOException {
        socket().setSoLinger(0);
    }

    @Override
    final void closeSocket() {
        try {
            socket().close();
        } catch (IOException e) {
            LOG.debug("can't close a socket", e);
        }
    }

    @Override
    final InetSocketAddress remote() {
        return socket().remoteAddress();
    }

    @Override
    final InetSocketAddress local() {
        return socket().localAddress();
    }

    @Override
    final long measuredRoundTrip() {
        ByteBuffer info = ByteBuffer.allocate(TCP_INFO_LENGTH).order(ByteOrder.nativeOrder());
        try {
            socket().getRawOpt(IPPROTO_TCP, TCP_INFO, info);
            return Integer.toUnsignedLong(info.getInt(TCP_INFO_RTT));
        } catch (IOException e) {
            return -1;
        }
    }
}
