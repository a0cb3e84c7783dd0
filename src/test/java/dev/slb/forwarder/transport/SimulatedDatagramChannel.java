package dev.slb.forwarder.transport;

import dev.slb.simulation.SimulatedLoop;
import dev.slb.simulation.UdpSocket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelId;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramChannelConfig;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.SegmentedDatagramPacket;
import io.netty.channel.unix.UnixChannelOption;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/** Netty's channel for datagrams over a {@link UdpSocket}: reads, writes and fails as that of epoll does. */
final class SimulatedDatagramChannel extends AbstractChannel implements DatagramChannel {

    private static final ChannelMetadata METADATA = new ChannelMetadata(true, 16);

    private final SimulatedTransport transport;
    private final UdpSocket socket;
    private final Config config = new Config();
    private boolean open = true;
    private boolean bound;
    private boolean readPending;
    private boolean queued;

    SimulatedDatagramChannel(SimulatedTransport transport, ChannelId id, UdpSocket socket) {
        super(null, id);
        this.transport = transport;
        this.socket = socket;
        config.setAllocator(transport.allocator());
        socket.owner(this::tell);
    }

    private void tell() {
        if (!queued && isRegistered()) {
            queued = true;
            ((SimulatedLoop) eventLoop()).io(() -> {
                queued = false;
                if (open && (readPending || config.isAutoRead())) {
                    ((Unsafe) unsafe()).read();
                }
            });
        }
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new Unsafe();
    }

    private final class Unsafe extends AbstractUnsafe {

        @Override
        public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
            throw new UnsupportedOperationException("not needed");
        }

        void read() {
            RecvByteBufAllocator.Handle handle = recvBufAllocHandle();
            handle.reset(config);
            Throwable failure = null;
            try {
                do {
                    if (!receive(handle)) {
                        break;
                    }
                } while (open && config.isAutoRead() && handle.continueReading());
            } catch (IOException | RuntimeException e) {
                failure = e;
            }
            handle.readComplete();
            pipeline().fireChannelReadComplete();
            if (failure != null) {
                pipeline().fireExceptionCaught(failure);
            }
            if (socket.hasSomething() && (readPending || config.isAutoRead())) {
                tell();
            }
        }

        private boolean receive(RecvByteBufAllocator.Handle handle) throws IOException {
            ByteBuf buffer = handle.allocate(config.getAllocator());
            UdpSocket.Datagram datagram;
            try {
                datagram = socket.receive();
            } catch (IOException e) {
                buffer.release();
                throw e;
            }
            if (datagram == null) {
                buffer.release();
                handle.lastBytesRead(-1);
                return false;
            }
            readPending = false;
            buffer.writeBytes(datagram.bytes(), 0, Math.min(datagram.bytes().length, buffer.writableBytes()));
            handle.lastBytesRead(Math.max(1, buffer.readableBytes()));
            handle.incMessagesRead(1);
            transport.datagrams().receivedFromClient(datagram.bytes());
            pipeline().fireChannelRead(new DatagramPacket(buffer, socket.local(), datagram.from()));
            return true;
        }
    }

    @Override
    protected void doBeginRead() {
        readPending = true;
        if (socket.hasSomething()) {
            tell();
        }
    }

    /** Each fails by itself. What the socket does not take for now waits, and is tried again soon. */
    @Override
    protected void doWrite(ChannelOutboundBuffer out) {
        for (Object message = out.current(); message != null; message = out.current()) {
            if (transport.datagrams().isSocketFull()) {
                eventLoop().schedule(this::writeAgain, 1, TimeUnit.MILLISECONDS);
                return;
            }
            try {
                if (message instanceof SegmentedDatagramPacket segments) {
                    sendAll(segments);
                } else {
                    send((DatagramPacket) message);
                }
                out.remove();
            } catch (IOException e) {
                out.remove(e);
            }
        }
    }

    private void writeAgain() {
        if (open) {
            flush();
        }
    }

    private void sendAll(SegmentedDatagramPacket segments) throws IOException {
        // Its exception is one of Netty's native libraries, and needs them.
        if (transport.datagrams().refusesSegments() && Epoll.isAvailable()) {
            throw new Errors.NativeIoException("sendToAddresses", -22);
        }
        ByteBuf all = segments.content();
        int end = all.writerIndex();
        for (int start = all.readerIndex(); start < end; start += segments.segmentSize()) {
            send(all, start, Math.min(segments.segmentSize(), end - start), segments.recipient());
        }
    }

    /** As Netty's: an empty one is taken to be nothing. */
    private void send(DatagramPacket packet) throws IOException {
        ByteBuf content = packet.content();
        if (content.isReadable()) {
            send(content, content.readerIndex(), content.readableBytes(), packet.recipient());
        }
    }

    private void send(ByteBuf content, int start, int length, InetSocketAddress to) throws IOException {
        byte[] bytes = new byte[length];
        content.getBytes(start, bytes);
        socket.send(bytes, to);
        transport.datagrams().sentToClient(bytes);
    }

    void sendEmpty(InetSocketAddress to) throws IOException {
        byte[] nothing = {};
        socket.send(nothing, to);
        transport.datagrams().sentToClient(nothing);
    }

    @Override
    protected void doBind(SocketAddress local) throws IOException {
        socket.bind((InetSocketAddress) local);
        bound = true;
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doClose() {
        open = false;
        socket.close();
        transport.closed(this);
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        promise.setSuccess();
    }

    @Override
    protected void doDeregister() {
        // The loop has nothing of it.
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop instanceof SimulatedLoop;
    }

    @Override
    public DatagramChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open && bound;
    }

    @Override
    public boolean isConnected() {
        return false;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected SocketAddress localAddress0() {
        return socket.local();
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return null;
    }

    @Override
    public InetSocketAddress localAddress() {
        return (InetSocketAddress) super.localAddress();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return null;
    }

    private static ChannelFuture noGroups() {
        throw new UnsupportedOperationException("no groups");
    }

    @Override
    public ChannelFuture joinGroup(InetAddress group) {
        return noGroups();
    }

    @Override
    public ChannelFuture joinGroup(InetAddress group, ChannelPromise future) {
        return noGroups();
    }

    @Override
    public ChannelFuture joinGroup(InetSocketAddress group, NetworkInterface network) {
        return noGroups();
    }

    @Override
    public ChannelFuture joinGroup(InetSocketAddress group, NetworkInterface network, ChannelPromise future) {
        return noGroups();
    }

    @Override
    public ChannelFuture joinGroup(InetAddress group, NetworkInterface network, InetAddress source) {
        return noGroups();
    }

    @Override
    public ChannelFuture joinGroup(
            InetAddress group, NetworkInterface network, InetAddress source, ChannelPromise future) {
        return noGroups();
    }

    @Override
    public ChannelFuture leaveGroup(InetAddress group) {
        return noGroups();
    }

    @Override
    public ChannelFuture leaveGroup(InetAddress group, ChannelPromise future) {
        return noGroups();
    }

    @Override
    public ChannelFuture leaveGroup(InetSocketAddress group, NetworkInterface network) {
        return noGroups();
    }

    @Override
    public ChannelFuture leaveGroup(InetSocketAddress group, NetworkInterface network, ChannelPromise future) {
        return noGroups();
    }

    @Override
    public ChannelFuture leaveGroup(InetAddress group, NetworkInterface network, InetAddress source) {
        return noGroups();
    }

    @Override
    public ChannelFuture leaveGroup(
            InetAddress group, NetworkInterface network, InetAddress source, ChannelPromise future) {
        return noGroups();
    }

    @Override
    public ChannelFuture block(InetAddress group, NetworkInterface network, InetAddress source) {
        return noGroups();
    }

    @Override
    public ChannelFuture block(InetAddress group, NetworkInterface network, InetAddress source, ChannelPromise future) {
        return noGroups();
    }

    @Override
    public ChannelFuture block(InetAddress group, InetAddress source) {
        return noGroups();
    }

    @Override
    public ChannelFuture block(InetAddress group, InetAddress source, ChannelPromise future) {
        return noGroups();
    }

    /** Without a socket of the machine. */
    private final class Config extends DefaultChannelConfig implements DatagramChannelConfig {

        Config() {
            super(SimulatedDatagramChannel.this, new FixedRecvByteBufAllocator(2048));
        }

        @Override
        public <T> boolean setOption(ChannelOption<T> option, T value) {
            if (option == UnixChannelOption.SO_REUSEPORT) {
                socket.share();
                return true;
            }
            return super.setOption(option, value);
        }

        @Override
        protected void autoReadCleared() {
            readPending = false;
        }

        @Override
        public int getSendBufferSize() {
            return 0;
        }

        @Override
        public DatagramChannelConfig setSendBufferSize(int size) {
            return this;
        }

        @Override
        public int getReceiveBufferSize() {
            return 0;
        }

        @Override
        public DatagramChannelConfig setReceiveBufferSize(int size) {
            return this;
        }

        @Override
        public int getTrafficClass() {
            return 0;
        }

        @Override
        public DatagramChannelConfig setTrafficClass(int trafficClass) {
            return this;
        }

        @Override
        public boolean isReuseAddress() {
            return false;
        }

        @Override
        public DatagramChannelConfig setReuseAddress(boolean on) {
            return this;
        }

        @Override
        public boolean isBroadcast() {
            return false;
        }

        @Override
        public DatagramChannelConfig setBroadcast(boolean on) {
            return this;
        }

        @Override
        public boolean isLoopbackModeDisabled() {
            return false;
        }

        @Override
        public DatagramChannelConfig setLoopbackModeDisabled(boolean on) {
            return this;
        }

        @Override
        public int getTimeToLive() {
            return 0;
        }

        @Override
        public DatagramChannelConfig setTimeToLive(int hops) {
            return this;
        }

        @Override
        public InetAddress getInterface() {
            return null;
        }

        @Override
        public DatagramChannelConfig setInterface(InetAddress address) {
            return this;
        }

        @Override
        public NetworkInterface getNetworkInterface() {
            return null;
        }

        @Override
        public DatagramChannelConfig setNetworkInterface(NetworkInterface network) {
            return this;
        }

        @Override
        public DatagramChannelConfig setWriteSpinCount(int count) {
            super.setWriteSpinCount(count);
            return this;
        }

        @Override
        public DatagramChannelConfig setConnectTimeoutMillis(int millis) {
            super.setConnectTimeoutMillis(millis);
            return this;
        }

        @Override
        @Deprecated
        public DatagramChannelConfig setMaxMessagesPerRead(int count) {
            super.setMaxMessagesPerRead(count);
            return this;
        }

        @Override
        public DatagramChannelConfig setAllocator(ByteBufAllocator allocator) {
            super.setAllocator(allocator);
            return this;
        }

        @Override
        public DatagramChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
            super.setRecvByteBufAllocator(allocator);
            return this;
        }

        @Override
        public DatagramChannelConfig setAutoRead(boolean on) {
            super.setAutoRead(on);
            return this;
        }

        @Override
        public DatagramChannelConfig setAutoClose(boolean on) {
            super.setAutoClose(on);
            return this;
        }

        @Override
        public DatagramChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
            super.setMessageSizeEstimator(estimator);
            return this;
        }

        @Override
        public DatagramChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark mark) {
            super.setWriteBufferWaterMark(mark);
            return this;
        }
    }
}
