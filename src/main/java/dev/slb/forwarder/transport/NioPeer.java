package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoOps;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;

final class NioPeer extends DatagramPeer implements NioIoHandle {

    private static final Logger LOG = LoggerFactory.getLogger(NioPeer.class);

    private final DatagramChannel channel;
    private IoRegistration registration;

    NioPeer(Loop loop, InetSocketAddress address, Receiver receiver) throws IOException {
        super(loop, receiver);
        channel = DatagramChannel.open();
        try {
            channel.configureBlocking(false);
            channel.connect(address);
            registration = Transport.register(loop, this);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        registration.submit(NioIoOps.READ);
    }

    @Override
    public SelectableChannel selectableChannel() {
        return channel;
    }

    @Override
    public boolean send(ByteBuf datagram) throws IOException {
        int length = datagram.readableBytes();
        return channel.write(datagram.internalNioBuffer(datagram.readerIndex(), length)) > 0 || length == 0;
    }

    @Override
    public int receive(ByteBuf into) throws IOException {
        int start = into.writerIndex();
        ByteBuffer buffer = into.internalNioBuffer(start, into.writableBytes());
        int received = channel.read(buffer);
        if (received <= 0) { // an empty datagram can't be told from none
            return -1;
        }
        into.writerIndex(start + received);
        return received;
    }

    @Override
    public void handle(IoRegistration ofThis, IoEvent event) {
        readable();
    }

    @Override
    void closeSocket() {
        if (registration != null) {
            registration.cancel();
        }
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("can't close a socket", e);
        }
    }
}
