package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.transport.TimeSource;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DecoratingHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LifecycleManager;
import io.netty.handler.codec.http2.Http2PromisedRequestVerifier;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/** Netty's codec of HTTP/2 towards one client, with our limits. */
final class Http2Codec {

    static final int MAX_STREAMS = 128;

    /** What a client may send of one body before a server has taken it, when {@link Windows} are narrow. */
    static final int STREAM_WINDOW = 64 * 1024;

    /** Fields beyond their limit by up to so much are answered 431; beyond that the connection is closed. */
    private static final int TOO_LARGE_HEADER_BYTES = 64 * 1024;

    private static final int FRAME_BYTES = 16 * 1024;

    private static final int MAX_QUEUED_CONTROL_FRAMES = 1000;
    private static final float WINDOW_UPDATE_RATIO = 0.5f;

    final Http2Connection connection = new DefaultHttp2Connection(true);
    final Http2Connection.PropertyKey streamKey = connection.newKey();
    final FloodGuard floods;
    final StreamStates states = new StreamStates(connection) {
        @Override
        void ignored() throws Http2Exception {
            floods.uselessFrame();
        }
    };
    final FlushBudget budget = new FlushBudget(byteDistributor(connection));
    final Http2ConnectionEncoder encoder;
    final Http2ConnectionDecoder decoder;
    final Http2Settings settings;

    /** @param streamWindow what a client may at first send of one body before a server has taken it */
    Http2Codec(TimeSource time, int maxHeaderBytes, int streamWindow) {
        floods = new FloodGuard(time);
        // Even before the client has acknowledged our settings.
        connection.remote().maxActiveStreams(MAX_STREAMS);
        connection.local().flowController(new DefaultHttp2LocalFlowController(connection, WINDOW_UPDATE_RATIO, true));
        connection.remote().flowController(new DefaultHttp2RemoteFlowController(connection, budget));
        encoder = new ControlFrameLimit(
                new DefaultHttp2ConnectionEncoder(connection, new Http2ProgressWriter(connection, streamKey)));
        decoder = new Decoder(connection, encoder, new Reader(connection, states, floods, maxHeaderBytes));
        settings = new Http2Settings()
                .maxConcurrentStreams(MAX_STREAMS)
                .initialWindowSize(streamWindow)
                .maxHeaderListSize(maxHeaderBytes);
    }

    /** Streams take turns, a frame each: priorities, which RFC 9113 has given up, don't count. */
    private static UniformStreamByteDistributor byteDistributor(Http2Connection connection) {
        UniformStreamByteDistributor distributor = new UniformStreamByteDistributor(connection);
        distributor.minAllocationChunk(FRAME_BYTES);
        return distributor;
    }

    /** Whatever is wrong with a frame, be it found here, by the decoder or by our own listeners, is thrown through here. */
    private static final class Reader extends FrameByFrame {

        private final Http2Connection connection;
        private final FloodGuard floods;

        Reader(Http2Connection connection, StreamStates states, FloodGuard floods, int maxHeaderBytes) {
            super(new DefaultHttp2HeadersDecoder(true, true, maxHeaderBytes), states);
            this.connection = connection;
            this.floods = floods;
        }

        @Override
        void streamError(Http2Exception.StreamException error) throws Http2Exception {
            if (isProvoked(error)) {
                try {
                    floods.reset();
                } catch (FloodGuard.Flood e) {
                    breakOff();
                    throw e;
                }
            }
        }

        /** Whether the client knows better. It may not know yet that we take no more streams, and a large head is answered. */
        private boolean isProvoked(Http2Exception.StreamException e) {
            boolean refused = e.error() == Http2Error.REFUSED_STREAM;
            boolean head = connection.stream(e.streamId()) == null;
            return !refused && !(head && e instanceof Http2Exception.HeaderListSizeException);
        }
    }

    private static final class Decoder extends DefaultHttp2ConnectionDecoder {

        Decoder(Http2Connection connection, Http2ConnectionEncoder encoder, Reader reader) {
            super(connection, encoder, reader, Http2PromisedRequestVerifier.ALWAYS_VERIFY, true, true, true);
        }

        @Override
        protected long calculateMaxHeaderListSizeGoAway(long maxHeaderListSize) {
            return maxHeaderListSize + TOO_LARGE_HEADER_BYTES;
        }
    }

    /**
     * Ends a connection whose client makes us answer frame after frame, and reads none of the answers. Netty has the same
     * for handlers that its builder makes.
     */
    private static final class ControlFrameLimit extends DecoratingHttp2ConnectionEncoder {

        private int queued;
        private final ChannelFutureListener written = future -> queued--;
        private Http2LifecycleManager lifecycle;

        ControlFrameLimit(Http2ConnectionEncoder delegate) {
            super(delegate);
        }

        @Override
        public void lifecycleManager(Http2LifecycleManager lifecycleManager) {
            lifecycle = lifecycleManager;
            super.lifecycleManager(lifecycleManager);
        }

        @Override
        public ChannelFuture writeSettingsAck(ChannelHandlerContext ctx, ChannelPromise promise) {
            return super.writeSettingsAck(ctx, counted(ctx, promise));
        }

        @Override
        public ChannelFuture writePing(ChannelHandlerContext ctx, boolean ack, long data, ChannelPromise promise) {
            return super.writePing(ctx, ack, data, ack ? counted(ctx, promise) : promise);
        }

        @Override
        public ChannelFuture writeRstStream(
                ChannelHandlerContext ctx, int streamId, long errorCode, ChannelPromise promise) {
            return super.writeRstStream(ctx, streamId, errorCode, counted(ctx, promise));
        }

        private ChannelPromise counted(ChannelHandlerContext ctx, ChannelPromise promise) {
            ChannelPromise counted = promise.unvoid();
            counted.addListener(written);
            if (++queued == MAX_QUEUED_CONTROL_FRAMES) {
                lifecycle.onError(ctx, true, new FloodGuard.Flood(FloodGuard.FRAME_FLOOD));
                ctx.close(); // whoever does not read would not read why either
            }
            return counted;
        }
    }
}
