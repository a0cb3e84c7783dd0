package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.exchange.ClientLeg;
import dev.slb.forwarder.l7.exchange.ClientLink;
import dev.slb.forwarder.l7.exchange.Exchange;
import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.OwnAnswer;
import dev.slb.forwarder.l7.exchange.RequestLog;
import dev.slb.forwarder.l7.exchange.Timeout;
import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.ChunkReader;
import dev.slb.forwarder.l7.head.Head;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.Method;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.l7.route.HttpTable;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.table.TableAction;
import dev.slb.forwarder.transport.Taken;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * One request of HTTP/2 and its answer. Towards the {@link Exchange} both have the form of HTTP/1: a body without a length
 * is chunked, and trailers stand at its end.
 */
final class Http2ClientStream implements ClientLeg, Http2StreamEnd {

    static final String SLOW_READ = "Http2SlowRead";

    /** What waits of a body is in buffers of at most this size, or of one frame: so much goes on at once. */
    private static final int WAITING_PART = 64 * 1024;

    /** How much of an answer waits for the client's windows before its server is held back. */
    private static final int MOST_UNSENT = 64 * 1024;

    private static final byte[] VERSION = Ascii.bytes("HTTP/2.0");
    private static final byte[] LAST_CHUNK = Ascii.bytes("0\r\n");

    private final Http2ClientConnection connection;
    private final ListenerRuntime listener;
    private final HttpLoop http;
    private final Http2Stream stream;
    private final Exchange exchange;
    private final RequestLog log;
    private HttpTable table;

    private boolean headOnly;
    private boolean chunked;
    private long remaining;
    /** The client has sent all. */
    private boolean requestEnd;

    /** Of the body what the server does not take yet, copied, since a frame of one byte would keep a whole buffer. */
    private ArrayDeque<ByteBuf> waiting;

    private ByteBuf waitingEnd;
    /** It is on its way, and asked for again by what that brings about: a loop, so that much of it needs no deep stack. */
    private boolean passing;

    private boolean flushesServer;

    private ChunkReader chunks;
    private boolean answered;
    private boolean closed;
    /** Bytes of the answer that wait for the client's windows, and those that went out. */
    private long unsent;

    private long sent;
    private boolean held;
    private boolean awaitsProgress;
    private long sentBefore;
    /** What the client had acknowledged of its connection then. */
    private long takenBefore;

    private final Timeout timeout;

    Http2ClientStream(Http2ClientConnection connection, HttpLoop http, Http2Stream stream) {
        this.connection = connection;
        this.listener = connection.link.listener();
        this.http = http;
        this.stream = stream;
        this.log = new RequestLog(connection.link, VERSION);
        this.exchange = new Exchange(connection.link.listener(), this, log, http, connection.link.endpoints());
        this.timeout = new Timeout(http.loop().wheel()) {
            @Override
            protected void timedOut() {
                Http2ClientStream.this.timedOut();
            }

            @Override
            protected void failed(Throwable cause) {
                exchange.failed(cause);
            }
        };
    }

    Http2Stream stream() {
        return stream;
    }

    // The request

    void begin(Http2Headers headers, boolean end) throws Http2Exception {
        try {
            request(headers, end);
        } catch (RuntimeException | Error e) {
            exchange.failed(e);
        }
    }

    private void request(Http2Headers headers, boolean end) throws Http2Exception {
        table = connection.link.table();
        requestEnd = end;
        log.headBegun(http.readClock());
        HeadWriter writer = http.writer().clear();
        if (!ToHttp1.writeRequest(headers, !end, writer)) {
            throw Http2Exception.streamError(stream.id(), Http2Error.PROTOCOL_ERROR, "malformed request");
        }
        listener.countRequest();
        RequestHead head = http.request().maxTargetBytes(table.maxUriBytes());
        if (head.scan(writer, table.maxHeaderBytes()) != Head.State.COMPLETE) {
            log.begin(table, head);
            headOnly = head.method() == Method.HEAD;
            refuse(head.refusal());
            return;
        }
        headOnly = head.method() == Method.HEAD;
        chunked = head.isChunked();
        remaining = Math.max(0, head.contentLength());
        log.begin(table, head);
        log.request(head.length(), end);
        TableAction action = connection.link.action(table, head);
        if (action instanceof TableAction.Forward forward && head.maxForwards() != 0) {
            forward(forward, head);
        } else if (action instanceof TableAction.Redirect redirect) {
            redirect(head, redirect);
        } else if (action instanceof TableAction.Unavailable unavailable) {
            refuse(503, unavailable.reason());
        } else if (action instanceof TableAction.Forward) {
            lastForward(head);
        } else {
            refuse(Refusal.NO_ROUTE);
        }
    }

    private void forward(TableAction.Forward forward, RequestHead head) {
        long now = http.readClock();
        log.forwarded(now);
        timeout.set(now, table.requestNanos());
        ByteBuf first = connection
                .link
                .headToServer(table, forward.target(), head)
                .copy(context().alloc(), 0);
        exchange.begin(table, forward.target(), head, first, null, !chunked && remaining == 0, now);
    }

    private void lastForward(RequestHead head) {
        if (head.method() == Method.OPTIONS) {
            answerOurselves(
                    200, null, OwnAnswer.options(context().alloc(), http.dates().line()));
        } else {
            refuse(Refusal.MAX_FORWARDS);
        }
    }

    private void redirect(RequestHead head, TableAction.Redirect redirect) {
        String location = ClientLink.location(head, redirect);
        answerOurselves(
                redirect.statusCode(),
                null,
                OwnAnswer.redirect(
                        context().alloc(),
                        redirect.statusCode(),
                        location,
                        headOnly,
                        http.dates().line()));
    }

    /**
     * A part of the body.
     *
     * @return how much of it is dealt with; the rest is told to {@link Http2Link#consumed} later
     */
    int data(ByteBuf data, boolean end) {
        int bytes = data.readableBytes();
        try {
            return body(data, end);
        } catch (RuntimeException | Error e) {
            exchange.failed(e);
            return bytes;
        }
    }

    private int body(ByteBuf data, boolean end) {
        int bytes = data.readableBytes();
        if (closed || exchange.isIdle() || exchange.isRequestEnd()) { // an answer may begin while a request goes on
            requestEnd |= end;
            return bytes;
        }
        requestEnd = end;
        remaining -= bytes;
        log.request(bytes, end);
        boolean last = end || !chunked && remaining == 0;
        if (bytes == 0 && !last) {
            return 0;
        }
        if (waiting == null && exchange.takesBody()) {
            pass(data.retain(), last ? lastBytes() : null);
            flushServerLater();
            return bytes;
        }
        wait(data);
        if (last) {
            waitingEnd = lastBytes();
        }
        return 0;
    }

    /** What ends the body in the form of HTTP/1. */
    private ByteBuf lastBytes() {
        return chunked ? Chunk.last() : Unpooled.EMPTY_BUFFER;
    }

    private void wait(ByteBuf data) {
        int bytes = data.readableBytes();
        if (waiting == null) {
            waiting = new ArrayDeque<>();
        }
        ByteBuf last = waiting.peekLast();
        if (last == null || last.readableBytes() + bytes > WAITING_PART) {
            last = context().alloc().ioBuffer(bytes);
            waiting.add(last);
        }
        last.writeBytes(data, data.readerIndex(), bytes);
        connection.waits(bytes);
    }

    /** The trailers: nothing follows them. */
    void trailers(Http2Headers trailers) throws Http2Exception {
        try {
            requestTrailers(trailers);
        } catch (RuntimeException | Error e) {
            exchange.failed(e);
        }
    }

    private void requestTrailers(Http2Headers trailers) throws Http2Exception {
        HeadWriter writer = http.writer().clear();
        writer.write(LAST_CHUNK);
        if (!ToHttp1.writeTrailers(trailers, writer)) {
            throw Http2Exception.streamError(stream.id(), Http2Error.PROTOCOL_ERROR, "malformed trailers");
        }
        requestEnd = true;
        if (closed || exchange.isIdle() || exchange.isRequestEnd()) {
            return;
        }
        log.request(writer.length() - LAST_CHUNK.length, true);
        // A body with a length has no place for trailers in HTTP/1.
        ByteBuf end = chunked ? writer.copy(context().alloc(), 0) : Unpooled.EMPTY_BUFFER;
        if (waiting == null && exchange.takesBody()) {
            pass(Unpooled.EMPTY_BUFFER, end);
            flushServerLater();
        } else {
            wait(Unpooled.EMPTY_BUFFER);
            waitingEnd = end;
        }
    }

    /** They are answered where that is not too late; {@link #close} follows. */
    void trailersTooLarge() {
        if (!closed && !answered) {
            requestEnd = true;
            exchange.abort();
            refuse(Refusal.HEAD_TOO_LARGE);
        }
    }

    /** @param end what follows the data at the end of the body, or null when it goes on */
    private void pass(ByteBuf data, ByteBuf end) {
        if (!exchange.isAnswered()) {
            timeout.set(http.readClock(), table.requestNanos());
        } else if (!awaitsProgress) {
            awaitNextByte();
        }
        if (!data.isReadable()) {
            data.release();
            exchange.body(end, true);
        } else {
            exchange.body(chunked ? Chunk.of(context().alloc(), data, end) : data, end != null);
        }
    }

    private void flushServerLater() {
        if (!flushesServer) {
            flushesServer = true;
            connection.flushOtherSideLater(this);
        }
    }

    @Override
    public void flushOtherSide() {
        flushesServer = false;
        if (!closed) {
            guarded(Exchange::flushServer);
        }
    }

    /** Runs a step that somebody outside has called for. */
    private void guarded(Consumer<Exchange> step) {
        try {
            step.accept(exchange);
        } catch (RuntimeException | Error e) {
            exchange.failed(e);
        }
    }

    @Override
    public boolean mayLogIn() {
        return false;
    }

    @Override
    public void bodyWanted() {
        if (passing) {
            return;
        }
        boolean passed = false;
        passing = true;
        try {
            while (!closed && waiting != null && exchange.takesBody()) {
                passed = true;
                passWaiting();
            }
        } finally {
            passing = false;
        }
        if (passed && !closed) {
            exchange.flushServer();
        }
    }

    private void passWaiting() {
        ByteBuf data = waiting.poll();
        int bytes = data.readableBytes();
        connection.waits(-bytes);
        ByteBuf end = null;
        if (waiting.isEmpty()) {
            waiting = null;
            end = waitingEnd;
            waitingEnd = null;
        }
        pass(data, end);
        connection.consumed(stream, bytes);
    }

    // The answer

    @Override
    public void interim(ResponseHead head, ByteBuf in) {
        in.release();
        log.sent(head.length());
        writeHeaders(ToHttp2.answer(head), false);
        connection.flushLater();
    }

    @Override
    public void answer(ResponseHead head, ByteBuf in, boolean framed, boolean end) {
        log.answer(head.status());
        writeAnswer(head, in, end);
    }

    private void writeAnswer(ResponseHead head, ByteBuf in, boolean end) {
        log.sent(head.length());
        chunks = head.isChunked() && !headOnly && head.status() != 304 ? new ChunkReader() : null;
        Http2Headers fields = ToHttp2.answer(head);
        in.skipBytes(head.length());
        boolean only = end && !in.isReadable();
        answered = true; // not before, or a fault until here would find no time limit
        writeHeaders(fields, only);
        if (only) {
            in.release();
            ended();
        } else {
            awaitNextByte();
            writeBody(in, end);
        }
    }

    /** Something of the answer, or of the request behind it, has passed. */
    private void awaitNextByte() {
        timeout.set(http.readClock(), table.responseIdleNanos());
    }

    @Override
    public void answerBody(ByteBuf in, boolean end) {
        writeBody(in, end);
    }

    @Override
    public void answerTrailers(ByteBuf trailers) {
        byte[] lines = new byte[trailers.readableBytes()];
        trailers.readBytes(lines).release();
        Http2Headers fields = ToHttp2.trailers(lines, lines.length);
        if (fields.isEmpty()) {
            writeData(Unpooled.EMPTY_BUFFER, true);
        } else {
            writeHeaders(fields, true);
        }
        ended();
    }

    private void writeBody(ByteBuf in, boolean end) {
        if (chunks == null) {
            if (in.isReadable() || end) {
                writeData(in, end);
            } else {
                in.release();
            }
        } else {
            writeChunks(in, end);
        }
        if (end) {
            ended();
        }
    }

    private void writeChunks(ByteBuf in, boolean end) {
        ByteBuf last = null;
        int bytes;
        while ((bytes = chunks.next(in)) > 0) {
            if (last != null) {
                writeData(last, false);
            }
            last = in.readRetainedSlice(bytes);
        }
        in.release();
        boolean trailers = end && chunks.hasTrailers();
        if (last != null) {
            writeData(last, end && !trailers);
        } else if (end && !trailers) {
            writeData(Unpooled.EMPTY_BUFFER, true);
        }
        if (trailers) {
            writeHeaders(ToHttp2.trailers(chunks.trailers(), chunks.trailerBytes()), true);
        }
    }

    private void writeHeaders(Http2Headers headers, boolean end) {
        end(
                connection
                        .encoder()
                        .writeHeaders(
                                context(),
                                stream.id(),
                                headers,
                                0,
                                end,
                                context().newPromise()),
                end);
    }

    private void writeData(ByteBuf data, boolean end) {
        int bytes = data.readableBytes();
        unsent += bytes;
        connection.unsent(bytes);
        log.body(bytes);
        ChannelPromise promise = context().newPromise();
        end(connection.encoder().writeData(context(), stream.id(), data, 0, end, promise), end);
    }

    /** A client that still sends is told, once it has all of the answer, that nobody wants the rest. */
    private void end(ChannelFuture written, boolean end) {
        if (end && !requestEnd) {
            written.addListener((ChannelFutureListener) done -> {
                if (done.isSuccess() && !requestEnd) {
                    connection.reset(this, Http2Error.NO_ERROR);
                }
            });
        }
    }

    /** All of the answer is with the codec. */
    private void ended() {
        log.end(http.readClock());
        dropWaiting();
        if (!awaitsProgress) {
            timeout.clear();
            awaitProgress();
        }
        connection.flushLater();
    }

    /** So much of the answer has gone out. */
    @Override
    public void sent(int bytes) {
        if (closed) {
            return;
        }
        unsent -= bytes;
        connection.unsent(-bytes);
        sent += bytes;
        log.sent(bytes);
        if (awaitsProgress && unsent <= 0) { // the client has all: now it is its server's turn
            awaitsProgress = false;
            if (exchange.isIdle()) {
                timeout.clear();
            } else {
                awaitNextByte();
            }
        }
        if (held && isWritable()) {
            guarded(Exchange::clientWritable);
        }
    }

    @Override
    public boolean isWritable() {
        boolean writable = unsent <= 0
                || unsent < MOST_UNSENT
                        && connection.takesMore()
                        && unsent < connection.encoder().flowController().windowSize(stream);
        held = !writable;
        return writable;
    }

    @Override
    public void flush() {
        if (closed) {
            return;
        }
        if (isWritable()) {
            connection.flushLater();
            if (answered && !awaitsProgress && !exchange.isIdle()) {
                awaitNextByte();
            }
        } else {
            connection.flushNow();
            awaitProgress();
        }
    }

    /** A client that takes nothing of what is here for it must not keep it for ever. */
    private void awaitProgress() {
        if (answered && unsent > 0 && !awaitsProgress) {
            awaitsProgress = true;
            sentBefore = sent;
            takenBefore = Taken.of(context().channel()).bytes();
            timeout.set(http.readClock(), table.requestNanos());
        }
    }

    @Override
    public void refuse(int status, String reason) {
        if (closed) {
            return;
        }
        listener.countRefusal(reason);
        answerOurselves(
                status,
                reason,
                OwnAnswer.refusal(
                        context().alloc(),
                        status,
                        reason,
                        headOnly,
                        http.dates().line()));
    }

    private void refuse(Refusal refusal) {
        refuse(refusal.status(), refusal.reason());
    }

    private void answerOurselves(int status, String reason, ByteBuf in) {
        log.ownAnswer(status, reason, in);
        ResponseHead head = http.response();
        head.scan(in, in.readableBytes());
        writeAnswer(head, in, true);
    }

    @Override
    public void breakOff() {
        if (!closed) {
            log.end(http.readClock());
            connection.reset(this, Http2Error.INTERNAL_ERROR);
        }
    }

    @Override
    public void failed() {
        if (closed) {
            return;
        }
        dropWaiting();
        if (!answered) {
            try {
                refuse(Refusal.INTERNAL_ERROR);
                return;
            } catch (RuntimeException | Error e) {
                http.loop().faults().tell(connection.link.endpoints(), e);
            }
        }
        listener.countRefusal(Refusal.INTERNAL_ERROR.reason());
        breakOff();
    }

    @Override
    public boolean cancel(String reason) {
        if (!closed) {
            if (!answered) {
                listener.countRefusal(reason);
            }
            log.end(http.readClock());
            connection.reset(this, Http2Error.CANCEL);
        }
        return true;
    }

    @Override
    public void outOfMemory() {
        if (!closed) {
            connection.link.countOutOfMemory();
            log.reason(Reasons.BUFFER_MEMORY);
            connection.reset(this, Http2Error.INTERNAL_ERROR);
        }
    }

    @Override
    public void serverFinished() {
        throw new IllegalStateException("no protocol was switched");
    }

    @Override
    public void tunnelClosed(boolean broken) {
        throw new IllegalStateException("no protocol was switched");
    }

    // The end

    private void timedOut() {
        if (closed) {
            return;
        }
        if (answered) {
            answerTimedOut();
        } else if (!exchange.isRequestEnd() && exchange.takesBody()) {
            if (connection.holdsReading()) {
                timeout.set(http.readClock(), table.requestNanos());
            } else {
                exchange.abort();
                refuse(Refusal.SLOW_BODY);
            }
        } else {
            exchange.timedOut();
        }
    }

    private void answerTimedOut() {
        boolean awaited = awaitsProgress;
        awaitsProgress = false;
        if (unsent > 0) {
            if (awaited && sent == sentBefore && !isTaking() && !connection.holdsWriting()) {
                listener.countRefusal(SLOW_READ);
                log.reason(SLOW_READ);
                connection.reset(this, Http2Error.CANCEL);
            } else {
                awaitProgress();
            }
        } else if (!exchange.isIdle()) {
            if (connection.holdsReading() || connection.holdsWriting()) {
                awaitNextByte(); // what there is waits for bandwidth
            } else {
                exchange.stalled();
            }
        }
    }

    /**
     * Whether the client takes what is on its way to it, though there was no room for more. Where nothing is on its way, it is the
     * windows of the client that nothing goes through.
     */
    private boolean isTaking() {
        Taken now = Taken.of(context().channel());
        return now.bytes() != takenBefore && !now.all();
    }

    boolean isAnswered() {
        return answered;
    }

    /** The connection ends before its time. */
    void cut(String why) {
        log.cut(why);
    }

    /** The stream is over, whether all was said or not. */
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        connection.unsent(-unsent);
        timeout.cancel();
        dropWaiting();
        guarded(Exchange::clientGone);
        log.clientClosed();
    }

    private void dropWaiting() {
        if (waiting != null) {
            for (ByteBuf each : waiting) {
                connection.waits(-each.readableBytes());
                each.release();
            }
            waiting = null;
            if (waitingEnd != null) {
                waitingEnd.release();
                waitingEnd = null;
            }
        }
    }

    private ChannelHandlerContext context() {
        return connection.context();
    }
}
