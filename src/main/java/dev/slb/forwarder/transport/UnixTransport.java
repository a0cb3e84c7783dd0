package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;

import java.io.IOException;
import java.net.InetSocketAddress;

/** A transport whose sockets are Netty's own, of its native libraries. */
abstract class UnixTransport extends Transport {

    private static final int DATAGRAMS_PER_READ = 8;

    UnixTransport(TransportKind kind, EventLoopGroup group, Faults faults) {
        super(kind, group, faults, ByteBufAllocator.DEFAULT, TimeSource.SYSTEM);
    }

    @Override
    public boolean sharesDatagramPorts() {
        return true;
    }

    /** One buffer takes several of any size in one call of recvmmsg (or several requests to the ring). */
    @Override
    int datagramsPerRead() {
        return DATAGRAMS_PER_READ;
    }

    @Override
    public void sendEmpty(DatagramChannel channel, InetSocketAddress recipient) throws IOException {
        Socket socket = (Socket) ((UnixChannel) channel).fd();
        socket.sendTo(Unpooled.EMPTY_BUFFER.nioBuffer(), 0, 0, recipient.getAddress(), recipient.getPort());
    }
}
