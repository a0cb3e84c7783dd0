package dev.slb.forwarder.tls;

import dev.slb.forwarder.transport.Deadline;
import dev.slb.forwarder.transport.Faults;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.Wheel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

import java.util.concurrent.TimeUnit;

/**
 * Stands behind the TLS handler of a connection until its handshake has an end, which it reports once. Its time counts
 * from when this is added: for what connects, the way there is in it.
 */
public abstract class Handshake extends ChannelInboundHandlerAdapter {

    private final Faults faults;
    private final Wheel wheel;
    private final long timeoutMillis;
    private ChannelHandlerContext context;
    private boolean ended;

    private final Deadline deadline = new Deadline() {
        @Override
        protected void expired() {
            fail(HandshakeFailure.TIMEOUT, null);
        }
    };

    protected Handshake(Loop loop, long timeoutMillis) {
        this.faults = loop.faults();
        this.wheel = loop.wheel();
        this.timeoutMillis = timeoutMillis;
    }

    /** The connection is safe; what comes next in the pipeline gets what the peer sends. */
    protected abstract void secured(ChannelHandlerContext ctx, TlsSession session);

    /**
     * There will be none. The connection is to be closed.
     *
     * @param cause for logs at debug, may be null; its text may hold bytes of the peer
     */
    protected abstract void failed(ChannelHandlerContext ctx, HandshakeFailure why, Throwable cause);

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        wheel.arm(deadline, TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        wheel.cancel(deadline);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent completion) {
            if (!completion.isSuccess()) {
                fail(HandshakeFailure.of(completion.cause()), completion.cause());
            } else if (!ended) {
                ended = true;
                wheel.cancel(deadline);
                SslHandler tls = ctx.pipeline().get(SslHandler.class);
                FatalAlertWatch.behind(tls.engine(), ctx);
                Renegotiation.refuse(tls.engine());
                secured(ctx, new TlsSession(tls));
            }
        } else if (event == ChannelInputShutdownEvent.INSTANCE && !ended) {
            fail(HandshakeFailure.CLOSED, null); // half a connection can't shake hands
        } // else it is of no interest to what comes next, which knows of no connection yet
    }

    /**
     * Nobody behind this has anything to do with it. After the end, what is no more of the connection, as the failure itself
     * that comes by here again, is a fault of what has been told of the end.
     */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!ended) {
            faults.endsBy(cause);
            fail(HandshakeFailure.of(cause), cause);
            return;
        }
        if (!Faults.isOfConnection(cause)) {
            faults.tell("the end of a handshake", cause);
        }
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(HandshakeFailure.CLOSED, null);
        ctx.fireChannelInactive();
    }

    private void fail(HandshakeFailure why, Throwable cause) {
        if (!ended) {
            ended = true;
            wheel.cancel(deadline);
            failed(context, why, cause);
        }
    }
}
