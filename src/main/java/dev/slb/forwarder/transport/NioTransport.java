package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.ThreadFactory;

/** By what the JDK has, everywhere. */
final class NioTransport extends Transport {

    NioTransport(int loops, ThreadFactory threads, Faults faults) {
        super(
                TransportKind.NIO,
                new LoopGroup(loops, threads, NioIoHandler.newFactory(), faults),
                faults,
                ByteBufAllocator.DEFAULT,
                TimeSource.SYSTEM);
    }

    @Override
    public ServerChannel newServerChannel(InetSocketAddress local) {
        return new NioServerSocketChannel();
    }

    @Override
    public SocketChannel newSocketChannel(InetSocketAddress remote) {
        return new NioSocketChannel(SelectorProvider.provider(), family(remote));
    }

    @Override
    public TcpConnection newConnection(Loop loop, InetSocketAddress remote) {
        throw new UnsupportedOperationException("only by channels");
    }

    @Override
    public boolean sharesDatagramPorts() {
        return false;
    }

    @Override
    DatagramChannel newDatagramChannel(SocketProtocolFamily family) {
        return family == null ? new NioDatagramChannel() : new NioDatagramChannel(family);
    }

    @Override
    public void sendEmpty(DatagramChannel channel, InetSocketAddress recipient) throws IOException {
        ((java.nio.channels.DatagramChannel)
                        ((NioDatagramChannel) channel).unsafe().ch())
                .send(Unpooled.EMPTY_BUFFER.nioBuffer(), recipient);
    }

    @Override
    DatagramPeer newPeer(Loop loop, InetSocketAddress address, DatagramPeer.Receiver receiver) throws IOException {
        return new NioPeer(loop, address, receiver);
    }
}
