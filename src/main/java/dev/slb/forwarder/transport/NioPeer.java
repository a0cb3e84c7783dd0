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
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;

final class NioPeer extends DatagramPeer implements NioIoHandle {

    private static final Logger LOG = LoggerFactory.getLogger(NioPeer.class);

    private final DatagramChannel channel;
    private final InetSocketAddress address;
    private IoRegistration registration;

    NioPeer(Loop loop, InetSocketAddress address, Receiver receiver) throws IOException {
        super(loop, receiver);
        this.address = address;
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
        if (!datagram.isReadable()) {
            sendEmpty();
            return true;
        }
        return channel.write(datagram.internalNioBuffer(datagram.readerIndex(), datagram.readableBytes())) > 0;
    }

    /**
     * The JDK sends nothing over a connected channel when there is no byte, so it goes out from the same port by another one;
     * what comes back is for the connected one, as it was.
     */
    private void sendEmpty() throws IOException {
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        try (DatagramChannel other = DatagramChannel.open()) {
            other.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            other.bind(channel.getLocalAddress());
            other.send(ByteBuffer.allocate(0), address);
        } finally {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, false); // it shares its port with nobody else
        }
    }

    @Override
    public int receive(ByteBuf into) throws IOException {
        int start = into.writerIndex();
        ByteBuffer buffer = into.internalNioBuffer(start, into.writableBytes());
        int from = buffer.position();
        if (channel.receive(buffer) == null) { // read() does not tell an empty datagram from none
            return -1;
        }
        int received = buffer.position() - from;
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
