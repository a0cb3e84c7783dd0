package dev.slb.forwarder.proxy;

import dev.slb.forwarder.limits.LimitReasons;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Tracked;
import dev.slb.forwarder.transport.Addresses;
import dev.slb.forwarder.transport.Deadline;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Transport;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.AddressFamily;
import io.netty.util.ReferenceCountUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Waits for the header of a connection that a trusted proxy has made, and then puts the handler of the connection in its
 * place, which finds everything as if it had been there from the start. Anything but a header ends the connection with an
 * RST, and so does one that takes too long.
 */
public final class ProxyHeaderReceiver extends ChannelInboundHandlerAdapter implements Tracked {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyHeaderReceiver.class);

    /** The default: closing goes on in the background. */
    private static final int NO_LINGER = -1;

    /** Extensions are ignored; with more bytes of them a header is refused. */
    private static final int MAX_EXTENSION_BYTES = 2048;

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
        channel.pipeline()
                .addLast(new HAProxyMessageDecoder(MAX_EXTENSION_BYTES))
                .addLast(new ProxyHeaderReceiver(listener, channel, loop, handlers));
    }

    /** However it ends before its header has come (the decoder closes it as well), it ends with an RST. */
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        Transport.resetOnClose(channel);
        listener.connections(loop).add(this);
        long millis = listener.table().plan().timeouts().connectMillis();
        loop.wheel().arm(deadline, TimeUnit.MILLISECONDS.toNanos(millis));
    }

    /** The decoder goes when it has decoded, and passes on what came behind the header. */
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof HAProxyMessage header)) {
            ReferenceCountUtil.release(message); // what came behind the header of one that was refused
            return;
        }
        Endpoints endpoints;
        try {
            endpoints = endpoints(header);
        } finally {
            header.release();
        }
        leave();
        if (!listener.limits().permits(endpoints.client().getAddress())) {
            refuse(LimitReasons.ACCESS_DENIED);
            return;
        }
        done = true;
        channel.config().setSoLinger(NO_LINGER);
        ctx.pipeline().addLast(handlers.apply(endpoints));
        ctx.fireChannelActive();
        ctx.pipeline().remove(this);
    }

    /** A proxy that speaks for itself (its health check, say) or does not know is the client. */
    private Endpoints endpoints(HAProxyMessage header) {
        AddressFamily family = header.proxiedProtocol().addressFamily();
        boolean named = header.command() == HAProxyCommand.PROXY
                && (family == AddressFamily.AF_IPv4 || family == AddressFamily.AF_IPv6);
        if (!named) {
            return Endpoints.of(channel);
        }
        try {
            return Endpoints.of(
                    Addresses.parse(header.sourceAddress(), header.sourcePort()),
                    Addresses.parse(header.destinationAddress(), header.destinationPort()));
        } catch (IllegalArgumentException e) {
            throw new DecoderException(e); // the codec lets forms pass that nobody else does: with a zone, say
        }
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
        if (cause instanceof DecoderException) {
            LOG.debug("invalid header of the PROXY protocol from {}", channel.remoteAddress(), cause);
            refuse(LimitReasons.INVALID_PROXY_HEADER);
        } else {
            if (!(cause instanceof IOException)) {
                loop.faults().tell("a header of the PROXY protocol", cause);
            }
            done = true;
            channel.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        leave();
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
