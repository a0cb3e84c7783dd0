package dev.slb.forwarder.l7.http2;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DecoratingHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Stream;

/** Writes frames, and tells streams what of their data has gone out. */
final class Http2ProgressWriter extends DecoratingHttp2FrameWriter {

    private final Http2Connection connection;
    private final Http2Connection.PropertyKey streamKey;

    /** @param streamKey of the property that is a stream's {@link Http2StreamEnd} */
    Http2ProgressWriter(Http2Connection connection, Http2Connection.PropertyKey streamKey) {
        super(new DefaultHttp2FrameWriter(Http2HeadersEncoder.NEVER_SENSITIVE, true));
        this.connection = connection;
        this.streamKey = streamKey;
    }

    @Override
    public ChannelFuture writeData(
            ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean end, ChannelPromise promise) {
        int bytes = data.readableBytes();
        ChannelFuture written = super.writeData(ctx, id, data, padding, end, promise);
        Http2Stream stream = connection.stream(id);
        Http2StreamEnd sender = stream == null ? null : stream.getProperty(streamKey);
        if (sender != null) {
            sender.sent(bytes);
        }
        return written;
    }
}
