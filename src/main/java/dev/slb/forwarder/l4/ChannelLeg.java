package dev.slb.forwarder.l4;

import dev.slb.forwarder.limits.ListenerLimits;
import dev.slb.forwarder.transport.Backlog;
import dev.slb.forwarder.transport.ChannelBacklog;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.PendingOutput;
import dev.slb.forwarder.transport.RoundTrip;
import dev.slb.forwarder.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;

import java.net.InetSocketAddress;

/** A leg on a channel. Having read a burst, or holding much, the other side is flushed. */
final class ChannelLeg extends Leg {

    private final SocketChannel channel;
    private final Loop loop;
    private final Backlog.Entry backlog;
    private final Handler handler = new Handler();
    private ChannelHandlerContext ctx;

    ChannelLeg(Relay relay, Loop loop, SocketChannel channel) {
        super(relay);
        this.loop = loop;
        this.channel = channel;
        SocketOptions.relay(channel, loop);
        this.backlog = new ChannelBacklog(channel) {
            @Override
            protected void end() {
                onTooMuchHeld();
            }
        };
    }

    /** What the channel needs in its pipeline. */
    ChannelHandler handler() {
        return handler;
    }

    private final class Handler extends ChannelInboundHandlerAdapter {

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            ctx = context;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            onConnected();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            onRead((ByteBuf) message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            onReadComplete();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            // Becoming unwritable is looked at after the flush: in a burst it mostly passes.
            if (channel.isWritable()) {
                loop.backlog().look(backlog);
                onWritable();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                onInputEnd();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            loop.backlog().remove(backlog);
            onClosed();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            onFailure(cause);
        }
    }

    @Override
    Leg newServer(Transport transport, InetSocketAddress address) {
        return new ChannelLeg(relay, loop, transport.newSocketChannel(address));
    }

    @Override
    void connect(InetSocketAddress address) {
        channel.config().setConnectTimeoutMillis(0); // the relay's deadline covers it
        channel.pipeline().addLast(handler);
        loop.eventLoop().register(channel);
        channel.connect(address).addListener(attempt -> {
            if (!attempt.isSuccess()) {
                onNotConnected();
            }
        });
    }

    @Override
    boolean isActive() {
        return channel.isActive();
    }

    @Override
    void read(boolean on) {
        channel.config().setAutoRead(on);
    }

    /** Channels do, where the transport can. */
    @Override
    void watch() {}

    @Override
    void write(ByteBuf bytes) {
        ctx.write(bytes, channel.voidPromise());
    }

    @Override
    void flush() {
        ctx.flush();
        loop.backlog().look(backlog);
    }

    @Override
    boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    long pendingBytes() {
        return PendingOutput.of(channel);
    }

    @Override
    boolean flushLast() {
        ctx.flush();
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
        if (pending == null || pending.isEmpty()) {
            return true;
        }
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(this::flushed);
        return false;
    }

    private void flushed(Future<?> flush) {
        if (flush.isSuccess()) {
            endOutput();
        }
    }

    @Override
    void shutdownOutput() {
        Transport.shutdownOutput(channel);
        // The next end is the last one: the channel may close by itself then.
        channel.config().setAllowHalfClosure(false);
    }

    @Override
    void close() {
        channel.close();
    }

    @Override
    void reset() {
        if (channel.isOpen()) {
            Transport.resetOnClose(channel);
            channel.close();
        }
    }

    @Override
    void shape(ListenerLimits limits) {
        limits.shape(channel);
    }

    @Override
    boolean waitsForBandwidth() {
        return ListenerLimits.holdsReading(channel) || ListenerLimits.holdsWriting(channel);
    }

    @Override
    long roundTripMicros() {
        return new RoundTrip().micros(channel);
    }
}
