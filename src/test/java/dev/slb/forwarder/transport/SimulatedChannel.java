package dev.slb.forwarder.transport;

import dev.slb.simulation.SimulatedLoop;
import dev.slb.simulation.SimulatedSocket;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelId;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DefaultSocketChannelConfig;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Netty's channel over a {@link SimulatedSocket}: reads, writes, half-closes and fails as those of epoll and NIO do.
 *
 * <p>Eager ones read once more when the other end has ended or broken the connection, whether they want to read or not, as those
 * of epoll do; others learn of it when they read, as those of NIO.
 */
final class SimulatedChannel extends AbstractChannel implements SocketChannel {

    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    private final SimulatedTransport transport;
    private final SocketChannelConfig config;
    private final boolean eager;
    private final byte[] buffer;
    private SimulatedSocket socket;
    private boolean connected;
    private boolean open = true;
    private boolean readPending;
    private boolean inputShutdown;
    private boolean inputClosedSeen;
    private boolean outputShutdown;
    private boolean flushPending;
    private boolean queued;
    private ChannelPromise connectPromise;
    private Future<?> connectTimeout;

    /** One to connect. */
    SimulatedChannel(SimulatedTransport transport, ChannelId id, boolean eager) {
        this(transport, id, eager, null);
    }

    /** One that was accepted; null: one to connect. */
    SimulatedChannel(SimulatedTransport transport, ChannelId id, boolean eager, SimulatedSocket accepted) {
        super(null, id);
        this.transport = transport;
        this.eager = eager;
        this.buffer = transport.scratch();
        this.config = new Config(this, transport.allocator());
        if (accepted != null) {
            connected = true;
            take(accepted);
        }
    }

    private void take(SimulatedSocket own) {
        socket = own;
        own.owner(new SimulatedSocket.Owner() {
            @Override
            public void readable() {
                tell();
            }

            @Override
            public void writable() {
                io(SimulatedChannel.this::writeAgain);
            }
        });
    }

    private void io(Runnable event) {
        if (isRegistered()) {
            ((SimulatedLoop) eventLoop()).io(event);
        }
    }

    /** There is something to read: said again in each turn as long as there is. */
    private void tell() {
        if (!queued && isRegistered()) {
            queued = true;
            ((SimulatedLoop) eventLoop()).io(() -> {
                queued = false;
                readReady();
            });
        }
    }

    private boolean isOver() {
        return socket.isReset() || socket.isInputEnded();
    }

    private void readReady() {
        if (!open || !connected) {
            return;
        }
        boolean forced = eager && isOver() && !inputClosedSeen;
        if (readPending || config.isAutoRead() || forced) {
            if (!inputShutdown || !inputClosedSeen && config.isAllowHalfClosure()) {
                ((Unsafe) unsafe()).read();
            }
        }
    }

    private void writeAgain() {
        if (open && flushPending) {
            flushPending = false;
            ((Unsafe) unsafe()).flushAgain();
        }
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new Unsafe();
    }

    private final class Unsafe extends AbstractUnsafe {

        @Override
        public void connect(SocketAddress to, SocketAddress from, ChannelPromise promise) {
            if (!promise.setUncancellable() || !ensureOpen(promise)) {
                return;
            }
            if (connectPromise != null) {
                safeSetFailure(promise, new ConnectionPendingException());
                return;
            }
            if (connected) {
                safeSetFailure(promise, new AlreadyConnectedException());
                return;
            }
            connectPromise = promise;
            take(transport.connect((InetSocketAddress) to, () -> io(this::established), () -> io(this::refused)));
            int millis = config.getConnectTimeoutMillis();
            if (millis > 0) {
                connectTimeout = eventLoop()
                        .schedule(
                                () -> notConnected(new ConnectTimeoutException("connection timed out: " + to)),
                                millis,
                                TimeUnit.MILLISECONDS);
            }
            promise.addListener((ChannelFuture done) -> {
                if (done.isCancelled()) {
                    close(voidPromise());
                }
            });
        }

        private void established() {
            if (!open || connectPromise == null) {
                return;
            }
            connected = true;
            ChannelPromise promise = connectPromise;
            connectPromise = null;
            if (connectTimeout != null) {
                connectTimeout.cancel(false);
            }
            boolean set = promise.trySuccess();
            pipeline().fireChannelActive();
            if (!set) {
                close(voidPromise());
            } else if (config.isAutoRead()) {
                read0();
            }
        }

        private void refused() {
            notConnected(new ConnectException("Connection refused: " + socket.remote()));
        }

        private void notConnected(IOException cause) {
            ChannelPromise promise = connectPromise;
            if (promise == null) {
                return;
            }
            connectPromise = null;
            if (connectTimeout != null) {
                connectTimeout.cancel(false);
            }
            promise.tryFailure(annotateConnectException(cause, socket.remote()));
            closeIfClosed();
            close(voidPromise());
        }

        private void read0() {
            if (socket.available() > 0 || isOver()) {
                tell();
            }
        }

        void flushAgain() {
            super.flush0();
        }

        @Override
        protected void flush0() {
            if (!flushPending) {
                super.flush0();
            }
        }

        /** As NIO's. */
        void read() {
            RecvByteBufAllocator.Handle handle = recvBufAllocHandle();
            handle.reset(config);
            ByteBuf bytes = null;
            boolean close = false;
            try {
                do {
                    bytes = handle.allocate(config.getAllocator());
                    int room = Math.min(bytes.writableBytes(), buffer.length);
                    handle.attemptedBytesRead(room);
                    int read = socket.read(buffer, 0, room);
                    handle.lastBytesRead(read);
                    if (read <= 0) {
                        bytes.release();
                        bytes = null;
                        close = read < 0;
                        if (close) {
                            readPending = false;
                        }
                        break;
                    }
                    bytes.writeBytes(buffer, 0, read);
                    handle.incMessagesRead(1);
                    readPending = false;
                    ByteBuf whole = bytes;
                    bytes = null;
                    pipeline().fireChannelRead(whole);
                } while (open && handle.continueReading());
                handle.readComplete();
                pipeline().fireChannelReadComplete();
                if (close) {
                    inputEnded();
                }
            } catch (Throwable e) {
                if (bytes != null) {
                    bytes.release();
                }
                handle.readComplete();
                pipeline().fireChannelReadComplete();
                pipeline().fireExceptionCaught(e);
                if (e instanceof OutOfMemoryError || e instanceof IOException) {
                    inputEnded();
                }
            } finally {
                if (open && !inputClosedSeen && (readPending || config.isAutoRead() || eager)) {
                    read0();
                }
            }
        }

        private void inputEnded() {
            if (!open) {
                return;
            }
            if (!inputShutdown) {
                if (config.isAllowHalfClosure()) {
                    inputShutdown = true;
                    pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
                } else {
                    inputShutdown = true;
                    close(voidPromise());
                }
            } else if (!inputClosedSeen) {
                inputClosedSeen = true;
                pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
            }
        }
    }

    @Override
    protected void doBeginRead() {
        if (inputShutdown && inputClosedSeen) {
            return;
        }
        readPending = true;
        if (connected && (socket.available() > 0 || isOver())) {
            tell();
        }
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer out) throws IOException {
        for (Object message = out.current(); message != null; message = out.current()) {
            ByteBuf bytes = (ByteBuf) message;
            int length = Math.min(bytes.readableBytes(), buffer.length);
            if (length == 0) {
                out.remove();
                continue;
            }
            bytes.getBytes(bytes.readerIndex(), buffer, 0, length);
            int written = socket.write(buffer, 0, length);
            if (written > 0) {
                out.progress(written);
                bytes.skipBytes(written);
            }
            if (!bytes.isReadable()) {
                out.remove();
            } else if (written < length) {
                flushPending = true;
                return;
            }
        }
    }

    @Override
    protected void doBind(SocketAddress local) {
        throw new UnsupportedOperationException("not needed");
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doClose() {
        open = false;
        connected = false;
        if (connectPromise != null) {
            connectPromise.tryFailure(new ClosedChannelException());
            connectPromise = null;
        }
        if (connectTimeout != null) {
            connectTimeout.cancel(false);
        }
        if (socket != null) {
            if (config.getSoLinger() == 0) {
                socket.reset();
            } else {
                socket.close();
            }
        }
        transport.closed(this);
    }

    @Override
    protected void doShutdownOutput() throws IOException {
        socket.shutdownOutput();
        outputShutdown = true;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop instanceof SimulatedLoop;
    }

    @Override
    public ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        if (eventLoop().inEventLoop()) {
            ((AbstractUnsafe) unsafe()).shutdownOutput(promise);
        } else {
            eventLoop().execute(() -> ((AbstractUnsafe) unsafe()).shutdownOutput(promise));
        }
        return promise;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShutdown || !isActive();
    }

    @Override
    public boolean isInputShutdown() {
        return inputShutdown || !isActive();
    }

    @Override
    public boolean isShutdown() {
        return isInputShutdown() && isOutputShutdown();
    }

    @Override
    public ChannelFuture shutdownInput() {
        throw new UnsupportedOperationException("not needed");
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        throw new UnsupportedOperationException("not needed");
    }

    @Override
    public ChannelFuture shutdown() {
        throw new UnsupportedOperationException("not needed");
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        throw new UnsupportedOperationException("not needed");
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        promise.setSuccess();
        if (socket != null && connected && (socket.available() > 0 || isOver())) {
            eventLoop().execute(this::tell);
        }
    }

    @Override
    protected void doDeregister() {
        // The loop has nothing of it.
    }

    @Override
    public SocketChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return connected && open;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected SocketAddress localAddress0() {
        return socket == null ? null : socket.local();
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return connected ? socket.remote() : null;
    }

    @Override
    public InetSocketAddress localAddress() {
        return (InetSocketAddress) super.localAddress();
    }

    @Override
    public InetSocketAddress remoteAddress() {
        return (InetSocketAddress) super.remoteAddress();
    }

    @Override
    public ServerSocketChannel parent() {
        return null;
    }

    /** The socket of the connection, for one in place of the channel. */
    SimulatedSocket socket() {
        return socket;
    }

    /** Without a socket of the machine. */
    private static final class Config extends DefaultSocketChannelConfig {

        private final SimulatedChannel channel;
        private int soLinger = -1;

        Config(SimulatedChannel channel, ByteBufAllocator allocator) {
            super(channel, new java.net.Socket());
            this.channel = channel;
            setAllocator(allocator);
        }

        @Override
        protected void autoReadCleared() {
            channel.readPending = false;
        }

        @Override
        public SocketChannelConfig setSoLinger(int seconds) {
            if (!channel.open) {
                throw new ChannelException(new ClosedChannelException());
            }
            soLinger = seconds;
            return this;
        }

        @Override
        public int getSoLinger() {
            return soLinger;
        }

        @Override
        public SocketChannelConfig setTcpNoDelay(boolean on) {
            return this;
        }

        @Override
        public SocketChannelConfig setKeepAlive(boolean on) {
            return this;
        }
    }
}
