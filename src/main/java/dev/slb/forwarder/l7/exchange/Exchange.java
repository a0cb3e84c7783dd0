package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.l7.head.ConnectionLogin;
import dev.slb.forwarder.l7.head.Interims;
import dev.slb.forwarder.l7.head.Method;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.l7.rewrite.AnswerGzip;
import dev.slb.forwarder.l7.route.HttpTable;
import dev.slb.forwarder.proxy.ProxyHeaderSender;
import dev.slb.forwarder.table.Endpoints;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Member;
import dev.slb.forwarder.table.TargetRuntime;
import dev.slb.forwarder.table.Tracked;
import dev.slb.forwarder.table.Usage;
import dev.slb.forwarder.transport.Buffers;
import dev.slb.forwarder.transport.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;

import java.util.concurrent.TimeUnit;

/**
 * One request and its answer: tries it on servers ({@link Attempts}), again where that is safe ({@link SentRequest}), and
 * joins both legs. A client connection uses the same object for one request after the other.
 *
 * <p>What is safe (docs/architecture.md, "One request"): a connection that can't be made means the next server, three attempts in
 * all. A request that was sent is sent again only while nothing was answered, if it is still here as a whole, and if it is
 * idempotent or the server has certainly not begun with it.
 *
 * <p>What a {@link ConnectionLogin} was seen on is the client connection's own, see {@link ClientLogin}.
 */
public final class Exchange implements ServerLeg.Carried, Tracked {

    /**
     * A server that closes an idle connection just as a request is on its way leaves us not knowing whether it worked on
     * it. What can't be sent again is therefore sent over connections that were used a moment ago, or over new ones.
     */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    private enum State {
        IDLE,
        /** No server is known yet, since none of the group has a verdict. */
        AWAITING_VERDICT,
        CONNECTING,
        /** Sent, or being sent; nothing of an answer yet but interim ones. */
        SENT,
        ANSWERING,
        TUNNEL
    }

    private final ListenerRuntime listener;
    private final ClientLeg client;
    private final Endpoints endpoints;
    private final RequestLog log;
    private final HttpLoop http;
    private final Loop loop;

    private State state = State.IDLE;
    /** Counts requests, so that a task that comes late finds that its request is over. */
    private int generation;

    private HttpTable table;
    private TargetRuntime target;
    private boolean idempotent;
    private boolean headOnly;
    private boolean upgrade;
    private boolean toHttp10;

    private final SentRequest request = new SentRequest();
    private boolean requestEnd;
    private final Interims interims = new Interims();
    /** Null when this answer is in no case compressed. */
    private AnswerGzip gzip;

    private final Attempts attempts = new Attempts();
    private Member member;
    /** Of that member. */
    private Usage usage;

    private boolean counted;
    private ServerLeg server;

    /** Whether the request carries a part of a login. */
    private boolean login;

    /** Null until there is one. */
    private ClientLogin own;

    private int registryIndex = -1;

    /** For the requests of one client's connection or stream, one after the other. */
    public Exchange(ListenerRuntime listener, ClientLeg client, RequestLog log, HttpLoop http, Endpoints endpoints) {
        this.listener = listener;
        this.endpoints = endpoints;
        this.client = client;
        this.log = log;
        this.http = http;
        this.loop = http.loop();
    }

    /**
     * Sends a request to a server of this target.
     *
     * @param first the head as it goes out, perhaps with a part of the body
     * @param second more of the body, or null
     * @param end whether that is the whole request
     */
    public void begin(
            HttpTable table,
            TargetRuntime target,
            RequestHead head,
            ByteBuf first,
            ByteBuf second,
            boolean end,
            long now) {
        this.table = table;
        this.target = target;
        request.begin(first, second);
        idempotent = head.method().isIdempotent();
        headOnly = head.method() == Method.HEAD;
        upgrade = head.isForwardedUpgrade();
        toHttp10 = head.minorVersion() == 0;
        login = head.isConnectionLogin();
        gzip = AnswerGzip.of(loop.allocator(), http.deflaters(), http.writer(), log, table.gzip(), head);
        requestEnd = end;
        interims.begin();
        attempts.begin(target, http.cookies().find(target.cookies(), head));
        generation++;
        attempt(now);
    }

    private void attempt(long now) {
        while (attempts.areLeft()) {
            Member picked = attempts.next(own);
            if (picked == null) {
                noServer();
                return;
            }
            if (login && !mayLogIn(picked)) {
                fail(Refusal.CONNECTION_LOGIN);
                return;
            }
            attempts.count();
            Usage ofPicked = listener.usage(picked);
            if (ofPicked.begin(loop, this)) {
                member = picked;
                usage = ofPicked;
                counted = false;
                log.attempt(picked.server(), now);
                ServerLeg idle = idle(picked, now);
                if (idle != null) {
                    server = idle;
                    send();
                } else {
                    connect();
                }
                return;
            }
            if (own != null) {
                own.closeTo(picked);
            }
            attempts.exclude(picked);
        }
        fail(attempts.failure());
    }

    /** A connection to this server that is there already, or null. */
    private ServerLeg idle(Member picked, long now) {
        ServerLeg taken = own == null ? null : own.take(picked);
        if (taken != null) {
            return taken;
        }
        if (table.proxyToServers() != null) {
            return null;
        }
        return http.legs().take(picked.server(), http, now - (idempotent ? ServerLegs.MAX_IDLE_NANOS : FRESH_NANOS));
    }

    /** The client may have more of the body by now. */
    private void attemptLate(long now) {
        attempt(now);
        if (state == State.SENT) {
            client.bodyWanted();
        }
    }

    private boolean mayLogIn(Member on) {
        return client.mayLogIn() && http.legs().canBeOwn(on.server());
    }

    private void makeOwn() {
        if (own == null) {
            own = new ClientLogin(loop);
        }
        own.begin(server, usage, target);
    }

    private void noServer() {
        if (state != State.AWAITING_VERDICT
                && target.awaitsVerdict()) { // perhaps the group is new since an attempt failed
            state = State.AWAITING_VERDICT;
            int asked = generation;
            target.awaitVerdict(loop.eventLoop(), () -> {
                if (asked == generation && state == State.AWAITING_VERDICT) {
                    verdictCame();
                }
            });
        } else if (attempts.isRetry()) {
            fail(target.isPausing() ? Refusal.SERVERS_PAUSED : attempts.failure());
        } else {
            String reason = target.reason();
            finish();
            client.refuse(503, reason);
        }
    }

    private void verdictCame() {
        try {
            attemptLate(loop.nanoTime());
        } catch (Throwable e) {
            failed(e);
        }
    }

    private void connect() {
        state = State.CONNECTING;
        server = http.legs().create(member.server(), http);
        server.connect(this, table.connectMillis());
    }

    @Override
    public ChannelHandler proxyHeader() {
        return table.proxyToServers() == null ? null : new ProxyHeaderSender(table.proxyToServers(), endpoints);
    }

    @Override
    public void connected() {
        send();
        client.bodyWanted();
    }

    @Override
    public void connectFailed(Refusal why) {
        server = null;
        tryNext(why);
    }

    private void send() {
        state = State.SENT;
        if (!counted) {
            counted = true;
            usage.countPick();
            if (attempts.isSticky(member)) {
                usage.countReturn();
            }
        }
        server.begin(this, headOnly, upgrade, toHttp10);
        if (login) {
            makeOwn();
        }
        request.send(server, idempotent);
    }

    /** More of the request's body. Only when {@link #takesBody}. */
    public void body(ByteBuf in, boolean end) {
        requestEnd = end;
        request.keepOrDrop(in, server);
        if (end) {
            server.send(in);
        } else {
            server.write(in);
        }
    }

    /** Whether more of the request's body may come now; when not, {@link ClientLeg#bodyWanted} follows. */
    public boolean takesBody() {
        return state.compareTo(State.SENT) >= 0 && server.isWritable();
    }

    /** What was passed of the request in this turn of the event loop is all for now. */
    public void flushServer() {
        if (server != null) {
            server.flush();
        }
    }

    @Override
    public boolean isRequestEnd() {
        return requestEnd;
    }

    /** An answer has begun, one that is not interim: it is too late for another. */
    public boolean isAnswered() {
        return state == State.ANSWERING || state == State.TUNNEL;
    }

    /** What a client sends after its protocol was switched. */
    public void tunnel(ByteBuf in) {
        server.write(in);
    }

    /** The client has sent its last byte of what is not HTTP. */
    public void clientFinished() {
        server.shutdownOutput();
    }

    /** The client's connection broke: what is not HTTP must not look as if it had ended. */
    public void clientBroke() {
        ServerLeg broken = server;
        tunnelEnded();
        broken.reset();
    }

    private void tunnelEnded() {
        server = null;
        log.attemptEnded(loop.nanoTime());
        finish();
    }

    // What the server's leg reports

    @Override
    public void interim(ResponseHead head, ByteBuf in) {
        request.drop();
        if (interims.add(head)) {
            client.interim(head, in);
        } else {
            in.release();
            fail(Refusal.TOO_MANY_INTERIM_ANSWERS);
        }
    }

    @Override
    public void answer(ResponseHead head, ByteBuf in, boolean framed, boolean end, boolean reusable) {
        request.drop();
        member.server().failures().succeeded();
        log.attemptAnswered(head.status());
        if (own != null) {
            own.answered(head.isLoginStep());
        }
        ByteBuf out = in;
        if (head.asksForConnectionLogin()) {
            if (mayLogIn(member)) {
                makeOwn();
                own.answered(head.isLoginStep());
            } else if (head.demandsConnectionLogin()) {
                in.release();
                fail(Refusal.CONNECTION_LOGIN);
                return;
            } else {
                ConnectionLogin.writeWithout(head, http.writer());
                out = http.writer().replaceHead(head, in);
            }
        }
        if (head.status() == 101) {
            state = State.TUNNEL;
        } else {
            state = State.ANSWERING;
        }
        out = rewritten(head, out, end);
        boolean outFramed = framed || isCompressing();
        if (end) {
            releaseServer(reusable);
        }
        client.answer(head, out, outFramed, end);
    }

    private ByteBuf rewritten(ResponseHead head, ByteBuf in, boolean end) {
        ByteBuf out = in;
        try {
            out = http.cookies().rewrite(target.cookies(), member, head, out);
            out = gzip == null ? out : gzip.answer(head, out, end);
            http.cookies().insert(target.cookies(), member, attempts.isSticky(member), head);
            http.dates().answer(head);
            return out;
        } catch (RuntimeException | Error e) {
            if (out.refCnt() > 0) { // nobody else has it yet
                out.release();
            }
            throw e;
        }
    }

    @Override
    public void answerBody(ByteBuf in, boolean end, boolean reusable) {
        ByteBuf out = isCompressing() ? gzip.body(in, end) : in;
        if (end) {
            releaseServer(reusable);
        }
        if (out != null) {
            client.answerBody(out, end);
        }
    }

    @Override
    public void answerTrailers(ByteBuf trailers) {
        if (isCompressing()) {
            client.answerBody(gzip.body(Unpooled.EMPTY_BUFFER, true), false);
        }
        releaseServer(true);
        client.answerTrailers(trailers);
    }

    private boolean isCompressing() {
        return gzip != null && gzip.isActive();
    }

    @Override
    public void flushClient() {
        if (isCompressing()) {
            ByteBuf out = gzip.flush();
            if (out != null) {
                client.answerBody(out, false);
            }
        }
        client.flush();
    }

    @Override
    public boolean isClientWritable() {
        return client.isWritable();
    }

    @Override
    public void serverWritable() {
        client.bodyWanted();
    }

    /** The client takes more of the answer again. */
    public void clientWritable() {
        if (server != null) {
            server.readMore();
        }
    }

    @Override
    public void serverFinished() {
        client.serverFinished();
    }

    @Override
    public void tunnelClosed(boolean broken) {
        tunnelEnded();
        client.tunnelClosed(broken);
    }

    @Override
    public void answerBodyEnd() {
        server = null;
        log.attemptEnded(http.readClock());
        ByteBuf last = isCompressing() ? gzip.body(Unpooled.EMPTY_BUFFER, true) : Unpooled.EMPTY_BUFFER;
        finish();
        client.answerBody(last, true);
    }

    @Override
    public void serverLost(boolean stale, boolean begun) {
        serverGone(Refusal.SERVER_CLOSED, stale, begun);
    }

    @Override
    public void serverTlsFailed() {
        serverGone(Refusal.SERVER_TLS_FAILED, false, false);
    }

    @Override
    public void serverRefused(boolean stale) {
        server = null;
        if (isUnansweredAndWhole()) {
            attempts.refusedBy(member);
            sendAgain(stale, Refusal.SERVER_REFUSED);
        } else {
            fail(Refusal.SERVER_REFUSED);
        }
    }

    @Override
    public void serverCancelled(boolean stale) {
        serverGone(Refusal.SERVER_CANCELLED, stale, false);
    }

    @Override
    public void serverSilent(boolean stale) {
        serverGone(Refusal.SERVER_SILENT, stale, false);
    }

    private void serverGone(Refusal why, boolean stale, boolean begun) {
        server = null;
        if (begun || !canRepeat()) {
            fail(why);
        } else {
            sendAgain(stale, why);
        }
    }

    /** Whether no server has it now, or it does no harm there twice. */
    private boolean canRepeat() {
        return state == State.CONNECTING || idempotent && isUnansweredAndWhole();
    }

    private boolean isUnansweredAndWhole() {
        return state == State.SENT && request.isWhole();
    }

    /** @param stale then the same server is asked over a new connection */
    private void sendAgain(boolean stale, Refusal why) {
        if (stale && attempts.areLeft()) {
            attempts.count();
            request.rewind();
            connect();
        } else {
            tryNext(why);
        }
    }

    private void tryNext(Refusal why) {
        attempts.exclude(member, why);
        leaveMember();
        request.rewind();
        long now = loop.nanoTime();
        log.attemptEnded(now);
        attemptLate(now);
    }

    @Override
    public void invalidAnswer() {
        server = null;
        fail(Refusal.INVALID_ANSWER);
    }

    /** No answer in time. */
    public void timedOut() {
        if (state == State.CONNECTING || state == State.SENT && requestEnd) {
            member.server().failures().failed(Refusal.REQUEST_TIMEOUT.reason());
        }
        fail(Refusal.REQUEST_TIMEOUT);
    }

    /** The answer does not go on, nor the request, though the client has all that came. */
    public void stalled() {
        fail(Refusal.RESPONSE_IDLE);
    }

    @Override
    public void outOfMemory() {
        abort();
        client.outOfMemory();
    }

    private void fail(Refusal reason) {
        boolean answered = isAnswered();
        if (reason == Refusal.SERVER_CLOSED) {
            log.serverClosed();
        } else {
            log.cut(reason.reason());
        }
        abort();
        if (reason == Refusal.SERVER_CANCELLED && client.cancel(reason.reason())) {
            return;
        }
        if (answered) {
            client.breakOff();
        } else {
            client.refuse(reason.status(), reason.reason());
        }
    }

    @Override
    public void failed(Throwable cause) {
        if (Buffers.isExhausted(cause)) {
            outOfMemory();
            return;
        }
        loop.faults().tell(endpoints, cause);
        log.reason(Refusal.INTERNAL_ERROR.reason());
        try {
            abort();
        } catch (RuntimeException | Error again) {
            loop.faults().tell(endpoints, again);
        }
        client.failed();
    }

    /** The client is gone, or must not be served further: the server's connection is of no use any more. */
    public void abort() {
        ServerLeg lost = server;
        server = null;
        try {
            if (log.isAttempting()) {
                log.attemptEnded(loop.nanoTime());
            }
            finish();
        } finally {
            if (lost != null) {
                lost.abandon();
            }
        }
    }

    /** The client is gone for good: what runs is given up, and its login ends. */
    public void clientGone() {
        if (!isIdle()) {
            abort();
        }
        if (own != null) {
            own.close();
        }
    }

    private void releaseServer(boolean reusable) {
        ServerLeg released = server;
        server = null;
        boolean reuse = reusable && requestEnd;
        long now = http.readClock();
        log.attemptEnded(now);
        finish();
        released.release(reuse, now);
    }

    private void leaveMember() {
        if (member != null) {
            usage.finish(loop, this);
            member = null;
            usage = null;
        }
    }

    private void finish() {
        state = State.IDLE;
        leaveMember();
        if (gzip != null) {
            gzip.close();
            gzip = null;
        }
        request.end();
        attempts.end();
        table = null;
        target = null;
    }

    /** Whether there is no request. */
    public boolean isIdle() {
        return state == State.IDLE;
    }

    // The server's time is over

    @Override
    public int registryIndex() {
        return registryIndex;
    }

    @Override
    public void registryIndex(int index) {
        registryIndex = index;
    }

    /** What runs may end; the next request of this client finds another server anyway. */
    @Override
    public void drain() {}

    @Override
    public void end(End how) {
        try {
            serverEnds();
        } catch (Throwable e) {
            failed(e);
        }
    }

    private void serverEnds() {
        if (canRepeat()) {
            ServerLeg old = server;
            server = null;
            old.abandon();
            tryNext(Refusal.SERVER_CLOSED);
        } else {
            fail(Refusal.SERVER_CLOSED);
        }
    }
}
