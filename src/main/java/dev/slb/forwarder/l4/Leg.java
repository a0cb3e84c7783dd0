package dev.slb.forwarder.l4;

import dev.slb.forwarder.transport.PendingOutput;
import dev.slb.forwarder.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayDeque;

/**
 * One side of a {@link Relay}: what comes in goes out on the other side.
 *
 * <p>Back-pressure: after a burst of reads, or when the other side holds much, it is flushed; when its socket does not take
 * that, this side stops reading until it has. So a relay holds little, whatever the speed of its ends.
 *
 * <p>An end of input is passed on once all that came before it has gone out, and the other direction goes on. A reset is
 * passed on as a reset.
 */
final class Leg extends ChannelInboundHandlerAdapter implements ChannelFutureListener {

    private static final Logger LOG = LoggerFactory.getLogger(Leg.class);

    private final Relay relay;
    private final SocketChannel channel;
    private Leg peer;
    private ChannelHandlerContext ctx;
    /** What the client has sent before there was a server. */
    private ArrayDeque<ByteBuf> held;

    private int heldBytes;
    private long bytesRead;

    private boolean inputEnded;
    private boolean finishing;
    private boolean outputEnded;

    Leg(Relay relay, SocketChannel channel) {
        this.relay = relay;
        this.channel = channel;
        SocketOptions.relay(channel.config());
    }

    SocketChannel channel() {
        return channel;
    }

    Leg peer() {
        return peer;
    }

    /** Both sides are connected: bytes flow from now on. */
    static void join(Leg client, Leg server) {
        client.peer = server;
        server.peer = client;
        if (client.held != null) {
            client.held.forEach(buffer -> server.ctx.write(buffer, server.channel.voidPromise()));
            client.held = null;
            server.ctx.flush();
        }
        if (client.inputEnded) {
            server.finish();
        } else {
            client.channel.config().setAutoRead(server.channel.isWritable());
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (this == relay.client()) {
            relay.start();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        int bytes = in.readableBytes();
        bytesRead += bytes;
        relay.count(this, bytes);
        Leg to = peer;
        if (to != null) {
            to.ctx.write(message, to.channel.voidPromise());
            if (!to.channel.isWritable()) {
                to.flushOrStop(channel);
            }
        } else {
            hold(in);
        }
    }

    private void hold(ByteBuf buffer) {
        if (!channel.isActive()) {
            buffer.release();
            return;
        }
        if (held == null) {
            held = new ArrayDeque<>(2);
        }
        held.add(buffer);
        heldBytes += buffer.readableBytes();
    }

    void releaseHeld() {
        if (held != null) {
            held.forEach(ReferenceCountUtil::release);
            held = null;
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        Leg to = peer;
        if (to == null) {
            channel.config().setAutoRead(heldBytes < SocketOptions.MAX_HELD_BYTES);
            return;
        }
        relay.touch();
        to.flushOrStop(channel);
    }

    /** Writes what has come from the other side; while that does not go out, nothing more is read there. */
    private void flushOrStop(SocketChannel from) {
        ctx.flush();
        if (!channel.isWritable()) {
            from.config().setAutoRead(false);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        // Becoming unwritable is looked at after the flush: in a burst it mostly passes.
        if (channel.isWritable() && peer != null && !peer.inputEnded) {
            relay.touch();
            peer.channel.config().setAutoRead(true);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded = true;
            channel.config().setAutoRead(false);
            if (peer != null) {
                peer.finish();
            }
            if (outputEnded) {
                channel.close();
            }
        }
    }

    long bytesRead() {
        return bytesRead;
    }

    /** What has come from the other side and is not written yet. */
    long pendingBytes() {
        return PendingOutput.of(channel);
    }

    /** Nothing more comes from the other side: ends the output once everything has gone out. */
    void finish() {
        if (finishing) {
            return;
        }
        finishing = true;
        ctx.flush();
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
        if (pending == null || pending.isEmpty()) {
            endOutput();
        } else {
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(this);
        }
    }

    /** All output has gone out. */
    @Override
    public void operationComplete(ChannelFuture flushed) {
        if (flushed.isSuccess()) {
            endOutput();
        }
    }

    private void endOutput() {
        outputEnded = true;
        if (inputEnded || !peer.channel.isActive()) {
            channel.close();
        } else {
            Transport.shutdownOutput(channel);
            // The next end is the last one: the channel may close by itself then.
            channel.config().setAllowHalfClosure(false);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        inputEnded = true;
        relay.closed(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.warn("a connection of {} is reset", relay.endpoints(), cause);
        }
        relay.failed(this);
    }

    /** Closes with an RST. */
    void reset() {
        if (channel.isOpen()) {
            Transport.resetOnClose(channel);
            channel.close();
        }
    }
}
