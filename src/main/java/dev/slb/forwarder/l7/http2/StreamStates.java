package dev.slb.forwarder.l7.http2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * What comes for streams that were never opened, or are over (RFC 9113, section 5.1), where Netty's decoder knows too little: it
 * takes a stream that it has refused for one that does not exist. What was on its way when we reset a stream is no error, so the
 * last of those are remembered; fields for a stream that the client itself has ended are one of the connection.
 */
class StreamStates {

    private static final int REMEMBERED = 256;
    private static final int NONE = -1;

    private final Http2Connection connection;
    private final int[] reset = new int[REMEMBERED];
    private int next;
    /** The last stream that the peer has begun to open, whatever came of it. */
    private int lastOpened;
    /** The fields that are read now open their stream. */
    private boolean opening;

    private int dependsOnItself = NONE;

    StreamStates(Http2Connection connection) {
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

    /** A frame that is ignored, where the stream never came into being: to be counted, perhaps. */
    void ignored() throws Http2Exception {}

    /**
     * Looks at a frame before it is read.
     *
     * @return whether it is to be read at all
     */
    final boolean isRead(byte type, int id, int length) throws Http2Exception {
        switch (type) {
            case Http2FrameTypes.HEADERS -> opens(id);
            case Http2FrameTypes.DATA -> refuseIdle(id);
            case Http2FrameTypes.PUSH_PROMISE ->
                throw Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "nobody may push");
            case Http2FrameTypes.RST_STREAM, Http2FrameTypes.WINDOW_UPDATE -> {
                refuseIdle(id);
                if (id != 0 && length == Integer.BYTES && connection.stream(id) == null) {
                    if (!connection.streamMayHaveExisted(id)) {
                        ignored();
                    }
                    return false;
                }
            }
            default -> {}
        }
        return true;
    }

    private void opens(int id) throws Http2Exception {
        if (connection.isServer()) {
            opening = id > lastOpened && connection.remote().isValidStreamId(id);
            if (opening) {
                lastOpened = id;
            }
        } else if (connection.remote().isValidStreamId(id)) {
            throw Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "a server opens stream %d", id);
        }
    }

    private void refuseIdle(int id) throws Http2Exception {
        boolean begun = connection.streamMayHaveExisted(id)
                || connection.isServer() && connection.remote().isValidStreamId(id) && id <= lastOpened;
        if (id != 0 && !begun) {
            throw Http2Exception.connectionError(Http2Error.PROTOCOL_ERROR, "stream %d was never opened", id);
        }
    }

    /** The fields of this stream that are read now make it depend on itself. */
    final void dependsOnItself(int id) {
        dependsOnItself = id;
    }

    /** Stands between the frames and the decoder's own listener. */
    final Http2FrameListener before(Http2FrameListener decoder) {
        return new Http2FrameListenerDecorator(decoder) {

            @Override
            public int onDataRead(ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean end)
                    throws Http2Exception {
                if (connection.stream(id) == null && isIgnored(id)) {
                    if (!data.isReadable()) {
                        ignored();
                    }
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
                if (id == dependsOnItself) {
                    dependsOnItself = NONE;
                    throw Http2Exception.streamError(id, Http2Error.PROTOCOL_ERROR, "stream %d depends on itself", id);
                }
                if (isWanted(id)) {
                    super.onHeadersRead(ctx, id, headers, dependency, weight, exclusive, padding, end);
                }
            }

            /** A window that they let overflow is an error of the connection (RFC 9113, section 6.9.2). */
            @Override
            public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) throws Http2Exception {
                try {
                    super.onSettingsRead(ctx, settings);
                } catch (Http2Exception.StreamException | Http2Exception.CompositeStreamException e) {
                    throw Http2Exception.connectionError(Http2Error.FLOW_CONTROL_ERROR, e, "%s", e.getMessage());
                }
            }
        };
    }

    private boolean isIgnored(int id) {
        return !connection.isServer() || isReset(id) || !connection.streamMayHaveExisted(id);
    }

    private boolean isWanted(int id) throws Http2Exception {
        Http2Stream stream = connection.stream(id);
        if (stream != null) {
            if (stream.state() == Http2Stream.State.HALF_CLOSED_REMOTE && !stream.isResetSent()) {
                throw Http2Exception.streamError(id, Http2Error.STREAM_CLOSED, "fields after the end of the stream");
            }
            return true;
        }
        if (!connection.isServer()) {
            return !connection.streamMayHaveExisted(id); // what never was is the decoder's to refuse
        }
        if (opening || !connection.remote().isValidStreamId(id)) {
            return true;
        }
        if (isReset(id)) {
            ignored();
            return false;
        }
        Http2Error error = connection.streamMayHaveExisted(id) ? Http2Error.STREAM_CLOSED : Http2Error.PROTOCOL_ERROR;
        throw Http2Exception.connectionError(error, "fields for stream %d, which is over", id);
    }
}
