package dev.slb.forwarder.l7.http1;

import dev.slb.forwarder.l7.exchange.ClientLogin;
import dev.slb.forwarder.l7.exchange.Exchange;
import dev.slb.forwarder.l7.exchange.HttpLoop;
import dev.slb.forwarder.l7.exchange.HttpSockets;
import dev.slb.forwarder.l7.exchange.OwnLeg;
import dev.slb.forwarder.l7.exchange.Wire;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.tls.Handshake;
import dev.slb.forwarder.tls.HandshakeFailure;
import dev.slb.forwarder.tls.TlsSession;
import dev.slb.forwarder.transport.Backlog;
import dev.slb.forwarder.transport.Buffers;
import dev.slb.forwarder.transport.ChannelBacklog;
import dev.slb.forwarder.transport.Faults;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.channels.ClosedChannelException;
import java.util.function.Consumer;

/** A connection to a server, which carries one {@link Exchange} after another and is in a {@link ServerPool} between them. */
public final class ServerConnection extends ChannelInboundHandlerAdapter implements OwnLeg {

    private static final Logger LOG = LoggerFactory.getLogger(ServerConnection.class);

    private enum State {
        IDLE,
        HEAD,
        BODY,
        TUNNEL
    }

    private final HttpLoop http;
    private final Server server;
    private SocketChannel channel;
    private Wire wire;
    private ChannelHandlerContext context;

    private State state = State.IDLE;
    private Carried exchange;
    private boolean upgrade;
    private final AnswerReader answers = new AnswerReader();

    /** Whether an exchange went over it before this one. */
    private boolean reused;

    /** It began with the address of a client. */
    private boolean ofOneClient;

    /** Of the client whose it is alone, since one was seen on it; else null. */
    private ClientLogin login;

    private int registryIndex = -1;

    private boolean inputEnded;
    private boolean outputEnded;
    private boolean pooled;
    private boolean failed;
    /** By an alert in place of its first answer. */
    private boolean refusedByTls;

    private long idleSince;
    /** What the server does not take. */
    private Backlog.Entry backlog;

    /** To be connected by {@link #connect}; whatever has an exchange for it does that at once. */
    public ServerConnection(Server server, HttpLoop http) {
        this.server = server;
        this.http = http;
    }

    @Override
    public void connect(Carried forExchange, int timeoutMillis) {
        exchange = forExchange;
        try {
            channel = http.transport().newSocketChannel(server.address());
        } catch (ChannelException e) {
            notConnected(
                    Refusal.CONNECT_FAILED, e); // no file descriptor is left, for instance: nobody's failure but ours
            return;
        }
        backlog = new ChannelBacklog(channel) {
            @Override
            protected void end() {
                outOfMemory();
            }
        };
        HttpSockets.server(channel, http.loop(), timeoutMillis);
        if (server.tls() == null) {
            wire = Wire.clear(channel);
        } else {
            channel.pipeline()
                    .addLast(
                            server.tls().newHandler(channel.alloc(), server.address()),
                            new ServerHandshake(timeoutMillis));
        }
        channel.pipeline().addLast(this);
        ChannelHandler proxyHeader = forExchange.proxyHeader();
        if (proxyHeader != null) {
            ofOneClient = true;
            channel.pipeline().addFirst(proxyHeader);
        }
        http.loop().eventLoop().register(channel);
        channel.connect(server.address()).addListener(future -> connectDone((ChannelFuture) future));
    }

    /** Runs a step that somebody outside has called for: what it throws ends the exchange that is here now. */
    private void guarded(Consumer<ServerConnection> step) {
        Carried its = exchange;
        try {
            step.accept(this);
        } catch (Throwable e) {
            fault(its, e);
        }
    }

    private void fault(Carried its, Throwable cause) {
        failed = true;
        if (its != null) {
            its.failed(cause);
        } else if (Buffers.isExhausted(cause)) { // again, of what was given up for that
            http.loop().buffers().exhausted("a connection to a server is closed");
        } else {
            http.loop().faults().tell(server, cause);
        }
        close();
    }

    private void connectDone(ChannelFuture done) {
        if (!done.isSuccess()) {
            channel.close();
            Throwable why = done.cause();
            guarded(connection -> connection.connectFailed(why));
        } else if (wire != null) {
            guarded(ServerConnection::connected);
        } // else the handshake follows
    }

    private void connected() {
        if (exchange != null) {
            exchange.connected();
        } else {
            close();
        }
    }

    private void connectFailed(Throwable cause) {
        connectFailed(
                cause instanceof ConnectTimeoutException ? Refusal.CONNECT_TIMEOUT : Refusal.CONNECT_FAILED, cause);
    }

    private void connectFailed(Refusal why, Throwable cause) {
        if (exchange != null) { // else it was given up
            server.failures().failed(why.reason());
        }
        notConnected(why, cause);
    }

    private void notConnected(Refusal why, Throwable cause) {
        if (exchange != null) {
            LOG.debug("no connection to {}: {}", server, why, cause);
            Carried waiting = exchange;
            exchange = null;
            waiting.connectFailed(why);
        }
    }

    private final class ServerHandshake extends Handshake {

        ServerHandshake(int timeoutMillis) {
            super(http.loop(), timeoutMillis);
        }

        @Override
        protected void secured(ChannelHandlerContext ctx, TlsSession session) {
            wire = Wire.secure(channel, session);
            ctx.pipeline().remove(this);
            guarded(ServerConnection::connected);
        }

        @Override
        protected void failed(ChannelHandlerContext ctx, HandshakeFailure why, Throwable cause) {
            channel.close();
            boolean timeout = why == HandshakeFailure.TIMEOUT;
            Refusal refusal = timeout ? Refusal.CONNECT_TIMEOUT : Refusal.SERVER_TLS_FAILED;
            guarded(connection -> connection.connectFailed(refusal, cause));
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void begin(Carried next, boolean headOnly, boolean upgrade, boolean toHttp10) {
        exchange = next;
        pooled = false;
        this.upgrade = upgrade;
        answers.begin(headOnly, toHttp10);
        state = State.HEAD;
    }

    @Override
    public boolean canTellNotBegun() {
        return false;
    }

    @Override
    public void belongTo(ClientLogin its) {
        login = its;
    }

    @Override
    public void write(ByteBuf out) {
        context.write(out, context.voidPromise());
        if (!channel.isWritable()) {
            context.flush(); // before it is held back
            http.loop().backlog().look(backlog);
        }
    }

    @Override
    public void send(ByteBuf out) {
        context.writeAndFlush(out, context.voidPromise());
    }

    @Override
    public void flush() {
        if (wire != null) { // else the TLS handler would begin its handshake before there is a connection
            context.flush();
            http.loop().backlog().look(backlog);
        }
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void readMore() {
        if (!channel.config().isAutoRead()) {
            channel.config().setAutoRead(true);
        }
    }

    /** Passes on the end of what the client sends, once all before it is sent. */
    @Override
    public void shutdownOutput() {
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            outputEnded = true; // a failure that matters has been told, or is about to be
            if (inputEnded) {
                close();
            } else {
                wire.shutdownOutput();
            }
        });
    }

    @Override
    public boolean isActive() {
        return channel.isActive();
    }

    /** When the last exchange over it ended, {@link Loop#nanoTime}. */
    long idleSince() {
        return idleSince;
    }

    @Override
    public void release(boolean reuse, long now) {
        exchange = null;
        state = State.IDLE;
        reused = true;
        idleSince = now;
        if (reuse && isClean() && isKept()) {
            readMore();
        } else {
            close();
        }
    }

    /** For the next request: of its client, or of anybody. */
    private boolean isKept() {
        if (login != null) {
            return login.keep(this);
        }
        pooled = !ofOneClient && ServerPool.of(server, http.loop()).offer(this);
        return pooled;
    }

    /** Alive, and all that was to be sent is sent: a server that answers early may still wait for the rest. */
    private boolean isClean() {
        ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
        return channel.isActive() && !failed && unsent != null && unsent.isEmpty();
    }

    @Override
    public void abandon() {
        exchange = null;
        state = State.IDLE;
        close();
    }

    @Override
    public void reset() {
        exchange = null;
        state = State.IDLE;
        wire.reset();
    }

    @Override
    public void close() {
        if (channel != null) {
            channel.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Carried its = exchange;
        try {
            read((ByteBuf) message);
        } catch (Throwable e) {
            fault(its, e);
        }
    }

    private void read(ByteBuf in) {
        switch (state) {
            case HEAD -> readHead(in);
            case BODY -> readBody(in);
            case TUNNEL -> exchange.answerBody(in, false, false);
            case IDLE -> {
                // Nobody asked, or whoever asked has gone.
                in.release();
                close();
            }
        }
        holdBack();
    }

    private void readHead(ByteBuf in) {
        ResponseHead head = http.response();
        answers.add(context.alloc(), in);
        while (state == State.HEAD) {
            switch (answers.next(head, http.writer())) {
                case NOTHING -> {
                    return;
                }
                case INVALID -> {
                    invalid();
                    return;
                }
                case SWITCH -> {
                    switchProtocol(head);
                    return;
                }
                case ANSWER -> {
                    readAnswer(head);
                    return;
                }
                case INTERIM -> exchange.interim(head, answers.takeHead(head));
            }
        }
        answers.release(); // an interim answer found the client gone
    }

    private void readAnswer(ResponseHead head) {
        ByteBuf answer = answers.takeAnswer(head);
        if (answers.isEnd()) {
            exchange.answer(head, answer, answers.isFramed(), true, answers.isReusable());
        } else {
            state = State.BODY;
            exchange.answer(head, answer, answers.isFramed(), false, false);
        }
    }

    private void switchProtocol(ResponseHead head) {
        if (!upgrade || !exchange.isRequestEnd()) {
            invalid();
            return;
        }
        state = State.TUNNEL;
        channel.config().setAllowHalfClosure(true);
        exchange.answer(head, answers.takeAnswer(head), true, false, false);
    }

    private void readBody(ByteBuf in) {
        ByteBuf part = answers.body(in);
        if (part == null) {
            invalid();
        } else {
            exchange.answerBody(part, answers.isEnd(), answers.isReusable());
        }
    }

    private void invalid() {
        LOG.debug("invalid answer from {}: {}", server, answers.refusal());
        answers.release();
        Carried failedExchange = exchange;
        exchange = null;
        state = State.IDLE;
        close();
        failedExchange.invalidAnswer();
    }

    private void holdBack() {
        if (exchange != null && !exchange.isClientWritable()) {
            exchange.flushClient(); // before the server is held back
            if (exchange != null && !exchange.isClientWritable()) {
                channel.config().setAutoRead(false);
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        guarded(ServerConnection::readComplete);
    }

    private void readComplete() {
        if (exchange != null && state.compareTo(State.BODY) >= 0) {
            exchange.flushClient();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        http.loop().backlog().look(backlog);
        guarded(ServerConnection::writabilityChanged);
    }

    private void writabilityChanged() {
        if (exchange != null && channel.isWritable()) {
            exchange.serverWritable();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        boolean close = wire.isClose(event);
        if (state == State.TUNNEL && exchange != null) {
            if ((close || wire.isInputEnd(event)) && !inputEnded) {
                inputEnded = true;
                exchange.serverFinished();
                if (outputEnded) {
                    close(); // else once the last of the client is written
                }
            }
        } else if (close) {
            close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        http.loop().backlog().remove(backlog);
        guarded(ServerConnection::closed);
    }

    private void closed() {
        boolean begun = answers.isInHead();
        answers.release();
        if (pooled) {
            pooled = false;
            ServerPool.of(server, http.loop()).remove(this);
        }
        if (exchange == null) {
            if (login != null) {
                login.closed(this);
            }
            return;
        }
        Carried lost = exchange;
        State before = state;
        exchange = null;
        state = State.IDLE;
        if (refusedByTls) {
            lost.serverTlsFailed();
        } else if (before == State.TUNNEL) {
            lost.tunnelClosed(failed || !inputEnded || !outputEnded);
        } else if (before == State.BODY && answers.isUntilClose() && !failed && wire.isEndTrusted()) {
            lost.answerBodyEnd();
        } else {
            // A client that does not send all of its request may be to blame.
            if (before == State.HEAD && !reused && lost.isRequestEnd()) {
                server.failures().failed(Refusal.SERVER_CLOSED.reason());
            }
            lost.serverLost(reused, begun);
        }
    }

    private void outOfMemory() {
        Carried lost = exchange;
        exchange = null;
        state = State.IDLE;
        close();
        if (lost != null) {
            lost.outOfMemory();
        }
    }

    // Its server's time is over while it waits for the next request of its client

    @Override
    public int registryIndex() {
        return registryIndex;
    }

    @Override
    public void registryIndex(int index) {
        registryIndex = index;
    }

    @Override
    public void drain() {
        login.drain();
    }

    @Override
    public void end(End how) {
        login.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // What the close itself leaves unwritten says nothing of what has come before it.
        failed |= !(cause instanceof ClosedChannelException);
        if (Faults.isOfConnection(cause)) {
            // After a failed read the transport closes; after a failed write an answer may still be there to read.
            LOG.debug("connection to {} broke", server, cause);
            boolean first = state == State.HEAD && !reused && !answers.isInHead();
            if (first && HandshakeFailure.isLateRefusal(cause)) {
                refusedByTls = true;
                close();
            } else if (state == State.TUNNEL) {
                close(); // it would end the input first, as if that were the server's word
            }
        } else {
            fault(exchange, cause);
        }
    }
}
