package dev.slb.forwarder.l7.http2;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A connection of HTTP/2, to a client or to a server. What its streams write goes out once for each turn of the event loop,
 * no more at once than the channel takes; what they received goes on when all that was read is dealt with.
 */
abstract class Http2Link extends Http2ConnectionHandler {

    private final FlushBudget budget;
    private final List<Http2StreamEnd> unflushed = new ArrayList<>();
    private final Runnable flush = this::flushNow;
    private boolean flushing;
    private ChannelHandlerContext context;

    Http2Link(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings,
            FlushBudget budget) {
        super(decoder, encoder, settings, true);
        this.budget = budget;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        super.handlerAdded(ctx);
    }

    final ChannelHandlerContext context() {
        return context;
    }

    /** Flushes when all that this turn of the event loop brings is written. */
    final void flushLater() {
        if (!flushing) {
            flushing = true;
            context.executor().execute(flush);
        }
    }

    final void flushNow() {
        flushing = false;
        if (!context.isRemoved()) {
            flush(context);
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        do {
            budget.renew(ctx.channel().bytesBeforeUnwritable());
            super.flush(ctx);
        } while (budget.isSpent() && ctx.channel().isWritable());
    }

    /** Its stream is over at once, not when that has gone out: what waits of its data must not follow (RFC 9113, section 5.1). */
    @Override
    public ChannelFuture resetStream(ChannelHandlerContext ctx, int id, long errorCode, ChannelPromise promise) {
        ChannelFuture written = super.resetStream(ctx, id, errorCode, promise);
        closeReset(id);
        return written;
    }

    @Override
    protected void onStreamError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, Http2Exception.StreamException error) {
        super.onStreamError(ctx, outbound, cause, error);
        closeReset(error.streamId());
    }

    private void closeReset(int id) {
        Http2Stream stream = connection().stream(id);
        if (stream != null && stream.isResetSent()) {
            stream.close();
        }
    }

    /** What this stream has received is flushed at the other side when all that was read is dealt with. */
    final void flushOtherSideLater(Http2StreamEnd stream) {
        unflushed.add(stream);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        for (int i = 0; i < unflushed.size(); i++) {
            unflushed.get(i).flushOtherSide();
        }
        unflushed.clear();
        super.channelReadComplete(ctx);
    }

    /** Runs this for all that are open, as what their property says. */
    final <S> void forEachStream(Http2Connection.PropertyKey key, Consumer<S> action) {
        try {
            connection().forEachActiveStream(each -> {
                S stream = each.getProperty(key);
                if (stream != null) {
                    action.accept(stream);
                }
                return true;
            });
        } catch (Http2Exception e) {
            throw new IllegalStateException(e); // none is thrown above
        }
    }

    /** So much of what this stream has received was taken: its window opens again. */
    final void consumed(Http2Stream stream, int bytes) {
        try {
            if (decoder().flowController().consumeBytes(stream, bytes)) {
                flushLater();
            }
        } catch (Http2Exception e) {
            onError(context, false, e);
        }
    }
}
