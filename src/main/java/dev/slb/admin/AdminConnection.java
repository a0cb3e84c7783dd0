package dev.slb.admin;

import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;

/** One connection to an admin port: one request after the other. On the port's thread only. */
final class AdminConnection {

    private enum State {
        /** Nothing of a request is there. */
        IDLE,
        /** A part of a head. */
        HEAD,
        /** Somebody builds, or waits for something to tell. */
        BUSY,
        ANSWERING,
        /** All is said, and the client is to end: closed before it does, what it has sent meanwhile would reset the answer. */
        ENDING,
        CLOSED
    }

    private static final int MAX_HEAD = 8 * 1024;
    private static final int ANSWERS_AT_ONCE = 16;
    private static final int WRITES_AT_ONCE = 8;
    private static final long ENDING_NANOS = 2_000_000_000L;
    private static final byte[] NOTHING = {};

    private final AdminPort port;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final InetAddress source;
    private final boolean reserved;

    private State state = State.IDLE;
    /** When it began to wait for a request. */
    private long waitingSince;

    private long deadline;
    private boolean hasAsked;

    /** What has come and is not yet looked at: at most a head. */
    private byte[] in = NOTHING;

    private boolean keepAlive;
    /** Whether its request is a poll that has not been told yet; the poll, once it has begun. */
    private boolean polls;

    private Held held;
    /** Ends what is going on for its request. */
    private Runnable ending;

    private AdminAnswer answer;
    private boolean holdsAnswer;
    private byte[] answerHead;
    private int sent;

    private record Held(CompletableFuture<Void> future, AdminWork.Build then) {}

    AdminConnection(AdminPort port, SocketChannel channel, SelectionKey key, InetAddress source, boolean reserved) {
        this.port = port;
        this.channel = channel;
        this.key = key;
        this.source = source;
        this.reserved = reserved;
        this.waitingSince = System.nanoTime();
        this.deadline = waitingSince + port.limits().head().toNanos();
    }

    InetAddress source() {
        return source;
    }

    boolean isReserved() {
        return reserved;
    }

    /** Whether nothing is due to its client: it has not asked, or has all of its answer. */
    boolean isWaiting() {
        return state == State.IDLE || state == State.HEAD || state == State.ENDING;
    }

    long waitingSince() {
        return waitingSince;
    }

    boolean isPolling() {
        return polls;
    }

    void ready() throws IOException {
        if (key.isValid() && key.isReadable()) {
            read();
        }
        if (key.isValid() && key.isWritable() && state == State.ANSWERING) {
            write();
            advance();
        }
    }

    void read() throws IOException {
        ByteBuffer buffer = port.readBuffer();
        buffer.clear().limit(MAX_HEAD - (state == State.ENDING ? 0 : in.length));
        int count = channel.read(buffer);
        if (count < 0) {
            close();
        } else if (count > 0 && state != State.ENDING) {
            buffer.flip();
            int before = in.length;
            in = Arrays.copyOf(in, before + count);
            buffer.get(in, before, count);
            advance();
        }
    }

    /** Serves what has come, but no more than a few at once: others have a turn in between. */
    void advance() {
        for (int i = 0; i < ANSWERS_AT_ONCE && hasRequest(); i++) {
            serve();
        }
        if (hasRequest()) {
            port.execute(this::advance);
        }
        setInterest();
    }

    private void setInterest() {
        if (state == State.CLOSED) {
            return;
        }
        int interest = switch (state) {
            case IDLE, HEAD -> in.length < MAX_HEAD ? SelectionKey.OP_READ : 0;
            // One read more, which tells when the client goes; what comes behind waits.
            case BUSY -> in.length == 0 ? SelectionKey.OP_READ : 0;
            case ANSWERING -> SelectionKey.OP_WRITE;
            case ENDING -> SelectionKey.OP_READ;
            case CLOSED -> 0;
        };
        if (key.interestOps() != interest) {
            key.interestOps(interest);
        }
    }

    /** Whether there is a request to serve, and nobody to wait for. */
    private boolean hasRequest() {
        if (state != State.IDLE && state != State.HEAD || in.length == 0) {
            return false;
        }
        if (state == State.IDLE) {
            state = State.HEAD;
            if (hasAsked) {
                deadline = System.nanoTime() + port.limits().head().toNanos();
            }
        }
        return in.length >= MAX_HEAD || endOfHead() > 0;
    }

    /** The first byte behind the head, 0 when it has no end yet. */
    private int endOfHead() {
        for (int i = 1; i < in.length; i++) {
            if (in[i] == '\n' && (in[i - 1] == '\n' || i > 1 && in[i - 1] == '\r' && in[i - 2] == '\n')) {
                return i + 1;
            }
        }
        return 0;
    }

    private void serve() {
        hasAsked = true;
        int end = endOfHead();
        if (end == 0) {
            refuse(AdminRefusal.BAD_REQUEST, 431, "more than " + MAX_HEAD + " bytes");
            return;
        }
        String head = new String(in, 0, end, StandardCharsets.ISO_8859_1).stripTrailing();
        in = end == in.length ? NOTHING : Arrays.copyOfRange(in, end, in.length);
        AdminRequest request;
        try {
            request = AdminRequest.parse(head);
        } catch (IllegalArgumentException e) {
            refuse(AdminRefusal.BAD_REQUEST, 400, "not an HTTP request");
            return;
        }
        keepAlive = request.keepAlive() && !reserved;
        if (!request.isGet()) {
            answer(AdminAnswer.line(405, "only GET"));
        } else {
            serve(port.routes().open(request));
        }
    }

    private void refuse(AdminRefusal why, int status, String line) {
        port.counts().refused(why);
        keepAlive = false;
        in = NOTHING;
        answer(AdminAnswer.line(status, line));
    }

    private void serve(AdminWork work) {
        if (work instanceof AdminWork.Now now) {
            answer(now.answer());
        } else if (reserved) {
            refuse(AdminRefusal.RESERVE_LIMIT, 503, "too many connections");
        } else if (work instanceof AdminWork.Build build) {
            build(build);
        } else if (port.mayPoll(source)) {
            hold((AdminWork.Hold) work);
        } else {
            port.counts().refused(AdminRefusal.POLL_LIMIT);
            answer(AdminAnswer.line(503, "too many polls"));
        }
    }

    private void build(AdminWork.Build build) {
        AdminAnswer fresh = port.builds().fresh(build);
        if (fresh != null) {
            answer(fresh);
            return;
        }
        state = State.BUSY;
        ending = port.builds().ask(build, built -> {
            ending = null;
            answer(built);
            advance();
        });
    }

    private void hold(AdminWork.Hold hold) {
        state = State.BUSY;
        polls = true;
        deadline = System.nanoTime() + hold.atMost().toNanos();
        ending = port.builds().begin(hold, future -> {
            ending = () -> future.cancel(false);
            held = new Held(future, hold.then());
            Held begun = held;
            future.whenComplete((nothing, failure) -> port.execute(() -> {
                if (held == begun) {
                    tell();
                }
            }));
        });
    }

    private void tell() {
        Held told = held;
        held = null;
        ending = null;
        polls = false;
        told.future.cancel(false);
        build(told.then);
        advance();
    }

    private void answer(AdminAnswer given) {
        answer = given;
        answerHead = given.head(keepAlive);
        sent = 0;
        state = State.ANSWERING;
        deadline = System.nanoTime() + port.limits().answer().toNanos();
        try {
            write();
        } catch (IOException e) {
            close();
        }
        if (state == State.ANSWERING) {
            holdsAnswer = true;
            port.unread().hold(given);
        }
    }

    private void write() throws IOException {
        int all = answerHead.length + answer.body().length;
        ByteBuffer buffer = port.writeBuffer();
        for (int i = 0; i < WRITES_AT_ONCE && sent < all; i++) {
            buffer.clear();
            if (sent < answerHead.length) {
                buffer.put(answerHead, sent, answerHead.length - sent);
            }
            int from = Math.max(0, sent - answerHead.length);
            buffer.put(answer.body(), from, Math.min(buffer.remaining(), answer.body().length - from));
            int count = channel.write(buffer.flip());
            sent += count;
            if (buffer.hasRemaining()) {
                return;
            }
        }
        if (sent == all) {
            answered();
        }
    }

    private void answered() throws IOException {
        release();
        answerHead = null;
        waitingSince = System.nanoTime();
        if (keepAlive) {
            state = State.IDLE;
            deadline = waitingSince + port.limits().idle().toNanos();
        } else {
            state = State.ENDING;
            deadline = waitingSince + ENDING_NANOS;
            in = NOTHING;
            channel.shutdownOutput();
        }
    }

    private void release() {
        if (holdsAnswer) {
            holdsAnswer = false;
            port.unread().release(answer);
        }
        answer = null;
    }

    /** Whether it has an answer that its client does not take. */
    boolean isUnread() {
        return holdsAnswer;
    }

    long deadline() {
        return deadline;
    }

    void tick(long now) {
        if (now - deadline < 0) {
            return;
        }
        switch (state) {
            case IDLE -> {
                if (hasAsked) {
                    close();
                } else {
                    end(AdminRefusal.HEAD_TIMEOUT);
                }
            }
            case HEAD -> end(AdminRefusal.HEAD_TIMEOUT);
            case BUSY -> {
                if (held != null) {
                    tell();
                }
            }
            case ANSWERING -> end(AdminRefusal.ANSWER_TIMEOUT);
            case ENDING -> close();
            case CLOSED -> {}
        }
    }

    /** With a reset where something is owed, so that the kernel keeps nothing for it; who has his answer keeps that. */
    void end(AdminRefusal why) {
        port.counts().refused(why);
        try {
            if (state == State.HEAD || state == State.ANSWERING) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
        } catch (IOException e) {
            // It is broken, and closed below.
        }
        close();
    }

    void close() {
        if (state == State.CLOSED) {
            return;
        }
        release();
        state = State.CLOSED;
        polls = false;
        held = null;
        in = NOTHING;
        if (ending != null) {
            ending.run();
            ending = null;
        }
        port.closed(this);
        key.cancel();
        try {
            channel.close();
        } catch (IOException e) {
            // Nobody needs it any more.
        }
    }
}
