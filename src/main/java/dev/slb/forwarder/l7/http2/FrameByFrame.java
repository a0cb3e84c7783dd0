package dev.slb.forwarder.l7.http2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2HeadersDecoder;

/** Netty's reader, which gets one whole frame after the other, once its stream's state was looked at. */
class FrameByFrame extends DefaultHttp2FrameReader {

    private static final int MAX_SMALL_CONTINUATIONS = 16;

    private final StreamStates states;
    private Http2FrameListener decoder;
    private Http2FrameListener before;
    /** Within fields only more of them may come, which Netty's reader sees to. */
    private boolean inFields;

    private boolean broken;

    FrameByFrame(Http2HeadersDecoder headers, StreamStates states) {
        super(headers, MAX_SMALL_CONTINUATIONS);
        this.states = states;
    }

    @Override
    public final void readFrame(ChannelHandlerContext ctx, ByteBuf in, Http2FrameListener listener)
            throws Http2Exception {
        if (decoder != listener) { // it is another one until the client's preface was read
            decoder = listener;
            before = states.before(listener);
        }
        while (!broken && isWhole(in)) {
            try {
                readOne(ctx, in);
            } catch (Http2Exception.StreamException e) {
                streamError(e);
                throw e;
            } catch (Http2Exception | RuntimeException e) {
                broken = true;
                throw e;
            }
        }
        if (broken) {
            in.skipBytes(in.readableBytes());
        }
    }

    /** An error of a stream is thrown on after this; may throw what ends the connection in its place. */
    void streamError(Http2Exception.StreamException error) throws Http2Exception {}

    /** Nothing more is read. */
    final void breakOff() {
        broken = true;
    }

    /** One that is too long is not waited for. */
    private boolean isWhole(ByteBuf in) {
        if (in.readableBytes() < Http2CodecUtil.FRAME_HEADER_LENGTH) {
            return false;
        }
        int length = in.getUnsignedMedium(in.readerIndex());
        return length > maxFrameSize() || in.readableBytes() >= Http2CodecUtil.FRAME_HEADER_LENGTH + length;
    }

    private void readOne(ChannelHandlerContext ctx, ByteBuf in) throws Http2Exception {
        int start = in.readerIndex();
        int length = in.getUnsignedMedium(start);
        if (length > maxFrameSize()) {
            super.readFrame(ctx, in, before);
            return;
        }
        byte type = in.getByte(start + 3);
        Http2Flags flags = new Http2Flags(in.getUnsignedByte(start + 4));
        int id = in.getInt(start + 5) & Integer.MAX_VALUE;
        int payload = start + Http2CodecUtil.FRAME_HEADER_LENGTH;
        if (!inFields && !states.isRead(type, id, length)) {
            in.readerIndex(payload + length);
            return;
        }
        if (type == Http2FrameTypes.HEADERS && flags.priorityPresent()) {
            clearDependencyOnItself(in, id, payload + flags.getPaddingPresenceFieldLength(), payload + length);
        }
        if (type == Http2FrameTypes.HEADERS
                || type == Http2FrameTypes.PUSH_PROMISE
                || type == Http2FrameTypes.CONTINUATION) {
            inFields = !flags.endOfHeaders();
        }
        int end = in.writerIndex();
        in.writerIndex(payload + length);
        try {
            super.readFrame(ctx, in, before);
        } finally {
            in.writerIndex(end);
        }
    }

    /**
     * That is an error of the stream (RFC 7540, section 5.3.1). Netty's reader would end the connection, since it does not decode
     * what follows, so it does not get to see it.
     */
    private void clearDependencyOnItself(ByteBuf in, int id, int at, int end) {
        if (at + Integer.BYTES <= end && (in.getInt(at) & Integer.MAX_VALUE) == id) {
            in.setInt(at, 0);
            states.dependsOnItself(id);
        }
    }
}
