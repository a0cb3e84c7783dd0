package dev.slb.forwarder.proxy;

import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Tracked;
import dev.slb.forwarder.transport.Buffers;
import dev.slb.forwarder.transport.Deadline;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Waits for the header of a connection that a trusted proxy has made, and then puts the handler of the connection in its
 * place, which finds everything as if it had been there from the start. Anything but a header ends the connection with an
 * RST, and so does one that takes too long.
 */
public final class ProxyHeaderReceiver extends ByteToMessageDecoder implements Tracked {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyHeaderReceiver.class);

    /** The default: closing goes on in the background. */
    private static final int NO_LINGER = -1;

    private final ListenerRuntime listener;
    private final SocketChannel channel;
    private final Loop loop;
    private final Function<Endpoints, ChannelHandler> handlers;
    private int registryIndex = -1;
    private boolean done;

    private final Deadline deadline = new Deadline() {
        @Override
        protected void expired() {
            refuse(LimitReasons.SLOW_PROXY_HEADER);
        }
    };

    private ProxyHeaderReceiver(
            ListenerRuntime listener, SocketChannel channel, Loop loop, Function<Endpoints, ChannelHandler> handlers) {
        this.listener = listener;
        this.channel = channel;
        this.loop = loop;
        this.handlers = handlers;
    }

    /**
     * Adds what is needed to a connection that was accepted.
     *
     * @param handlers makes the handler of a connection whose header has come
     */
    public static void addTo(
            SocketChannel channel, ListenerRuntime listener, Loop loop, Function<Endpoints, ChannelHandler> handlers) {
        channel.pipeline().addLast(new ProxyHeaderReceiver(listener, channel, loop, handlers));
    }

    /** However it ends before its header has come, it ends with an RST. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        Transport.resetOnClose(channel);
        listener.connections(loop).add(this);
        long millis = listener.table().plan().timeouts().connectMillis();
        loop.wheel().arm(deadline, TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (done) {
            in.skipBytes(in.readableBytes()); // of one that was refused
            return;
        }
        try {
            ReceivedHeader header = ReceivedHeader.read(in);
            if (header != null) {
                received(ctx, header);
            }
        } catch (ReceivedHeader.Invalid e) {
            LOG.debug("invalid header of the PROXY protocol from {}", channel.remoteAddress(), e);
            refuse(LimitReasons.INVALID_PROXY_HEADER);
        }
    }

    /** What came behind the header goes on to the new handler when this one is removed. */
    private void received(ChannelHandlerContext ctx, ReceivedHeader header) {
        // A proxy that names nobody is the client.
        Endpoints endpoints = header.endpoints() != null ? header.endpoints() : Endpoints.of(channel);
        if (!listener.limits().permits(endpoints.client().getAddress())) {
            refuse(LimitReasons.ACCESS_DENIED);
            return;
        }
        leave();
        done = true;
        channel.config().setSoLinger(NO_LINGER);
        ctx.pipeline().addLast(handlers.apply(endpoints));
        ctx.fireChannelActive();
        ctx.pipeline().remove(this);
    }

    private void leave() {
        loop.wheel().cancel(deadline);
        listener.connections(loop).remove(this);
    }

    private void refuse(String reason) {
        leave();
        if (!done) {
            done = true;
            listener.countRefusal(reason);
            channel.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (Buffers.isExhausted(cause)) {
            loop.buffers().exhausted("a connection without its PROXY header is reset");
        } else if (!Faults.isOfConnection(cause)) {
            loop.faults().tell("a header of the PROXY protocol", cause);
        }
        done = true;
        channel.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        leave();
        super.channelInactive(ctx);
    }

    @Override
    public int registryIndex() {
        return registryIndex;
    }

    @Override
    public void registryIndex(int index) {
        registryIndex = index;
    }

    @Override
    public void limitBandwidth() {
        listener.limits().shape(channel);
    }

    @Override
    public void drain() {}

    @Override
    public void end(End how) {
        done = true;
        channel.close();
    }
}
