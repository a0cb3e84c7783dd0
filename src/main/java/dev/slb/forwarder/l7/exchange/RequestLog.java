package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.accesslog.AccessEntry;
import dev.slb.forwarder.accesslog.ConnectionFields;
import dev.slb.forwarder.accesslog.LineEncoder;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.rewrite.AnswerGzip;
import dev.slb.forwarder.l7.route.HttpTable;
import dev.slb.forwarder.table.ListenerRuntime;
import dev.slb.forwarder.table.Server;
import dev.slb.forwarder.table.Traffic;
import dev.slb.plan.LogField;
import io.netty.buffer.ByteBuf;

/**
 * What is counted and logged of the requests of a client connection (HTTP/1) or stream (HTTP/2), one after the other: the
 * client's side tells it how a request comes and is answered, the {@link Exchange} which servers are tried. While the
 * listener has no access log nothing is gathered but counts.
 *
 * <p>Times are {@link HttpLoop#now}, as a rule what the caller has just read anyway.
 */
public final class RequestLog implements AnswerGzip.Meter {

    /** What is logged when the client went before it was answered, as NGINX has it. */
    private static final int CLIENT_CLOSED = 499;

    private static final String CLIENT_CLOSED_REASON = "ClientClosed";
    private static final String CUT_BY_SERVER = "AnswerCutByServer";
    private static final String CUT_BY_CLIENT = "AnswerCutByClient";
    /** Two line ends. */
    private static final int HEAD_END = 0x0d0a0d0a;

    private final ListenerRuntime listener;
    private final HttpLoop http;
    private final LoggedClient client;
    private final byte[] version;
    private final Traffic traffic;

    private boolean open;
    private boolean timed;
    private long begun;
    private int status;
    private String reason;

    private Server server;
    private int serverStatus;
    private long attemptBegun;

    /** Null while the listener has no access log; then what follows does not count. */
    private AccessEntry entry;

    private LineEncoder lines;
    private long requestBytes;
    private long requestRead;
    private long bodyBytes;
    private long answerBegun;

    /** @param version of HTTP; null: what the heads say */
    public RequestLog(ClientLink link, byte[] version) {
        this.listener = link.listener();
        this.http = link.http();
        this.client = link.logged();
        this.version = version;
        this.traffic = listener.traffic(http.loop());
    }

    // The client's side

    /** Bytes from the client, of whatever. */
    public void received(int bytes) {
        traffic.add(Traffic.Count.BYTES_IN, bytes);
    }

    /** Bytes to the client, of whatever. */
    public void sent(int bytes) {
        traffic.add(Traffic.Count.BYTES_OUT, bytes);
    }

    /** The first bytes of a request are here, but not its head as a whole. */
    public void headBegun(long now) {
        if (!timed) {
            timed = true;
            begun = now;
        }
    }

    /**
     * A request is here.
     *
     * @param head perhaps only as far as it was read before it was refused; null when nothing of it is known
     */
    public void begin(HttpTable table, RequestHead head) {
        open = true;
        status = 0;
        reason = null;
        lines = listener.lineEncoder();
        if (lines != null) {
            requestBytes = 0;
            requestRead = -1;
            bodyBytes = 0;
            answerBegun = -1;
            entry = listener.lines(http.loop()).entry();
            ConnectionFields fields = client.fields();
            fields.fill(entry, lines);
            if (head != null) {
                client.fill(head, version, table, lines, entry);
            }
        }
    }

    /** Whether a request has begun and not ended. */
    public boolean isOpen() {
        return open;
    }

    /** The request goes to a server. */
    public void forwarded(long now) {
        headBegun(now);
    }

    /** Bytes of the request, its head included. */
    public void request(int bytes, boolean end) {
        if (entry != null) {
            requestBytes += bytes;
            if (end && requestRead < 0) {
                long now = http.loop().nanoTime();
                headBegun(now);
                requestRead = now - begun;
            }
        }
    }

    /** A server's answer goes to the client. */
    public void answer(int answerStatus) {
        status = answerStatus;
        if (entry != null) {
            answerBegun = http.loop().nanoTime();
        }
    }

    /** Bytes of the answer's body go to the client. */
    public void body(int bytes) {
        bodyBytes += bytes;
    }

    @Override
    public void compressed(int before, int after) {
        traffic.add(Traffic.Count.GZIP_IN, before);
        traffic.add(Traffic.Count.GZIP_OUT, after);
    }

    /**
     * An answer of our own goes to the client.
     *
     * @param why null when it is none of the reasons for having no better one
     */
    public void ownAnswer(int ownStatus, String why, ByteBuf answer) {
        answer(ownStatus);
        reason = why;
        if (entry != null) {
            bodyBytes = answer.writerIndex() - endOfHead(answer);
        }
    }

    private static int endOfHead(ByteBuf answer) {
        int at = answer.readerIndex();
        while (answer.getInt(at) != HEAD_END) {
            at++;
        }
        return at + Integer.BYTES;
    }

    /** Why there is no answer of a server, or no end of one; the first counts. */
    public void reason(String why) {
        if (reason == null) {
            reason = why;
        }
    }

    /**
     * A server's answer may have begun and will not be completed: its status says nothing of that, so the reason is
     * counted. Without one that was begun it is no more than a {@link #reason}.
     */
    public void cut(String why) {
        if (reason == null && isAnswering()) {
            listener.countRefusal(why);
        }
        reason(why);
    }

    /** The server has gone: before its answer, or in the midst of it. */
    void serverClosed() {
        cut(isAnswering() ? CUT_BY_SERVER : Refusal.SERVER_CLOSED.reason());
    }

    /** What follows 101 has no end that is right or wrong. */
    private boolean isAnswering() {
        return open && status >= 200;
    }

    /** The answer is complete, or broken off. */
    public void end(long now) {
        if (!open) {
            return;
        }
        open = false;
        headBegun(now);
        timed = false;
        traffic.request(status, now - begun);
        if (entry != null) {
            write(now);
        }
    }

    /** The client has gone; nothing happens when its requests are answered. */
    public void clientClosed() {
        if (open) {
            if (status == 0) {
                reason(CLIENT_CLOSED_REASON);
            } else if (isAnswering()) {
                cut(CUT_BY_CLIENT);
            }
            end(http.loop().nanoTime());
        }
        timed = false;
    }

    private void write(long now) {
        AccessEntry line = entry;
        entry = null;
        line.number(LogField.REQUEST_LENGTH, requestBytes)
                .number(LogField.STATUS, status == 0 ? CLIENT_CLOSED : status)
                .number(LogField.BODY_BYTES_SENT, bodyBytes)
                .nanos(LogField.READ_REQUEST_TIME, requestRead)
                .nanos(LogField.REQUEST_TIME, now - begun)
                .nanos(LogField.WRITE_RESPONSE_TIME, answerBegun == -1 ? -1 : Math.max(0, now - answerBegun));
        if (reason != null && lines.uses(LogField.SLB_REASON)) {
            line.text(LogField.SLB_REASON, reason);
        }
        if (lines.uses(LogField.TCPINFO_RTT)) {
            line.number(LogField.TCPINFO_RTT, client.roundTripMicros(http));
        }
        listener.lines(http.loop()).write(line, lines);
    }

    // The servers' side

    /** A server is tried. */
    void attempt(Server tried, long now) {
        server = tried;
        serverStatus = 0;
        attemptBegun = now;
        if (entry != null && lines.uses(LogField.HOST) && !entry.isSet(LogField.HOST)) {
            entry.text(LogField.HOST, ConnectionFields.text(tried.address().getAddress()));
        }
    }

    /** It answers. */
    void attemptAnswered(int itsStatus) {
        serverStatus = itsStatus;
    }

    boolean isAttempting() {
        return server != null;
    }

    /** It has answered, or will not. */
    void attemptEnded(long now) {
        if (server == null) {
            return;
        }
        long nanos = now - attemptBegun;
        traffic.attempt(serverStatus, nanos);
        if (entry != null) {
            entry.attempt(server.addressText(), serverStatus, nanos);
        }
        server = null;
    }
}
