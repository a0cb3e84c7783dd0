package dev.slb.forwarder.l7.exchange;

import io.netty.buffer.ByteBuf;

/** A request as it goes to a server, kept as long as it may have to go to another one. */
final class SentRequest {

    /** How much of a body behind the head is kept for a server that may refuse the request: a call of gRPC, as a rule. */
    private static final int MOST_KEPT = 16 * 1024;

    /** The head as it goes out, with as much of the body as follows it directly. Kept as long as it may be sent again. */
    private ByteBuf first;

    private int firstStart;
    private int firstEnd;
    /** More of the body, to be sent behind it. */
    private ByteBuf second;

    /** A copy of what was sent behind {@link #first}, null when nothing was; it is there as long as that is. */
    private ByteBuf sentBody;

    /**
     * A request is to be sent. Buffers are handed over.
     *
     * @param head as it goes out, perhaps with a part of the body
     * @param more of the body, or null
     */
    void begin(ByteBuf head, ByteBuf more) {
        first = head;
        firstStart = head.readerIndex();
        firstEnd = head.writerIndex();
        second = more;
    }

    /** @param repeatable whether it may be sent again whatever the server does with it */
    void send(ServerLeg server, boolean repeatable) {
        ByteBuf out = first;
        if (repeatable || server.canTellNotBegun()) {
            out.retain();
        } else {
            first = null;
        }
        if (second == null) {
            server.send(out);
        } else {
            ByteBuf rest = second;
            second = null;
            keepOrDrop(rest, server);
            server.write(out);
            server.send(rest);
        }
    }

    /**
     * More of the body goes out to this server. It is kept, as it may have to go again with its head; or head and all are dropped,
     * where the server can't say that it has not begun, or it is too much. Then the request is not whole any more, and
     * goes to no other server: with HTTP/1 that is so as soon as more of a body follows.
     */
    void keepOrDrop(ByteBuf in, ServerLeg server) {
        int bytes = in.readableBytes();
        if (first == null || bytes == 0) {
            return;
        }
        int before = sentBody == null ? 0 : sentBody.readableBytes();
        if (!server.canTellNotBegun() || before + bytes > MOST_KEPT) {
            drop();
            return;
        }
        if (sentBody == null) {
            sentBody = first.alloc().buffer(bytes, MOST_KEPT);
        }
        sentBody.writeBytes(in, in.readerIndex(), bytes);
    }

    /** Whether all that has gone out of it is still here. */
    boolean isWhole() {
        return first != null;
    }

    /** To be sent once more. A view of its own, since the connection that is given up may not have done with the old one. */
    void rewind() {
        ByteBuf again = first.retainedDuplicate().setIndex(firstStart, firstEnd);
        first.release();
        first = again;
        if (second == null) {
            second = sentBody;
            sentBody = null;
        }
    }

    /** What has gone out will not be sent again. */
    void drop() {
        if (first != null) {
            first.release();
            first = null;
        }
        if (sentBody != null) {
            sentBody.release();
            sentBody = null;
        }
    }

    /** The request is over: nothing of it is held on to. */
    void end() {
        drop();
        if (second != null) {
            second.release();
            second = null;
        }
    }
}
