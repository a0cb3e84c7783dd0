package dev.slb.forwarder.l7.http2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * What comes for streams that are over, where Netty's decoder is milder than RFC 9113, section 5.1: fields for a stream
 * that the client itself has ended are an error of the connection. What was on its way when we reset a stream is none,
 * so the last of those are remembered.
 */
final class Http2ClosedStreams {

    private static final int REMEMBERED = 256;

    private final Http2Connection connection;
    private final int[] reset = new int[REMEMBERED];
    private int next;

    Http2ClosedStreams(Http2Connection connection) {
        this.connection = connection;
    }

    void wasReset(int id) {
        reset[next] = id;
        next = (next + 1) % REMEMBERED;
    }

    private boolean isReset(int id) {
        for (int each : reset) {
            if (each == id) {
                return true;
            }
        }
        return false;
    }

    /** Stands between the frames and the decoder's own listener. */
    Http2FrameListener before(Http2FrameListener decoder) {
        return new Http2FrameListenerDecorator(decoder) {

            @Override
            public int onDataRead(ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean end)
                    throws Http2Exception {
                if (connection.stream(id) == null && isReset(id)) {
                    // The connection's window is given back at once in any case.
                    connection.local().flowController().receiveFlowControlledFrame(null, data, padding, end);
                    return data.readableBytes() + padding;
                }
                return super.onDataRead(ctx, id, data, padding, end);
            }

            @Override
            public void onHeadersRead(ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean end)
                    throws Http2Exception {
                if (isWanted(id)) {
                    super.onHeadersRead(ctx, id, headers, padding, end);
                }
            }

            @Override
            public void onHeadersRead(
                    ChannelHandlerContext ctx,
                    int id,
                    Http2Headers headers,
                    int dependency,
                    short weight,
                    boolean exclusive,
                    int padding,
                    boolean end)
                    throws Http2Exception {
                if (isWanted(id)) {
                    super.onHeadersRead(ctx, id, headers, dependency, weight, exclusive, padding, end);
                }
            }
        };
    }

    private boolean isWanted(int id) throws Http2Exception {
        Http2Stream stream = connection.stream(id);
        if (stream != null) {
            if (stream.state() == Http2Stream.State.HALF_CLOSED_REMOTE && !stream.isResetSent()) {
                throw Http2Exception.streamError(id, Http2Error.STREAM_CLOSED, "fields after the end of the stream");
            }
            return true;
        }
        if (!connection.streamMayHaveExisted(id)) {
            return true;
        }
        if (isReset(id)) {
            return false;
        }
        throw Http2Exception.connectionError(Http2Error.STREAM_CLOSED, "fields for stream %d, which is over", id);
    }
}
