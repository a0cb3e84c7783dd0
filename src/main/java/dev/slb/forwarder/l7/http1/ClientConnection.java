package dev.slb.forwarder.l7.http1;

import dev.slb.forwarder.l7.exchange.ClientLeg;
import dev.slb.forwarder.l7.exchange.ClientLink;
import dev.slb.forwarder.l7.exchange.Exchange;
import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.HttpSockets;
import dev.slb.forwarder.l7.exchange.Lingering;
import dev.slb.forwarder.l7.exchange.OwnAnswer;
import dev.slb.forwarder.l7.exchange.RequestLog;
import dev.slb.forwarder.l7.exchange.Timeout;
import dev.slb.forwarder.l7.exchange.Wire;
import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.Body;
import dev.slb.forwarder.l7.head.HeadEnd;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.Method;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.l7.rewrite.Rewriting;
import dev.slb.forwarder.l7.route.HttpRuntime;
import dev.slb.forwarder.l7.route.HttpTable;
import dev.slb.forwarder.limits.ListenerLimits;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Reasons;
import dev.slb.forwarder.table.TableAction;
import dev.slb.forwarder.table.Tracked;
import dev.slb.forwarder.transport.Backlog;
import dev.slb.forwarder.transport.ChannelBacklog;
import dev.slb.forwarder.transport.Faults;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection of HTTP/1: reads one request after the other, gives each to the {@link Exchange}, and writes the
 * answers. Requests that come before their turn wait in {@link #received}, and further ones in the client's socket.
 */
public final class ClientConnection extends ChannelInboundHandlerAdapter implements ClientLeg, Tracked {

    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);

    static final String SLOW_READ = "SlowRead";

    /** What of a request's body is copied behind its head rather than sent as a buffer of its own. */
    private static final int SMALL_BODY = 1024;
    /** Empty lines before a request, which old clients send after a body (RFC 9112, section 2.2). */
    private static final int MAX_EMPTY_LINES = 4;

    private enum State {
        /** Between requests, or in the head of one. */
        HEAD,
        /** A request is with the exchange. */
        EXCHANGE,
        TUNNEL,
        /** All is said; what still comes is read and dropped, so that no RST overtakes the last answer. */
        LINGER,
        CLOSED
    }

    private final ClientLink link;
    private final ListenerRuntime listener;
    private final HttpLoop http;
    private final SocketChannel channel;
    private final Wire wire;
    private final Exchange exchange;
    private final RequestLog log;
    private ChannelHandlerContext context;

    private State state = State.HEAD;
    private HttpTable table;

    /** Received, but not dealt with: a part of a head, or what came before its turn. */
    private ByteBuf received;

    private final HeadEnd headEnd = new HeadEnd();
    private boolean partialHead;
    private int emptyLines;
    private boolean readingRequests;
    private boolean inputEnded;

    private final KeepAlive keepAlive;
    private final Body body = new Body();
    private boolean headOnly;
    /** The answer has begun: what limits its time is only whether the client takes it. */
    private boolean answering;
    /** The time that runs in the midst of an answer is the client's, to take some of it; else it is that of the next byte. */
    private boolean awaitsClient;
    /** Something of an answer that is not interim was written. */
    private boolean begun;
    /** The answer ends with the connection, so a broken one must look broken. */
    private boolean answerUntilClose;

    private int registryIndex = -1;

    private final Timeout timeout;
    private final Lingering lingering = new Lingering();
    /** All is written, and our output has ended. */
    private boolean lingers;

    private final SlowReader reader;
    private final Backlog.Entry backlog;

    /** For a connection that is about to begin, or whose handshake is done. */
    public ClientConnection(
            HttpRuntime listener, SocketChannel channel, HttpLoop http, Endpoints endpoints, Wire wire) {
        this.link = new ClientLink(listener, channel, http, endpoints, wire);
        this.wire = wire;
        this.listener = link.listener();
        this.keepAlive = new KeepAlive(link.listener());
        this.channel = channel;
        this.reader = new SlowReader(channel);
        this.http = http;
        this.log = new RequestLog(link, null);
        this.exchange = new Exchange(link.listener(), this, log, http, link.endpoints());
        this.timeout = new Timeout(http.loop().wheel()) {
            @Override
            protected void timedOut() {
                ClientConnection.this.timedOut();
            }

            @Override
            protected void failed(Throwable cause) {
                exchange.failed(cause);
            }
        };
        this.backlog = new ChannelBacklog(channel) {
            @Override
            protected void end() {
                outOfMemory();
            }
        };
        HttpSockets.client(channel, http.loop());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        link.opened(this);
        table = link.table();
        timeout.set(http.readClock(), table.idleNanos());
    }

    // Requests

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        log.received(in.readableBytes());
        switch (state) {
            case HEAD -> {
                receive(in);
                readRequests();
            }
            case EXCHANGE -> {
                receive(in);
                if (!exchange.isRequestEnd()) {
                    readBody();
                }
                holdBack();
            }
            case TUNNEL -> {
                touchTunnel();
                tunnel(in);
                holdBack();
            }
            case LINGER -> {
                in.release();
                lingerOn();
            }
            case CLOSED -> in.release();
        }
    }

    private void receive(ByteBuf in) {
        received = received == null ? in : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(context.alloc(), received, in);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (state == State.TUNNEL || state == State.EXCHANGE && !exchange.isRequestEnd()) {
            exchange.flushServer();
        }
    }

    /** Reads requests as long as they are here and their answers are ours; a loop, so that many need no deep stack. */
    private void readRequests() {
        if (readingRequests) {
            return;
        }
        readingRequests = true;
        // Answers that the client doesn't read must not pile up here: then the next request waits.
        while (state == State.HEAD && received != null && channel.isWritable()) {
            if (!readRequest()) {
                break;
            }
        }
        readingRequests = false;
        if (state == State.HEAD && inputEnded) {
            closeWhenWritten();
        } else {
            readAsNeeded();
        }
    }

    /** @return false when the request is not here as a whole */
    private boolean readRequest() {
        if (!skipEmptyLines()) {
            return false;
        }
        ByteBuf in = received;
        table = link.table();
        if (partialHead && !headEnd.isIn(in) && !isTooLarge(in.readableBytes())) {
            return false;
        }
        RequestHead head = http.request().maxTargetBytes(table.maxUriBytes());
        switch (head.scan(in, table.maxHeaderBytes())) {
            case INCOMPLETE -> {
                if (!partialHead) {
                    partialHead = true;
                    headEnd.reset();
                    long now = http.readClock();
                    log.headBegun(now);
                    timeout.set(now, table.idleNanos());
                }
                return false;
            }
            case REFUSED -> {
                headOnly = head.method() == Method.HEAD;
                log.begin(table, head);
                refuseAndClose(head.refusal());
                return false;
            }
            case COMPLETE -> {}
        }
        partialHead = false;
        emptyLines = 0;
        begin(head);
        return true;
    }

    /** Whether so much of a head without an end is refused in any case: its scan says for what. */
    private boolean isTooLarge(int bytes) {
        return bytes > table.maxHeaderBytes()
                || headEnd.isFirstLine() && bytes > RequestHead.MAX_METHOD_BYTES + 1 + table.maxUriBytes();
    }

    private boolean skipEmptyLines() {
        ByteBuf in = received;
        while (in.isReadable() && in.getByte(in.readerIndex()) == Ascii.CR) {
            if (in.readableBytes() == 1) {
                return false;
            }
            if (in.getByte(in.readerIndex() + 1) != Ascii.LF || ++emptyLines > MAX_EMPTY_LINES) {
                headOnly = false;
                refuseAndClose(Refusal.INVALID_LINE_END);
                return false;
            }
            in.skipBytes(2);
        }
        if (!in.isReadable()) {
            in.release();
            received = null;
            return false;
        }
        return true;
    }

    private void begin(RequestHead head) {
        listener.countRequest();
        log.begin(table, head);
        headOnly = head.method() == Method.HEAD;
        keepAlive.begin(head);
        answering = false;
        awaitsClient = false;
        begun = false;
        answerUntilClose = false;
        if (head.isChunked()) {
            body.chunked(head);
        } else {
            body.length(Math.max(0, head.contentLength()));
        }
        // What is here of the body is looked at before anything reaches a server.
        int bodyEnd = body.scan(received, received.readerIndex() + head.length());
        log.request(bodyEnd - received.readerIndex(), body.isEnd());
        if (body.isInvalid()) {
            refuseAndClose(Refusal.INVALID_CHUNK);
            return;
        }
        TableAction action = link.action(table, head);
        if (action instanceof TableAction.Forward forward && head.maxForwards() != 0) {
            forward(forward, head, bodyEnd);
        } else {
            skip(bodyEnd);
            answerOurselves(head, action);
        }
    }

    private void forward(TableAction.Forward forward, RequestHead head, int bodyEnd) {
        state = State.EXCHANGE;
        long now = http.readClock();
        log.forwarded(now);
        timeout.set(now, table.requestNanos());
        HeadWriter writer = link.headToServer(table, forward.target(), head);
        ByteBuf message = take(bodyEnd);
        ByteBuf first = message;
        ByteBuf second = null;
        if (!writer.replace(message, head.length())) {
            message.skipBytes(head.length());
            if (message.readableBytes() <= SMALL_BODY) {
                first = copy(writer, message.readableBytes(), message).writeBytes(message);
                message.release();
            } else {
                first = copy(writer, 0, message);
                second = message;
            }
        }
        exchange.begin(table, forward.target(), head, first, second, body.isEnd(), now);
    }

    /** The head, with this much room behind it; without memory for it the message ends here. */
    private ByteBuf copy(HeadWriter writer, int room, ByteBuf message) {
        try {
            return writer.copy(context.alloc(), room);
        } catch (RuntimeException | Error e) {
            message.release();
            throw e;
        }
    }

    /** What was received up to the end of a scan, as it goes on; the rest stays. */
    private ByteBuf take(int end) {
        ByteBuf in = received;
        if (end == in.writerIndex()) {
            received = null;
        } else {
            in = in.readRetainedSlice(end - in.readerIndex());
        }
        return body.pass(in);
    }

    private void skip(int end) {
        take(end).release();
    }

    private void readBody() {
        if (!exchange.takesBody() || received == null) {
            return;
        }
        int end = body.scan(received, received.readerIndex());
        log.request(end - received.readerIndex(), body.isEnd());
        if (body.isInvalid()) {
            boolean answered = exchange.isAnswered();
            exchange.abort();
            if (answered) {
                log.cut(Refusal.INVALID_CHUNK.reason());
                breakOff();
            } else {
                refuseAndClose(Refusal.INVALID_CHUNK);
            }
            return;
        }
        if (!exchange.isAnswered()) {
            timeout.set(http.readClock(), table.requestNanos());
        } else if (!awaitsClient) {
            awaitNextByte();
        }
        exchange.body(take(end), body.isEnd());
    }

    @Override
    public boolean mayLogIn() {
        return true;
    }

    @Override
    public void bodyWanted() {
        if (state == State.EXCHANGE && !exchange.isRequestEnd()) {
            readBody();
            exchange.flushServer();
        }
        if (state == State.EXCHANGE || state == State.TUNNEL) {
            readAsNeeded();
        }
    }

    private void holdBack() {
        if (state == State.TUNNEL && !exchange.takesBody()) {
            exchange.flushServer(); // before the client is held back
        }
        readAsNeeded();
    }

    /** Reads on unless what was received can't be dealt with now. */
    private void readAsNeeded() {
        boolean wanted = switch (state) {
            case HEAD -> received == null || channel.isWritable();
            // Without anything in hand one more read does no harm, and shows whether the client is still there.
            case EXCHANGE -> received == null && (exchange.isRequestEnd() || exchange.takesBody());
            case TUNNEL -> exchange.takesBody();
            case LINGER, CLOSED -> true;
        };
        if (wanted != channel.config().isAutoRead()) {
            channel.config().setAutoRead(wanted);
        }
    }

    // Answers of our own

    private void answerOurselves(RequestHead head, TableAction action) {
        if (!body.isEnd()) {
            keepAlive.end(); // rather than reading a body that nobody wants
        }
        if (action instanceof TableAction.Redirect redirect) {
            redirect(head, redirect);
        } else if (action instanceof TableAction.Unavailable unavailable) {
            refuse(503, unavailable.reason());
        } else if (action instanceof TableAction.Forward) {
            lastForward(head);
        } else {
            refuse(Refusal.NO_ROUTE.status(), Refusal.NO_ROUTE.reason());
        }
    }

    private void lastForward(RequestHead head) {
        if (head.method() == Method.OPTIONS) {
            state = State.EXCHANGE;
            answerOurselves(200, OwnAnswer.options(context.alloc(), decidedLines()));
        } else {
            refuse(Refusal.MAX_FORWARDS.status(), Refusal.MAX_FORWARDS.reason());
        }
    }

    private void answerOurselves(int status, ByteBuf answer) {
        log.ownAnswer(status, null, answer);
        write(answer);
        answered(http.readClock());
    }

    private void redirect(RequestHead head, TableAction.Redirect redirect) {
        String location = ClientLink.location(head, redirect);
        if (location == null) {
            refuseAndClose(Refusal.MISSING_HOST);
            return;
        }
        state = State.EXCHANGE;
        ByteBuf answer = OwnAnswer.redirect(context.alloc(), redirect.statusCode(), location, headOnly, decidedLines());
        answerOurselves(redirect.statusCode(), answer);
    }

    @Override
    public void refuse(int status, String reason) {
        if (state == State.CLOSED) {
            return;
        }
        state = State.EXCHANGE;
        listener.countRefusal(reason);
        if (!body.isEnd()) {
            keepAlive.end();
        }
        ByteBuf answer = OwnAnswer.refusal(context.alloc(), status, reason, headOnly, decidedLines());
        log.ownAnswer(status, reason, answer);
        write(answer);
        answered(http.readClock());
    }

    /** For requests that can't be told apart from what follows them. */
    private void refuseAndClose(Refusal refusal) {
        state = State.EXCHANGE;
        keepAlive.end();
        listener.countRefusal(refusal.reason());
        ByteBuf answer = OwnAnswer.refusal(context.alloc(), refusal.status(), refusal.reason(), headOnly, ownLines());
        if (!log.isOpen()) { // nothing of the request could be read
            log.begin(table, null);
        }
        log.ownAnswer(refusal.status(), refusal.reason(), answer);
        write(answer);
        log.end(http.readClock());
        linger();
    }

    private String decidedLines() {
        keepAlive.decide(table, false);
        return ownLines();
    }

    private String ownLines() {
        return http.dates().line() + keepAlive.line();
    }

    // Answers of servers

    @Override
    public void interim(ResponseHead head, ByteBuf in) {
        if (keepAlive.isHttp10()) {
            in.release();
            return;
        }
        writeHead(head, Rewriting.Connection.UNSAID, in);
        begun = false;
        context.flush();
    }

    @Override
    public void answer(ResponseHead head, ByteBuf in, boolean framed, boolean end) {
        if (head.status() == 101) {
            state = State.TUNNEL;
            touchTunnel();
            log.answer(101);
            log.body(in.readableBytes() - head.length());
            writeHead(head, Rewriting.Connection.UNSAID, in);
            context.flush();
            tunnelReceived();
            return;
        }
        HttpSockets.answer(channel, http.loop());
        answerUntilClose = !framed;
        // A client whose request is not complete may not know whether the rest is wanted.
        if (!framed || !body.isEnd()) {
            keepAlive.end();
        }
        keepAlive.decide(table, head.isLoginStep());
        log.answer(head.status());
        log.body(in.readableBytes() - head.length());
        writeHead(head, keepAlive.said(), in);
        answering = true; // not before, or a fault until here would find no time limit
        if (end) {
            answered(http.now()); // the exchange has just read the clock
        } else {
            awaitNextByte();
        }
    }

    /** Something of the answer, or of the request behind it, has passed. */
    private void awaitNextByte() {
        awaitsClient = false;
        reader.forget();
        timeout.set(http.readClock(), table.responseIdleNanos());
    }

    private void writeHead(ResponseHead head, Rewriting.Connection connection, ByteBuf in) {
        HeadWriter writer = http.writer().clear();
        if (Rewriting.response(head, connection, writer) && !writer.replace(in, head.length())) {
            write(writer.copy(context.alloc(), 0));
            in.skipBytes(head.length());
        }
        write(in);
    }

    private void write(ByteBuf out) {
        log.sent(out.readableBytes());
        begun = true;
        context.write(out, context.voidPromise());
    }

    @Override
    public void answerBody(ByteBuf in, boolean end) {
        if (state == State.TUNNEL) {
            touchTunnel();
        }
        log.body(in.readableBytes());
        write(in);
        if (end) {
            answered(http.now()); // the exchange has just read the clock
        }
    }

    @Override
    public void answerTrailers(ByteBuf trailers) {
        trailers.release();
        answered(http.now()); // the exchange has just read the clock
    }

    /** The answer is complete and written. */
    private void answered(long now) {
        log.end(now);
        if (!keepAlive.isKept()) {
            if (body.isEnd() && received == null && !keepAlive.isDue(table)) {
                closeWhenWritten(); // as the client expects
            } else {
                linger();
            }
            return;
        }
        flushAndLook();
        state = State.HEAD;
        begun = false;
        timeout.set(now, table.idleNanos());
        readRequests();
    }

    @Override
    public void flush() {
        flushAndLook();
        if (!answering || state != State.EXCHANGE) {
            return;
        }
        if (channel.isWritable()) {
            awaitNextByte();
        } else {
            long now = http.readClock();
            awaitsClient = true;
            reader.watch(now);
            timeout.set(now, table.requestNanos());
        }
    }

    private void flushAndLook() {
        context.flush();
        http.loop().backlog().look(backlog);
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void breakOff() {
        if (state == State.CLOSED) {
            return;
        }
        log.end(http.readClock());
        if (answerUntilClose) {
            wire.reset();
        } else {
            closeWhenWritten();
        }
    }

    @Override
    public void failed() {
        boolean waits = state == State.EXCHANGE || state == State.HEAD && (log.isOpen() || received != null);
        try {
            if (waits && !begun) {
                refuseAndClose(Refusal.INTERNAL_ERROR);
                return;
            }
            if (state.compareTo(State.LINGER) < 0) {
                listener.countRefusal(Refusal.INTERNAL_ERROR.reason());
            }
            if (state == State.EXCHANGE) {
                breakOff();
            } else {
                channel.close();
            }
        } catch (RuntimeException | Error e) {
            http.loop().faults().tell(link.endpoints(), e);
            wire.reset();
        }
    }

    @Override
    public boolean cancel(String reason) {
        return false;
    }

    private void closeWhenWritten() {
        end(ChannelFutureListener.CLOSE);
    }

    /** Ends the output, and waits for the client's end: closing with bytes unread would reset what was written last. */
    private void linger() {
        end(written -> {
            if (written.isSuccess() && !inputEnded) {
                long now = http.readClock();
                timeout.set(now, lingering.begin(now));
                lingers = true;
                wire.shutdownOutput();
            } else {
                channel.close();
            }
        });
    }

    private void lingerOn() {
        if (lingers) {
            long now = http.readClock();
            timeout.set(now, lingering.goOn(now));
        }
    }

    private void end(ChannelFutureListener whenWritten) {
        state = State.LINGER;
        releaseReceived();
        timeout.set(http.readClock(), table.requestNanos());
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(whenWritten);
        http.loop().backlog().look(backlog);
        readAsNeeded();
    }

    // After an upgrade

    private void touchTunnel() {
        timeout.set(http.readClock(), table.webSocketIdleNanos());
    }

    private void tunnel(ByteBuf in) {
        log.request(in.readableBytes(), false);
        exchange.tunnel(in);
    }

    /** What the client had sent before it knew of the new protocol. */
    private void tunnelReceived() {
        if (received != null) {
            ByteBuf in = received;
            received = null;
            tunnel(in);
            exchange.flushServer();
        }
        if (inputEnded) {
            exchange.clientFinished();
        }
        readAsNeeded();
    }

    @Override
    public void serverFinished() {
        // Not more: what the client has sent may still wait for the server, and this connection's time is that of both.
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> wire.shutdownOutput());
    }

    @Override
    public void tunnelClosed(boolean broken) {
        log.end(http.readClock());
        if (broken) {
            state = State.LINGER; // what may still come is for nobody
            wire.reset();
        } else {
            closeWhenWritten();
        }
    }

    /** Has the server see that what it gets has not ended. */
    private void breakTunnel() {
        if (state == State.TUNNEL) {
            state = State.LINGER;
            exchange.clientBroke();
        }
    }

    // Events

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!channel.isWritable()) {
            return;
        }
        http.loop().backlog().look(backlog);
        if (state == State.HEAD) {
            readRequests();
        } else {
            if (awaitsClient && state == State.EXCHANGE) {
                awaitNextByte();
            }
            exchange.clientWritable();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (wire.isInputEnd(event)) {
            if (!inputEnded) {
                inputEnded();
            }
        } else if (wire.isClose(event)) {
            if ((state == State.TUNNEL || state == State.LINGER) && !inputEnded) {
                inputEnded(); // what came before is still for the server, or the last answer still for the client
            } else {
                channel.close();
            }
        }
    }

    private void inputEnded() {
        inputEnded = true;
        switch (state) {
            // A client may send its requests, end, and then read the answers.
            case HEAD -> readRequests();
            case EXCHANGE -> {
                if (!exchange.isRequestEnd()) {
                    closeVisibly();
                }
            }
            case TUNNEL -> exchange.clientFinished();
            case LINGER -> {
                if (wire.isOutputShutdown()) {
                    channel.close();
                }
            }
            case CLOSED -> {}
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        state = State.CLOSED;
        timeout.cancel();
        http.loop().backlog().remove(backlog);
        releaseReceived();
        link.closed(this);
        exchange.clientGone();
        log.clientClosed();
    }

    private void releaseReceived() {
        if (received != null) {
            received.release();
            received = null;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (Faults.isOfConnection(cause)) {
            LOG.debug("connection of {} broke", link.endpoints(), cause);
            breakTunnel();
            channel.close();
        } else {
            exchange.failed(cause);
        }
    }

    @Override
    public void outOfMemory() {
        if (state != State.CLOSED && link.resetOutOfMemory()) {
            log.reason(Reasons.BUFFER_MEMORY);
            breakTunnel();
        }
    }

    private void timedOut() {
        switch (state) {
            case HEAD -> {
                if (partialHead) {
                    headOnly = false;
                    refuseAndClose(Refusal.SLOW_HEAD);
                } else {
                    closeUnlessTaken();
                }
            }
            case EXCHANGE -> {
                if (answering) {
                    answerTimedOut();
                } else if (!exchange.isRequestEnd() && exchange.takesBody()) {
                    if (ListenerLimits.holdsReading(channel)) {
                        timeout.set(http.readClock(), table.requestNanos());
                    } else {
                        exchange.abort();
                        refuseAndClose(Refusal.SLOW_BODY);
                    }
                } else {
                    exchange.timedOut();
                }
            }
            case LINGER -> closeUnlessTaken();
            case TUNNEL -> {
                if (waitsForBandwidth()) {
                    touchTunnel();
                } else {
                    channel.close();
                }
            }
            case CLOSED -> {}
        }
    }

    private boolean waitsForBandwidth() {
        return ListenerLimits.holdsWriting(channel) || ListenerLimits.holdsReading(channel);
    }

    private void answerTimedOut() {
        if (waitsForBandwidth()) {
            awaitNextByte(); // what there is waits for bandwidth
        } else if (!reader.hasAll()) {
            awaitsClient = true;
            closeUnlessTaken();
        } else if (awaitsClient) {
            awaitNextByte(); // it has taken all: now it is its server's turn
        } else {
            exchange.stalled();
        }
    }

    /** Answers go on for as long as the client takes of them; one that takes nothing must not keep them for ever. */
    private void closeUnlessTaken() {
        if (reader.hasAll()) {
            channel.close();
            return;
        }
        long now = http.readClock();
        if (reader.idleNanos(now) < table.requestNanos()) {
            timeout.set(now, Math.min(table.idleNanos(), table.requestNanos()));
            return;
        }
        listener.countRefusal(SLOW_READ);
        if (state == State.EXCHANGE) {
            log.reason(SLOW_READ);
        }
        wire.reset();
    }

    // The listener's time is over

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

    /** The next answer says that the connection closes; an idle one is closed by its timeout, since a request may be on its way. */
    @Override
    public void drain() {}

    @Override
    public void end(End how) {
        log.cut(Reasons.DRAINING);
        if (how == End.RESET) {
            wire.reset();
        } else {
            closeVisibly();
        }
    }

    /** An answer whose end is that of the connection must not look whole. */
    private void closeVisibly() {
        if (answerUntilClose && (state == State.EXCHANGE || !reader.hasAll())) {
            wire.reset();
        } else {
            channel.close();
        }
    }
}
