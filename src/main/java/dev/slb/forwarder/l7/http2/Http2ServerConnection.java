package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.HttpSockets;
import dev.slb.forwarder.l7.exchange.ServerLegs;
import dev.slb.forwarder.l7.exchange.Timeout;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.tls.Handshake;
import dev.slb.forwarder.tls.HandshakeFailure;
import dev.slb.forwarder.tls.TlsSession;
import dev.slb.forwarder.transport.Faults;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2PromisedRequestVerifier;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * A connection of HTTP/2 to a server, with prior knowledge or by ALPN. Frames, compression of fields and windows are
 * Netty's; each request is an {@link Http2ServerStream}. It takes requests once the server has sent its settings.
 */
final class Http2ServerConnection extends Http2Link {

    private static final Logger LOG = LoggerFactory.getLogger(Http2ServerConnection.class);

    /** Requests at once, where the server allows more: beyond that another connection is made. */
    private static final int MAX_STREAMS = 100;

    /** What a server may send of one answer before its client has taken it, when {@link Windows} are narrow. */
    private static final int STREAM_WINDOW = 256 * 1024;

    /** Within so long a way no window of ours holds a server back. */
    private static final long NEAR_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final float WINDOW_UPDATE_RATIO = 0.5f;
    private static final long PING = 0x736c_6220_616c_6976L;

    private enum State {
        CONNECTING,
        OPEN,
        /** No new requests; it is closed when the last one has ended. */
        RETIRED,
        CLOSED
    }

    /** Netty's parts, which are tied to each other when they are made. */
    private static final class Codec {
        final Http2Connection connection = new DefaultHttp2Connection(false);
        final Http2Connection.PropertyKey streamKey = connection.newKey();
        final FlushBudget budget = new FlushBudget(new UniformStreamByteDistributor(connection));
        final Http2ConnectionEncoder encoder;
        final Http2ConnectionDecoder decoder;
        final Http2Settings settings = new Http2Settings()
                .pushEnabled(false)
                .initialWindowSize(STREAM_WINDOW)
                .maxHeaderListSize(ResponseHead.MAX_BYTES);

        Codec() {
            connection.remote().maxActiveStreams(0); // servers open none
            // A stream whose client takes nothing holds back no other: only the windows of streams bound what waits
            // here.
            connection
                    .local()
                    .flowController(new DefaultHttp2LocalFlowController(connection, WINDOW_UPDATE_RATIO, true));
            connection.remote().flowController(new DefaultHttp2RemoteFlowController(connection, budget));
            encoder = new DefaultHttp2ConnectionEncoder(connection, new Http2ProgressWriter(connection, streamKey));
            decoder = new DefaultHttp2ConnectionDecoder(
                    connection,
                    encoder,
                    new FrameByFrame(
                            new DefaultHttp2HeadersDecoder(true, true, ResponseHead.MAX_BYTES),
                            new StreamStates(connection)),
                    Http2PromisedRequestVerifier.ALWAYS_VERIFY,
                    true,
                    true,
                    true);
        }
    }

    private final Server server;
    private final Http2ServerPool pool;
    private final HttpLoop http;
    private final Codec codec;
    private SocketChannel channel;
    private State state = State.CONNECTING;

    private final ArrayDeque<Http2ServerStream> waiting = new ArrayDeque<>();
    private int open;
    private boolean used;
    /** Whether a stream ever had an answer. */
    private boolean answered;
    /** Whether it has counted against the server. */
    private boolean failed;

    /** Of the server's settings after the connection, and of idling. */
    private final Timeout timeout;

    private final Liveness liveness;
    private final Windows windows;
    private long began;
    private int connectMillis;

    Http2ServerConnection(Server server, Http2ServerPool pool, HttpLoop http) {
        this(server, pool, http, new Codec());
    }

    private Http2ServerConnection(Server server, Http2ServerPool pool, HttpLoop http, Codec codec) {
        super(codec.decoder, codec.encoder, codec.settings, codec.budget);
        this.server = server;
        this.pool = pool;
        this.http = http;
        this.codec = codec;
        this.timeout = new Timeout(http.loop().wheel()) {
            @Override
            protected void timedOut() {
                Http2ServerConnection.this.timedOut();
            }

            @Override
            protected void failed(Throwable cause) {
                fault(cause);
            }
        };
        this.liveness = new Liveness(http.loop().wheel()) {
            @Override
            void ping() {
                encoder().writePing(context(), false, PING, context().newPromise());
                flushLater();
            }

            @Override
            void dead() {
                silent();
            }

            @Override
            void failed(Throwable cause) {
                fault(cause);
            }
        };
        this.windows = new Windows(this, http, STREAM_WINDOW);
        gracefulShutdownTimeoutMillis(0);
        codec.decoder.frameListener(new Frames());
        codec.connection.addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamClosed(Http2Stream closed) {
                streamClosed(closed);
            }

            @Override
            public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
                retire();
            }
        });
    }

    // The way there

    void await(Http2ServerStream stream) {
        waiting.add(stream);
    }

    boolean takesWaiting() {
        return state == State.CONNECTING && waiting.size() < MAX_STREAMS;
    }

    void connect(int timeoutMillis) {
        connectMillis = timeoutMillis;
        try {
            channel = http.transport().newSocketChannel(server.address());
        } catch (ChannelException e) {
            notConnected(
                    Refusal.CONNECT_FAILED, e); // no file descriptor is left, for instance: nobody's failure but ours
            return;
        }
        HttpSockets.server(channel, http.loop(), timeoutMillis);
        if (server.tls() != null) {
            channel.pipeline()
                    .addLast(
                            server.tls().newHandler(channel.alloc(), server.address()),
                            new ServerHandshake(timeoutMillis));
        }
        http.loop().eventLoop().register(channel);
        channel.connect(server.address()).addListener(future -> {
            try {
                connectDone((ChannelFuture) future);
            } catch (Throwable e) {
                fault(e);
            }
        });
    }

    /** In what belongs to no stream: what waits for the connection, or runs over it, ends with it. */
    private void fault(Throwable cause) {
        http.loop().faults().tell(server, cause);
        channel.close();
        notConnected(Refusal.INTERNAL_ERROR, cause);
    }

    private void connectDone(ChannelFuture done) {
        if (!done.isSuccess()) {
            channel.close();
            connectFailed(
                    done.cause() instanceof ConnectTimeoutException ? Refusal.CONNECT_TIMEOUT : Refusal.CONNECT_FAILED,
                    done.cause());
        } else if (server.tls() == null) {
            speak();
        } // else the handshake follows
    }

    private final class ServerHandshake extends Handshake {

        ServerHandshake(int timeoutMillis) {
            super(http.loop(), timeoutMillis);
        }

        @Override
        protected void secured(ChannelHandlerContext ctx, TlsSession session) {
            if (ApplicationProtocolNames.HTTP_2.equals(session.applicationProtocol())) {
                try {
                    speak();
                } catch (RuntimeException | Error e) {
                    fault(e);
                    return;
                }
                ctx.pipeline().remove(this);
            } else {
                channel.close();
                connectFailed(Refusal.SERVER_TLS_FAILED, new ChannelException("the server does not offer h2 by ALPN"));
            }
        }

        @Override
        protected void failed(ChannelHandlerContext ctx, HandshakeFailure why, Throwable cause) {
            channel.close();
            connectFailed(why == HandshakeFailure.TIMEOUT ? Refusal.CONNECT_TIMEOUT : Refusal.SERVER_TLS_FAILED, cause);
        }
    }

    private void speak() {
        timeout.set(http.readClock(), TimeUnit.MILLISECONDS.toNanos(connectMillis));
        channel.pipeline().addLast(this);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        super.handlerAdded(ctx);
        began = http.readClock();
        windows.openConnection();
        ctx.flush();
    }

    private void ready() {
        state = State.OPEN;
        timeout.clear();
        Http2ServerStream next;
        while ((next = waiting.poll()) != null) {
            if (!next.isWanted()) {
                continue;
            }
            if (state == State.OPEN && hasRoom()) {
                attach(next);
                next.connected();
            } else if (open == 0) { // the server takes none at all
                next.connectFailed(Refusal.CONNECT_FAILED);
            } else { // it allows fewer at once than have waited
                next.connectAgain(pool, connectMillis);
            }
        }
        idleFrom(http.readClock());
    }

    private void connectFailed(Refusal why, Throwable cause) {
        if (state == State.CONNECTING) {
            failed(why);
        }
        notConnected(why, cause);
    }

    /** Counts against the server, once. */
    private void failed(Refusal why) {
        if (!failed) {
            failed = true;
            server.failures().failed(why.reason());
        }
    }

    /** A stream has an answer. */
    void answered() {
        answered = true;
    }

    /** A stream whose request the server has as a whole is lost without an answer. */
    void unanswered() {
        if (!answered && !channel.isActive()) {
            failed(Refusal.SERVER_CLOSED);
        }
    }

    private void notConnected(Refusal why, Throwable cause) {
        if (state != State.CONNECTING) {
            return;
        }
        LOG.debug("no connection to {}: {}", server, why, cause);
        state = State.CLOSED;
        timeout.cancel();
        pool.remove(this);
        Http2ServerStream next;
        while ((next = waiting.poll()) != null) {
            next.connectFailed(why);
        }
    }

    // Streams

    boolean hasRoom() {
        return state == State.OPEN
                && channel.isActive()
                && !channel.isOutputShutdown()
                && !liveness.isSuspect()
                && open < Math.min(MAX_STREAMS, connection().local().maxActiveStreams())
                && connection().local().lastStreamCreated() < Integer.MAX_VALUE - 2 * MAX_STREAMS;
    }

    void attach(Http2ServerStream stream) {
        stream.attached(this, used);
        used = true;
        windows.streamBegins();
        if (open++ == 0) {
            liveness.watch(http.readClock());
        }
        timeout.clear();
    }

    /** A stream that was attached has ended, whether it was opened or not. */
    void detach(Http2ServerStream stream) {
        if (stream.detach()) {
            ended();
        }
    }

    /** @return null when the server takes it no longer: the stream was told that it is closed */
    Http2Stream open(Http2ServerStream stream, Http2Headers headers, boolean end) {
        int id = connection().local().incrementAndGetNextStreamId();
        encoder().writeHeaders(context(), id, headers, 0, end, context().newPromise());
        Http2Stream opened = connection().stream(id);
        if (opened == null) {
            stream.refused();
            http.loop().eventLoop().execute(() -> {
                detach(stream);
                stream.closed();
            });
            return null;
        }
        opened.setProperty(codec.streamKey, stream);
        return opened;
    }

    void writeData(Http2Stream stream, ByteBuf data, boolean end) {
        encoder().writeData(context(), stream.id(), data, 0, end, context().newPromise());
    }

    void writeTrailers(Http2Stream stream, Http2Headers trailers) {
        encoder()
                .writeHeaders(
                        context(), stream.id(), trailers, 0, true, context().newPromise());
    }

    void reset(Http2Stream stream, Http2Error error) {
        if (connection().stream(stream.id()) != null) {
            resetStream(context(), stream.id(), error.code(), context().newPromise());
            context().flush(); // before what is queued of its data could follow
        }
    }

    private void streamClosed(Http2Stream closed) {
        Http2ServerStream stream = closed.removeProperty(codec.streamKey);
        if (stream != null) {
            if (closed.id() > lastTaken()) {
                stream.refused();
            }
            try {
                detach(stream);
            } finally { // Netty's codec keeps for itself what is thrown here
                stream.closed();
            }
        }
    }

    /** The last stream of which the server may have taken notice: until it says so by GOAWAY, any. */
    private int lastTaken() {
        return connection().goAwayReceived() ? connection().local().lastStreamKnownByPeer() : Integer.MAX_VALUE;
    }

    private void ended() {
        open--;
        if (open > 0 || state == State.CLOSED) {
            return;
        }
        liveness.rest();
        if (state == State.RETIRED || !server.isPoolable()) {
            close();
        } else {
            idleFrom(http.readClock());
        }
    }

    private void idleFrom(long now) {
        if (open == 0 && state == State.OPEN) {
            timeout.set(now, ServerLegs.MAX_IDLE_NANOS);
        }
    }

    private void timedOut() {
        if (state == State.CONNECTING) {
            channel.close();
            connectFailed(Refusal.CONNECT_TIMEOUT, null);
        } else if (open == 0) {
            close();
        }
    }

    /** No new requests go over it: the server wants none, has left or turned abnormal. */
    void retire() {
        if (state == State.OPEN) {
            state = State.RETIRED;
            pool.remove(this);
            if (open == 0) {
                close();
            }
        }
    }

    private void close() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            timeout.cancel();
            pool.remove(this);
            channel.close();
        }
    }

    boolean isOpen() {
        return state == State.OPEN && channel.isActive();
    }

    /**
     * A request had no answer: is the server still at the other end? Its network may have forgotten the connection, and
     * every further request would wait in vain.
     */
    void check() {
        if (isOpen()) {
            liveness.check(http.readClock());
        }
    }

    private void silent() {
        LOG.debug("{} does not answer any more on a connection, which is closed", server);
        failed(Refusal.SERVER_SILENT);
        forEachStream(codec.streamKey, Http2ServerStream::silent);
        channel.close();
    }

    /** What waits of answers for their clients: so many bytes more, or less. */
    void waits(int bytes) {
        windows.waits(bytes);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object in) throws Exception {
        liveness.heard(http.readClock());
        super.channelRead(ctx, in);
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        super.channelWritabilityChanged(ctx);
        if (channel.isWritable()) {
            forEachStream(codec.streamKey, Http2ServerStream::writable);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        boolean connecting = state == State.CONNECTING;
        if (connecting) {
            connectFailed(Refusal.CONNECT_FAILED, null);
        }
        state = State.CLOSED;
        timeout.cancel();
        liveness.cancel();
        pool.remove(this);
        super.channelInactive(ctx); // closes all streams
    }

    private final class Frames extends Http2FrameAdapter {

        @Override
        public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
            if (state == State.CONNECTING) {
                ready();
            }
        }

        @Override
        public void onSettingsAckRead(ChannelHandlerContext ctx) {
            if (began != 0 && http.readClock() - began >= NEAR_NANOS) {
                windows.widen();
            }
            began = 0;
        }

        @Override
        public int onDataRead(ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean end) {
            liveness.answered();
            Http2ServerStream stream = stream(id);
            return padding + (stream == null ? data.readableBytes() : stream.data(data, end));
        }

        @Override
        public void onHeadersRead(ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean end) {
            liveness.answered();
            Http2ServerStream stream = stream(id);
            if (stream != null) {
                stream.headers(headers, end);
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
                boolean end) {
            onHeadersRead(ctx, id, headers, padding, end);
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext ctx, int id, long errorCode) {
            Http2ServerStream stream = stream(id);
            if (stream == null) {
                return;
            }
            if (errorCode == Http2Error.REFUSED_STREAM.code()) {
                stream.refused();
            } else if (errorCode == Http2Error.CANCEL.code()) {
                stream.cancelled();
            }
        }

        private Http2ServerStream stream(int id) {
            Http2Stream stream = connection().stream(id);
            return stream == null ? null : stream.getProperty(codec.streamKey);
        }
    }

    // Errors

    @Override
    protected void onStreamError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, Http2Exception.StreamException error) {
        Http2Stream stream = connection().stream(error.streamId());
        Http2ServerStream failed = stream == null ? null : stream.getProperty(codec.streamKey);
        LOG.debug("stream {} to {} failed: {}", error.streamId(), server, error.getMessage());
        if (failed != null && !outbound) {
            failed.invalid(error.error());
            if (connection().stream(error.streamId()) == null) {
                return; // it was reset by that, and is not to be twice
            }
        }
        super.onStreamError(ctx, outbound, cause, error);
    }

    @Override
    protected void onConnectionError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, Http2Exception error) {
        LOG.debug("connection to {} failed", server, cause);
        boolean broken = error == null && Faults.isOfConnection(cause);
        if (broken && outbound) {
            return; // answers may still be there to read, and then its end
        }
        if (error == null && !broken) {
            http.loop().faults().tell(server, cause);
        }
        if (state == State.CONNECTING) {
            connectFailed(Refusal.INVALID_ANSWER, cause); // something that does not speak HTTP/2, most likely
        }
        super.onConnectionError(ctx, outbound, cause, error);
        ctx.flush(); // the reason, before it is closed
        retire();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof SslCloseCompletionEvent) {
            ctx.close(); // the server says no more
        } else if (event instanceof ChannelOutputShutdownEvent) {
            retire(); // a write failed: answers may still be there to read, and then its end
        } else {
            super.userEventTriggered(ctx, event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
        if (Faults.isOfConnection(cause)) {
            LOG.debug("connection to {} broke", server, cause);
            if (HandshakeFailure.isLateRefusal(cause)) { // in place of its settings
                connectFailed(Refusal.SERVER_TLS_FAILED, cause);
            }
            ctx.close();
        } else {
            onError(ctx, false, cause);
        }
    }
}
