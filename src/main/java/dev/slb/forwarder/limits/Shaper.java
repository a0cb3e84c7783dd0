package dev.slb.forwarder.limits;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;

/**
 * Keeps a client's connection within the bandwidth. It stands first in its pipeline, so it counts what is on the wire,
 * and works by what is there for back-pressure anyway. Bytes that are here go on; then,
 *
 * <ul>
 *   <li>from the client: nothing more is read for a while, and a wish to read is remembered;
 *   <li>to the client: the channel says that it is not writable for a while, so whoever produces stops.
 * </ul>
 */
final class Shaper extends ChannelDuplexHandler {

    /** Which of the reasons for not being writable, of those that Netty leaves to us. */
    private static final int WRITABILITY = 1;

    private final PipeShare in;
    private final PipeShare out;
    private ChannelHandlerContext context;
    private Direction fromClient;
    private Direction toClient;
    /** While reading is held up: whether the channel is to read on by itself afterwards, or once. */
    private boolean readsOn;

    private boolean readsOnce;
    private boolean inputEnded;

    Shaper(PipeShare in, PipeShare out) {
        this.in = in;
        this.out = out;
    }

    /** Before the connection has its loop, so that nothing comes by unseen. */
    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        long bytes = ((ByteBuf) message).readableBytes();
        ctx.fireChannelRead(message);
        if (fromClient == null) {
            fromClient = direction(in, this::readAgain);
        }
        boolean waitedBefore = fromClient.isWaiting();
        if (!fromClient.charge(bytes)) {
            if (!waitedBefore) {
                readsOnce = false;
                readsOn = false;
            }
            stopReading();
        }
    }

    private Direction direction(PipeShare share, Runnable goOn) {
        Channel channel = context.channel();
        return new Direction(channel.eventLoop(), share, channel::isOpen, goOn);
    }

    /** Whether nothing is read from the client for now. */
    boolean holdsReading() {
        return fromClient != null && fromClient.isWaiting();
    }

    private void stopReading() {
        if (context.channel().config().isAutoRead()) {
            readsOn = true;
            context.channel().config().setAutoRead(false);
        }
    }

    /** Somebody wants to read. */
    @Override
    public void read(ChannelHandlerContext ctx) {
        if (fromClient == null || !fromClient.isWaiting()) {
            ctx.read();
        } else if (ctx.channel().config().isAutoRead()) {
            stopReading();
        } else {
            readsOnce = true;
        }
    }

    private void readAgain() {
        if (readsOn && !inputEnded) {
            context.channel().config().setAutoRead(true);
        } else if (readsOnce) {
            context.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        inputEnded |= event == ChannelInputShutdownEvent.INSTANCE;
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        long bytes = message instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
        ctx.write(message, promise);
        if (bytes == 0) {
            return;
        }
        if (toClient == null) {
            toClient = direction(out, () -> setWritable(true));
        }
        if (!toClient.charge(bytes)) {
            setWritable(false);
        }
    }

    private void setWritable(boolean writable) {
        ChannelOutboundBuffer pending = context.channel().unsafe().outboundBuffer();
        if (pending != null) {
            pending.setUserDefinedWritability(WRITABILITY, writable);
        }
    }
}
