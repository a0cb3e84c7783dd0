package dev.slb.forwarder.transport;

import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadFactory;

/** By epoll. */
final class EpollTransport extends UnixTransport {

    EpollTransport(int loops, ThreadFactory threads, Faults faults) {
        super(TransportKind.EPOLL, new LoopGroup(loops, threads, EpollHandlers.newFactory(), faults), faults);
    }

    @Override
    public ServerChannel newServerChannel(InetSocketAddress local) {
        // The wildcard address takes both families, where the machine has both.
        return local.getAddress().isAnyLocalAddress() || family(local) == SocketProtocolFamily.INET6
                ? new EpollServerSocketChannel()
                : new EpollServerSocketChannel(SocketProtocolFamily.INET);
    }

    @Override
    public SocketChannel newSocketChannel(InetSocketAddress remote) {
        return new EpollSocketChannel(family(remote));
    }

    @Override
    public TcpConnection newConnection(Loop loop, InetSocketAddress remote) {
        return EpollConnection.open(loop, remote);
    }

    @Override
    public TcpConnection withoutChannel(Loop loop, SocketChannel accepted) {
        return EpollConnection.accepted(loop, (Socket) ((UnixChannel) accepted).fd());
    }

    @Override
    public boolean namesAskedAddresses() {
        return true;
    }

    @Override
    public boolean sendsSegments() {
        return EpollDatagramChannel.isSegmentedDatagramPacketSupported();
    }

    @Override
    DatagramChannel newDatagramChannel(SocketProtocolFamily family) {
        DatagramChannel channel = new EpollDatagramChannel(family);
        channel.config().setOption(EpollChannelOption.IP_RECVORIGDSTADDR, family == null);
        channel.config().setOption(EpollChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, MAX_DATAGRAM);
        return channel;
    }

    @Override
    DatagramPeer newPeer(Loop loop, InetSocketAddress address, DatagramPeer.Receiver receiver) throws IOException {
        return new EpollPeer(loop, address, receiver);
    }
}
