package dev.slb.forwarder.transport;

import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadFactory;

/** By io_uring. */
final class RingTransport extends UnixTransport {

    RingTransport(int loops, ThreadFactory threads, Faults faults) {
        super(TransportKind.IO_URING, new LoopGroup(loops, threads, RingHandlers.newFactory(), faults), faults);
    }

    @Override
    public ServerChannel newServerChannel(InetSocketAddress local) {
        return new IoUringServerSocketChannel();
    }

    @Override
    public SocketChannel newSocketChannel(InetSocketAddress remote) {
        return new IoUringSocketChannel();
    }

    @Override
    public TcpConnection newConnection(Loop loop, InetSocketAddress remote) {
        return RingConnection.open(loop, remote);
    }

    @Override
    public boolean acceptsByRing() {
        return IoUring.isAcceptMultishotEnabled(); // since Linux 5.19, as the other requests that RingConnection needs
    }

    @Override
    public RingAcceptor newRingAcceptor(Loop loop, ServerChannel channel) throws IOException {
        Socket socket = (Socket) ((UnixChannel) channel).fd();
        socket.setTcpNoDelay(true); // which the connections inherit
        return new RingAcceptor(loop, socket.intValue());
    }

    @Override
    public boolean sendsSegments() {
        return IoUringDatagramChannel.isSegmentedDatagramPacketSupported();
    }

    @Override
    DatagramChannel newDatagramChannel(SocketProtocolFamily family) {
        DatagramChannel channel = new IoUringDatagramChannel(family);
        channel.config().setOption(IoUringChannelOption.MAX_DATAGRAM_PAYLOAD_SIZE, MAX_DATAGRAM);
        return channel;
    }

    @Override
    DatagramPeer newPeer(Loop loop, InetSocketAddress address, DatagramPeer.Receiver receiver) throws IOException {
        return new UringPeer(loop, address, receiver);
    }
}
