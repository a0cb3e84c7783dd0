package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.exchange.ClientLink;
import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.HttpSockets;
import dev.slb.forwarder.l7.exchange.Lingering;
import dev.slb.forwarder.l7.exchange.Timeout;
import dev.slb.forwarder.l7.exchange.Wire;
import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.route.HttpRuntime;
import dev.slb.forwarder.limits.ListenerLimits;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.table.Tracked;
import dev.slb.forwarder.table.Traffic;
import dev.slb.forwarder.transport.Backlog;
import dev.slb.forwarder.transport.Buffers;
import dev.slb.forwarder.transport.ChannelBacklog;
import dev.slb.forwarder.transport.Faults;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.TimeUnit;

/**
 * A client's connection of HTTP/2. Frames, compression of fields and windows are Netty's; each request is an {@link
 * Http2ClientStream}. A connection that is to end says so (GOAWAY) in two steps: first that no new requests should come,
 * and when the client must have read that, which was the last; so none is lost between the two.
 */
public final class Http2ClientConnection extends Http2Link implements Tracked {

    private static final Logger LOG = LoggerFactory.getLogger(Http2ClientConnection.class);

    static final String PROTOCOL_ERROR = "Http2ProtocolError";
    static final String TOO_MANY_STREAMS = "Http2TooManyStreams";
    static final String CONTINUATION_FLOOD = "Http2ContinuationFlood";

    /** Without a request for so long, the connection is closed (classic SLB). */
    static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(180);

    /** For a client to answer that it has read our first GOAWAY. */
    private static final long LEAVE_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** How much may wait in all streams together before each is down to one read. */
    private static final int MOST_UNSENT = 256 * 1024;

    private static final long LEAVE_PING = 0x736c_6220_6c65_6176L;

    private enum State {
        /** The client has said nothing yet. */
        OPENING,
        OPEN,
        /** No new requests are wanted, but those that are on their way are served. */
        LEAVING,
        /** Requests that come now are not served. */
        LEFT,
        CLOSED
    }

    final ClientLink link;
    private final HttpLoop http;
    private final ListenerRuntime listener;
    private final SocketChannel channel;
    private final Http2Codec codec;
    private final long idleNanos;

    private State state = State.OPENING;
    private boolean started;
    private int open;
    private int requests;
    private int registryIndex = -1;

    private final FrameWatch watch = new FrameWatch();
    private final FloodGuard floods;
    private long unsent;
    /** Of what clients send and servers do not take. */
    private final Windows windows;

    private boolean exceeded;
    private final Backlog.Entry backlog;

    private final Timeout timeout;
    private final Lingering lingering = new Lingering();
    private final Timeout headTimeout;
    private boolean awaitsHead;
    private int awaitedHead;

    private Http2ClientConnection(
            HttpRuntime listener,
            SocketChannel channel,
            HttpLoop http,
            Endpoints endpoints,
            Wire wire,
            Http2Codec codec,
            long idleNanos) {
        super(codec.decoder, codec.encoder, codec.settings, codec.budget);
        this.link = new ClientLink(listener, channel, http, endpoints, wire);
        this.http = http;
        this.listener = link.listener();
        this.channel = channel;
        this.codec = codec;
        this.floods = codec.floods;
        this.idleNanos = idleNanos;
        this.windows = new Windows(this, http, Http2Codec.STREAM_WINDOW);
        windows.beginWide();
        gracefulShutdownTimeoutMillis(TimeUnit.NANOSECONDS.toMillis(LEAVE_NANOS));
        codec.decoder.frameListener(new Frames());
        codec.connection.addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamClosed(Http2Stream stream) {
                Http2ClientStream client = stream.getProperty(codec.streamKey);
                if (client != null) {
                    stream.removeProperty(codec.streamKey);
                    streamClosed(client);
                }
            }
        });
        timeout = new Timeout(http.loop().wheel()) {
            @Override
            protected void timedOut() {
                Http2ClientConnection.this.timedOut();
            }

            @Override
            protected void failed(Throwable cause) {
                fault(cause);
            }
        };
        headTimeout = new Timeout(http.loop().wheel()) {
            @Override
            protected void timedOut() {
                headTimedOut();
            }

            @Override
            protected void failed(Throwable cause) {
                fault(cause);
            }
        };
        backlog = new ChannelBacklog(channel) {
            @Override
            protected long held() {
                return super.held() + Math.max(0, unsent) + windows.waiting();
            }

            @Override
            protected void end() {
                outOfMemory();
            }
        };
        HttpSockets.client(channel, http.loop());
        channel.config().setAllowHalfClosure(false);
    }

    /** For a connection that is there, to be added to its pipeline. */
    public static Http2ClientConnection create(
            HttpRuntime listener, SocketChannel channel, HttpLoop http, Endpoints endpoints, Wire wire) {
        return create(listener, channel, http, endpoints, wire, IDLE_NANOS);
    }

    static Http2ClientConnection create(
            HttpRuntime listener,
            SocketChannel channel,
            HttpLoop http,
            Endpoints endpoints,
            Wire wire,
            long idleNanos) {
        Http2Codec codec = new Http2Codec(
                http.loop().time(), listener.table().maxHeaderBytes(), Windows.width(http, Http2Codec.STREAM_WINDOW));
        return new Http2ClientConnection(listener, channel, http, endpoints, wire, codec, idleNanos);
    }

    // The connection begins

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        super.handlerAdded(ctx);
        if (ctx.channel().isActive()) {
            start();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Exception {
        super.channelActive(ctx);
        start();
    }

    private void start() throws Http2Exception {
        if (started) {
            return;
        }
        started = true;
        link.opened(this);
        timeout.set(http.readClock(), link.table().idleNanos());
        windows.openConnection();
        context().flush();
        if (listener.isDraining()) {
            drain();
        }
    }

    // Reading

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        ByteBuf in = (ByteBuf) message;
        listener.traffic(http.loop()).add(Traffic.Count.BYTES_IN, in.readableBytes());
        watch.follow(in);
        if (state == State.LEFT && open == 0) {
            long now = http.readClock();
            timeout.set(now, lingering.goOn(now));
        }
        super.channelRead(ctx, message);
        awaitHead();
    }

    /** The fields of a request must come within the time for a head, however many frames they are in. */
    private void awaitHead() {
        if (!watch.isInHead()) {
            awaitsHead = false;
        } else if (!awaitsHead || awaitedHead != watch.heads()) {
            awaitsHead = true;
            awaitedHead = watch.heads();
            headTimeout.set(http.readClock(), link.table().idleNanos());
        }
    }

    private void headTimedOut() {
        if (awaitsHead && state != State.CLOSED) {
            fail(Http2Error.ENHANCE_YOUR_CALM, Refusal.SLOW_HEAD.reason());
        }
    }

    private final class Frames implements Http2FrameListener {

        @Override
        public int onDataRead(ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean end)
                throws Http2Exception {
            if (!data.isReadable() && !end) {
                floods.uselessFrame();
            }
            Http2ClientStream stream = stream(id);
            return padding + (stream == null ? data.readableBytes() : stream.data(data, end));
        }

        @Override
        public void onHeadersRead(ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean end)
                throws Http2Exception {
            Http2Stream stream = connection().stream(id);
            Http2ClientStream client = stream.getProperty(codec.streamKey);
            if (client != null) {
                client.trailers(headers);
                return;
            }
            client = new Http2ClientStream(Http2ClientConnection.this, http, stream);
            stream.setProperty(codec.streamKey, client);
            open++;
            windows.streamBegins();
            if (state == State.OPEN) {
                timeout.clear();
            }
            client.begin(headers, end);
            if (++requests >= link.table().maxRequestsPerConnection()) {
                drain();
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
            onHeadersRead(ctx, id, headers, padding, end);
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext ctx, int id, long errorCode) throws Http2Exception {
            Http2ClientStream stream = stream(id);
            if (stream != null && !stream.isAnswered()) {
                floods.reset();
            }
        }

        @Override
        public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) throws Http2Exception {
            if (state == State.OPENING) {
                state = State.OPEN;
                timeout.set(http.readClock(), idleNanos);
            } else {
                floods.uselessFrame();
            }
        }

        @Override
        public void onPingAckRead(ChannelHandlerContext ctx, long data) {
            if (data == LEAVE_PING && state == State.LEAVING) {
                leave();
            }
        }

        @Override
        public void onPriorityRead(ChannelHandlerContext ctx, int id, int dependency, short weight, boolean exclusive)
                throws Http2Exception {
            floods.uselessFrame();
        }

        @Override
        public void onUnknownFrame(ChannelHandlerContext ctx, byte type, int id, Http2Flags flags, ByteBuf payload)
                throws Http2Exception {
            floods.uselessFrame();
        }

        @Override
        public void onSettingsAckRead(ChannelHandlerContext ctx) {}

        @Override
        public void onPingRead(ChannelHandlerContext ctx, long data) {}

        @Override
        public void onPushPromiseRead(
                ChannelHandlerContext ctx, int id, int promised, Http2Headers headers, int padding) {}

        @Override
        public void onGoAwayRead(ChannelHandlerContext ctx, int lastId, long errorCode, ByteBuf debugData) {}

        @Override
        public void onWindowUpdateRead(ChannelHandlerContext ctx, int id, int increment) {}

        private Http2ClientStream stream(int id) {
            Http2Stream stream = connection().stream(id);
            return stream == null ? null : stream.getProperty(codec.streamKey);
        }
    }

    /** So many bytes more of requests wait for their servers, or less. */
    void waits(int bytes) {
        windows.waits(bytes);
        if (bytes > 0) {
            http.loop().backlog().look(backlog);
            if (windows.waiting() > Windows.MOST && !exceeded) {
                exceeded = true;
                http.loop().eventLoop().execute(this::outOfMemory);
            }
        }
    }

    // Writing, for streams

    /** So many bytes more wait in a stream for the client's windows, or less. */
    void unsent(long bytes) {
        unsent += bytes;
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        super.flush(ctx);
        if (state != State.CLOSED) {
            http.loop().backlog().look(backlog);
        }
    }

    /** Whether streams may have more than one read waiting each. */
    boolean takesMore() {
        return unsent < http.loop().backlog().room(MOST_UNSENT, 0) && channel.isWritable();
    }

    /** Whether nothing goes out for now, though the client has taken all that did, the bandwidth being used up. */
    boolean holdsWriting() {
        return ListenerLimits.holdsWriting(channel);
    }

    /** Whether nothing is read from the client for now, the bandwidth being used up. */
    boolean holdsReading() {
        return ListenerLimits.holdsReading(channel);
    }

    void reset(Http2ClientStream client, Http2Error error) {
        client.close();
        resetStream(context(), client.stream().id(), error.code(), context().newPromise());
        flushLater();
    }

    @Override
    public ChannelFuture resetStream(ChannelHandlerContext ctx, int id, long errorCode, ChannelPromise promise) {
        codec.states.wasReset(id);
        return super.resetStream(ctx, id, errorCode, promise);
    }

    private void streamClosed(Http2ClientStream client) {
        client.close();
        open--;
        if (open == 0) {
            if (state == State.OPEN) {
                timeout.set(http.readClock(), idleNanos);
            } else if (state == State.LEFT) {
                awaitClose();
            }
        }
    }

    // Errors

    @Override
    protected void onStreamError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, Http2Exception.StreamException error) {
        Http2Stream stream = connection().stream(error.streamId());
        Http2ClientStream client = stream == null ? null : stream.getProperty(codec.streamKey);
        if (client != null) {
            if (error instanceof Http2Exception.HeaderListSizeException) {
                client.trailersTooLarge();
            }
            client.close();
        }
        codec.states.wasReset(error.streamId());
        if (!outbound) {
            LOG.debug("stream {} of {} is reset: {}", error.streamId(), link.endpoints(), error.getMessage());
            if (error.error() == Http2Error.REFUSED_STREAM) {
                listener.countRefusal(state == State.LEFT ? Reasons.DRAINING : TOO_MANY_STREAMS);
            } else if (!(error instanceof Http2Exception.HeaderListSizeException)) {
                listener.countRefusal(PROTOCOL_ERROR);
            }
        }
        super.onStreamError(ctx, outbound, cause, error);
    }

    @Override
    protected void handleServerHeaderDecodeSizeError(ChannelHandlerContext ctx, Http2Stream stream) {
        listener.countRequest();
        listener.countRefusal(Refusal.HEAD_TOO_LARGE.reason());
        encoder().writeHeaders(ctx, stream.id(), TOO_LARGE, 0, true, ctx.newPromise());
    }

    private static final Http2Headers TOO_LARGE = ReadOnlyHttp2Headers.serverHeaders(
            false,
            AsciiString.cached(String.valueOf(Refusal.HEAD_TOO_LARGE.status())),
            AsciiString.cached("slb-reason"),
            AsciiString.cached(Refusal.HEAD_TOO_LARGE.reason()),
            AsciiString.cached("content-length"),
            AsciiString.cached("0"));

    @Override
    protected void onConnectionError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, Http2Exception error) {
        if (Buffers.isExhausted(cause)) {
            outOfMemory();
            return;
        }
        if (error instanceof FloodGuard.Flood flood) {
            listener.countRefusal(flood.reason());
        } else if (error != null && !outbound) {
            listener.countRefusal(error.error() == Http2Error.ENHANCE_YOUR_CALM ? CONTINUATION_FLOOD : PROTOCOL_ERROR);
        }
        if (error == null && !Faults.isOfConnection(cause)) {
            http.loop().faults().tell(link.endpoints(), cause);
            listener.countRefusal(Refusal.INTERNAL_ERROR.reason());
        } else {
            LOG.debug("connection of {} closed: {}", link.endpoints(), cause.toString());
        }
        super.onConnectionError(ctx, outbound, cause, error);
    }

    private void outOfMemory() {
        if (state != State.CLOSED) {
            cutStreams(Reasons.BUFFER_MEMORY);
            link.resetOutOfMemory();
        }
    }

    /** In what belongs to no stream. */
    private void fault(Throwable cause) {
        if (Buffers.isExhausted(cause)) {
            outOfMemory();
            return;
        }
        http.loop().faults().tell(link.endpoints(), cause);
        context().close();
    }

    private void fail(Http2Error error, String reason) {
        listener.countRefusal(reason);
        goAway(
                context(),
                connection().remote().lastStreamCreated(),
                error.code(),
                Unpooled.copiedBuffer(Ascii.bytes(reason)),
                context().newPromise());
        context().flush();
        context().close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (link.wire().isClose(event)) {
            ctx.close(); // the client reads no more
        } else {
            super.userEventTriggered(ctx, event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
        if (Faults.isOfConnection(cause)) {
            LOG.debug("connection of {} broke", link.endpoints(), cause);
            ctx.close();
        } else {
            onError(ctx, false, cause);
        }
    }

    // The connection ends

    private void timedOut() {
        switch (state) {
            case OPENING -> context().close();
            case OPEN -> drain();
            case LEAVING -> leave();
            case LEFT -> {
                if (open == 0) {
                    context().close();
                }
            }
            case CLOSED -> {}
        }
    }

    /** No new requests are wanted. */
    @Override
    public void drain() {
        if (state.compareTo(State.LEAVING) >= 0) {
            return;
        }
        state = State.LEAVING;
        timeout.set(http.readClock(), LEAVE_NANOS);
        goAway(
                context(),
                Integer.MAX_VALUE,
                Http2Error.NO_ERROR.code(),
                Unpooled.EMPTY_BUFFER,
                context().newPromise());
        encoder().writePing(context(), false, LEAVE_PING, context().newPromise());
        flushLater();
    }

    private void leave() {
        state = State.LEFT;
        timeout.clear();
        goAway(
                context(),
                connection().remote().lastStreamCreated(),
                Http2Error.NO_ERROR.code(),
                Unpooled.EMPTY_BUFFER,
                context().newPromise());
        flushLater();
        if (open == 0) {
            awaitClose();
        }
    }

    /** The client should close now. If we did at once, what it still sends would reset what it has not read. */
    private void awaitClose() {
        long now = http.readClock();
        timeout.set(now, lingering.begin(now));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        state = State.CLOSED;
        http.loop().backlog().remove(backlog);
        timeout.cancel();
        headTimeout.cancel();
        super.channelInactive(ctx);
        link.closed(this);
    }

    @Override
    public void limitBandwidth() {
        link.listener().limits().shape(channel);
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
    public void end(End how) {
        cutStreams(Reasons.DRAINING);
        if (how == End.RESET) {
            link.wire().reset();
        } else {
            context().close();
        }
    }

    /** It is not their clients who leave. */
    private void cutStreams(String why) {
        forEachStream(codec.streamKey, (Http2ClientStream stream) -> stream.cut(why));
    }
}
