package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.exchange.ClientLogin;
import dev.slb.forwarder.l7.exchange.Exchange;
import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.ServerLeg;
import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.ChunkReader;
import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.table.Server;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;

import java.util.function.Consumer;

/**
 * One request to a server of HTTP/2 and its answer. Towards the {@link Exchange} both have the form of HTTP/1: an answer
 * without a length is chunked, and its trailers stand at its end.
 */
public final class Http2ServerStream implements ServerLeg, Http2StreamEnd {

    /** How much of a request waits for the server's windows before the client is held back. */
    private static final int MOST_UNSENT = 64 * 1024;

    private static final byte[] LAST_CHUNK = Ascii.bytes("0\r\n");

    /** A head that was rewritten here is not measured again. */
    private static final int ANY_LENGTH = Integer.MAX_VALUE - 1;

    private final Server server;
    private final HttpLoop http;
    /** Null until the connection is there. */
    private Http2ServerConnection connection;

    /** Whether the connection counts it. */
    private boolean attached;

    private Http2Stream stream;
    private boolean headWritten;
    private Carried exchange;
    private boolean headOnly;
    private boolean toHttp10;
    private boolean reused;

    private ChunkReader chunks;
    private long remaining;
    /** The end of the request is with the codec. */
    private boolean requestEnded;

    /** The server has not begun with the request. */
    private boolean refused;
    /** It has given the request up. */
    private boolean cancelled;
    /** It does not answer pings. */
    private boolean silent;

    private long unsent;
    private boolean held;
    private boolean asking;

    private boolean answered;
    private boolean answerChunked;
    /** What is still to come of an answer whose length is known, else -1. */
    private long answerLeft;
    /** What came while the client did not take it, and was not told to the server's window. */
    private int unconsumed;

    /** To be connected by {@link #connect}, or attached to a connection that has room. */
    public Http2ServerStream(Server server, HttpLoop http) {
        this.server = server;
        this.http = http;
    }

    @Override
    public void connect(Carried forExchange, int timeoutMillis) {
        exchange = forExchange;
        Http2ServerPool.of(server, http.loop()).connect(this, http, timeoutMillis);
    }

    /** @param reused whether the connection has carried others before */
    void attached(Http2ServerConnection to, boolean reused) {
        connection = to;
        attached = true;
        this.reused = reused;
    }

    /** @return whether the connection has counted it until now */
    boolean detach() {
        boolean was = attached;
        attached = false;
        return was;
    }

    /** Whether somebody still waits for the connection. */
    boolean isWanted() {
        return exchange != null;
    }

    void connected() {
        guarded(stream -> stream.exchange.connected());
    }

    /** The connection that it has waited for has no room for it. */
    void connectAgain(Http2ServerPool pool, int timeoutMillis) {
        guarded(stream -> pool.connect(stream, http, timeoutMillis));
    }

    /** Runs a step that somebody outside has called for: what it throws ends the exchange that is here now, and no other. */
    private void guarded(Consumer<Http2ServerStream> step) {
        Carried its = exchange;
        try {
            step.accept(this);
        } catch (RuntimeException | Error e) {
            fault(its, e);
        }
    }

    private void fault(Carried its, Throwable cause) {
        if (its != null) {
            its.failed(cause);
        } else {
            http.loop().faults().tell(server, cause);
        }
        if (stream != null) {
            connection.reset(stream, Http2Error.INTERNAL_ERROR);
        }
    }

    void connectFailed(Refusal why) {
        guarded(stream -> stream.notConnected(why));
    }

    private void notConnected(Refusal why) {
        if (exchange != null) {
            Carried waiting = exchange;
            exchange = null;
            waiting.connectFailed(why);
        }
    }

    // The request

    @Override
    public void begin(Carried next, boolean headOnly, boolean upgrade, boolean toHttp10) {
        exchange = next;
        this.headOnly = headOnly;
        this.toHttp10 = toHttp10;
    }

    @Override
    public boolean canTellNotBegun() {
        return true;
    }

    @Override
    public void belongTo(ClientLogin login) {
        throw new IllegalStateException("a connection of HTTP/2 belongs to many clients");
    }

    @Override
    public void write(ByteBuf out) {
        if (!headWritten) { // also one that went nowhere: what follows it is never looked at as a head
            headWritten = true;
            writeHead(out);
        } else {
            writeBody(out);
        }
    }

    @Override
    public void send(ByteBuf out) {
        write(out);
        connection.flushLater();
    }

    private void writeHead(ByteBuf out) {
        RequestHead head = http.outgoing().maxTargetBytes(Integer.MAX_VALUE);
        if (head.scan(out, ANY_LENGTH) != Head.State.COMPLETE) {
            out.release(); // as many fields as there may be, and ours besides
            requestEnded = true;
            http.loop().eventLoop().execute(this::invalid);
            return;
        }
        out.skipBytes(head.length());
        chunks = head.isChunked() ? new ChunkReader() : null;
        remaining = Math.max(0, head.contentLength());
        requestEnded = chunks == null && remaining == 0;
        stream = connection.open(this, ToHttp2.request(head, server), requestEnded);
        if (stream == null || requestEnded) {
            out.release();
        } else if (out.isReadable()) {
            writeBody(out);
        } else {
            out.release();
        }
    }

    private void writeBody(ByteBuf out) {
        if (requestEnded || stream == null) {
            out.release();
        } else if (chunks == null) {
            remaining -= out.readableBytes();
            writeData(out, remaining <= 0);
        } else {
            writeChunks(out);
        }
    }

    private void writeChunks(ByteBuf out) {
        int bytes;
        while ((bytes = chunks.next(out)) > 0) {
            writeData(out.readRetainedSlice(bytes), false);
        }
        out.release();
        if (!chunks.isEnd()) {
            return;
        }
        if (chunks.hasTrailers()) {
            requestEnded = true;
            connection.writeTrailers(stream, ToHttp2.trailers(chunks.trailers(), chunks.trailerBytes()));
        } else {
            writeData(Unpooled.EMPTY_BUFFER, true);
        }
    }

    private void writeData(ByteBuf data, boolean end) {
        requestEnded = end;
        unsent += data.readableBytes();
        connection.writeData(stream, data, end);
    }

    @Override
    public void sent(int bytes) {
        unsent -= bytes;
        writable();
    }

    /** More may be written: it comes in a task of its own, since the codec is in the midst of writing. */
    void writable() {
        if (held && !asking && exchange != null && isWritable()) {
            asking = true;
            http.loop().eventLoop().execute(() -> {
                asking = false;
                if (exchange != null) {
                    guarded(stream -> stream.exchange.serverWritable());
                }
            });
        }
    }

    @Override
    public boolean isWritable() {
        boolean writable = unsent < MOST_UNSENT && connection.isWritable();
        held = !writable;
        return writable;
    }

    @Override
    public void flush() {
        if (connection != null) {
            connection.flushLater();
        }
    }

    @Override
    public void shutdownOutput() {
        throw new IllegalStateException("no protocol was switched");
    }

    @Override
    public void reset() {
        throw new IllegalStateException("no protocol was switched");
    }

    // The answer

    /** The head of an answer, interim ones included, or its trailers. */
    void headers(Http2Headers headers, boolean end) {
        Carried its = exchange;
        try {
            fields(headers, end);
        } catch (RuntimeException | Error e) {
            fault(its, e);
        }
    }

    private void fields(Http2Headers headers, boolean end) {
        if (exchange == null) {
            return;
        }
        if (answered) {
            trailers(headers, end);
            return;
        }
        ResponseHead head = http.response();
        ByteBuf in = AnswerFields.read(
                headers,
                end,
                headOnly,
                !toHttp10,
                head,
                http.writer(),
                context().alloc());
        if (in == null) {
            invalid();
        } else if (head.isInterim()) {
            exchange.interim(head, in);
        } else {
            boolean bodiless = end || headOnly || head.isBodiless() || head.status() == 304;
            answered = true;
            connection.answered();
            answerChunked = head.isChunked();
            answerLeft = bodiless ? 0 : head.contentLength();
            connection.flushOtherSideLater(this);
            exchange.answer(head, in, bodiless || answerChunked || answerLeft >= 0, end, true);
        }
    }

    private void trailers(Http2Headers trailers, boolean end) {
        if (!end || answerLeft > 0) {
            invalid();
            return;
        }
        HeadWriter writer = http.writer().clear();
        if (answerChunked) {
            writer.write(LAST_CHUNK);
        }
        if (!AnswerFields.readTrailers(trailers, writer)) {
            invalid();
            return;
        }
        ByteBuf lines = writer.copy(context().alloc(), 0);
        if (answerChunked) {
            answerBody(lines, true);
        } else {
            exchange.answerTrailers(lines);
        }
    }

    /**
     * A part of the body.
     *
     * @return how much of it the server's window is told of now; of the rest later
     */
    int data(ByteBuf data, boolean end) {
        Carried its = exchange;
        int bytes = data.readableBytes();
        try {
            return body(data, end);
        } catch (RuntimeException | Error e) {
            fault(its, e);
            return bytes;
        }
    }

    private int body(ByteBuf data, boolean end) {
        int bytes = data.readableBytes();
        if (exchange == null) {
            return bytes;
        }
        if (!answered || !isWithinLength(bytes, end)) {
            invalid();
            return bytes;
        }
        connection.flushOtherSideLater(this);
        if (!answerChunked) {
            answerBody(data.retain(), end);
        } else if (bytes == 0) {
            if (end) {
                answerBody(Chunk.last(), true);
            }
        } else {
            answerBody(Chunk.of(context().alloc(), data.retain(), end ? Chunk.last() : null), end);
        }
        if (exchange == null || exchange.isClientWritable()) {
            return bytes;
        }
        unconsumed += bytes;
        connection.waits(bytes);
        return 0;
    }

    /** A client of HTTP/1 would take what is too much for its next answer, or the next answer for what is missing. */
    private boolean isWithinLength(int bytes, boolean end) {
        if (answerLeft < 0) {
            return true;
        }
        answerLeft -= bytes;
        return answerLeft == 0 || answerLeft > 0 && !end;
    }

    private void answerBody(ByteBuf in, boolean end) {
        if (exchange == null) {
            in.release();
        } else {
            exchange.answerBody(in, end, true);
        }
    }

    @Override
    public void flushOtherSide() {
        if (exchange != null) {
            guarded(stream -> stream.exchange.flushClient());
        }
    }

    @Override
    public void readMore() {
        if (unconsumed > 0 && stream != null) {
            connection.consumed(stream, settle());
        }
    }

    /** Nothing waits for the client any more. */
    private int settle() {
        int bytes = unconsumed;
        unconsumed = 0;
        connection.waits(-bytes);
        return bytes;
    }

    // The end

    @Override
    public void release(boolean reuse, long now) {
        exchange = null;
        readMore();
        if (!requestEnded || unsent > 0) { // the server has answered early, and wants no more
            connection.reset(stream, Http2Error.NO_ERROR);
        }
    }

    @Override
    public void abandon() {
        exchange = null;
        if (stream != null) {
            readMore();
            connection.reset(stream, Http2Error.CANCEL);
            if (!answered) {
                connection.check();
            }
        } else if (connection != null) {
            connection.detach(this);
        }
    }

    /** The answer can't be understood. */
    private void invalid() {
        invalid(Http2Error.PROTOCOL_ERROR);
    }

    /** @param error which the server is told */
    void invalid(Http2Error error) {
        guarded(stream -> stream.refuseAnswer(error));
    }

    private void refuseAnswer(Http2Error error) {
        if (exchange == null) {
            return;
        }
        Carried failed = exchange;
        exchange = null;
        if (stream != null) {
            connection.reset(stream, error);
        } else {
            connection.detach(this);
        }
        failed.invalidAnswer();
    }

    /** The server has said, or it is known, that it has not begun with the request: {@link #closed} follows. */
    void refused() {
        refused = true;
    }

    /** The server has given the request up: {@link #closed} follows. */
    void cancelled() {
        cancelled = true;
    }

    /** The server is not heard of any more: {@link #closed} follows. */
    void silent() {
        silent = true;
    }

    /** The stream is over, whether all was said or not. */
    void closed() {
        if (unconsumed > 0) {
            settle();
        }
        guarded(Http2ServerStream::lose);
    }

    private void lose() {
        if (exchange == null) {
            return;
        }
        Carried lost = exchange;
        exchange = null;
        boolean stale = reused && !connection.isOpen(); // a stream that was reset says nothing of the others
        if (refused) {
            lost.serverRefused(stale);
        } else if (cancelled) {
            lost.serverCancelled(stale);
        } else if (silent) {
            lost.serverSilent(stale);
        } else {
            if (!answered && lost.isRequestEnd()) {
                connection.unanswered();
            }
            lost.serverLost(stale, false);
        }
    }

    private ChannelHandlerContext context() {
        return connection.context();
    }
}
