package dev.slb.forwarder.l7.http1;

import dev.slb.forwarder.l7.head.AnswerRepair;
import dev.slb.forwarder.l7.head.Ascii;
import dev.slb.forwarder.l7.head.Body;
import dev.slb.forwarder.l7.head.ChunkReader;
import dev.slb.forwarder.l7.head.HeadEnd;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.head.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.ByteToMessageDecoder;

/**
 * Reads the answers that come over a connection to a server of HTTP/1, one after the other. Traffic and checks read them with
 * this, so that a verdict can't differ from what requests meet.
 */
public final class AnswerReader {

    /** What {@link #next} has found. */
    public enum Found {
        /** The head of an answer has not ended. */
        NOTHING,
        /** An answer ahead of the real one: {@link #takeHead} has it, and another follows. */
        INTERIM,
        /** The answer: {@link #takeAnswer}. */
        ANSWER,
        /** From here on it is not HTTP any more: {@link #takeAnswer} has the head and what came after it. */
        SWITCH,
        /** What it is not, {@link #refusal} says. */
        INVALID
    }

    /** Empty lines before an answer: what a server has sent too much after the one before. */
    private static final int MAX_EMPTY_LINES = 4;

    private final HeadEnd headEnd = new HeadEnd();
    private final Body body = new Body();
    private ByteBuf received;
    private boolean partial;
    private int emptyLines;
    private boolean headOnly;
    private boolean toHttp10;

    /** Not null where the body comes in chunks, and goes on without. */
    private ChunkReader unchunked;

    private int bodyEnd;
    private boolean framed;
    private boolean reusable;
    private Refusal refusal;

    /**
     * A request was sent, or is about to be.
     *
     * @param headOnly whether it is one of HEAD
     * @param toHttp10 whether the answer is for somebody who knows no chunks
     */
    public void begin(boolean headOnly, boolean toHttp10) {
        this.headOnly = headOnly;
        this.toHttp10 = toHttp10;
        reusable = true;
        emptyLines = 0;
        partial = false;
        unchunked = null;
        refusal = null;
    }

    /** More has come, before the answer's head was complete. Handed over. */
    public void add(ByteBufAllocator allocator, ByteBuf in) {
        received = received == null ? in : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(allocator, received, in);
    }

    /**
     * Looks at what was added.
     *
     * @param head is then a view of what was found
     * @param writer is used for heads that have to be changed
     */
    public Found next(ResponseHead head, HeadWriter writer) {
        if (received == null || !skipEmptyLines()) {
            return refusal == null ? Found.NOTHING : Found.INVALID;
        }
        if (partial && !headEnd.isIn(received) && received.readableBytes() <= ResponseHead.MAX_BYTES) {
            return Found.NOTHING;
        }
        ByteBuf scanned = AnswerRepair.scan(head, received, headOnly, writer);
        if (scanned == null) {
            if (head.refusal() != null) {
                return invalid(head.refusal());
            }
            partial = true;
            headEnd.reset();
            return Found.NOTHING;
        }
        received = scanned;
        partial = false;
        reusable &= !head.isRepaired();
        if (head.isInterim()) {
            return Found.INTERIM;
        }
        return head.status() == 101 ? Found.SWITCH : answer(head, writer);
    }

    private Found invalid(Refusal why) {
        refusal = why;
        return Found.INVALID;
    }

    private boolean skipEmptyLines() {
        ByteBuf in = received;
        while (in.isReadable() && in.getByte(in.readerIndex()) == Ascii.CR) {
            if (in.readableBytes() == 1) {
                return false;
            }
            if (in.getByte(in.readerIndex() + 1) != Ascii.LF || ++emptyLines > MAX_EMPTY_LINES) {
                invalid(Refusal.INVALID_LINE_END);
                return false;
            }
            in.skipBytes(2);
            reusable = false;
        }
        return in.isReadable();
    }

    private Found answer(ResponseHead head, HeadWriter writer) {
        reusable &= head.isKeepAlive();
        frame(head);
        framed = !body.isUntilClose();
        if (head.isChunked() && toHttp10) {
            framed = body.isEnd();
            unchunked = framed ? null : new ChunkReader();
            received = AnswerRepair.withoutChunks(head, received, headOnly, writer);
        }
        bodyEnd = body.scan(received, received.readerIndex() + head.length());
        return body.isInvalid() ? invalid(Refusal.INVALID_CHUNK) : Found.ANSWER;
    }

    private void frame(ResponseHead head) {
        if (headOnly || head.isBodiless() || head.status() == 304) {
            body.none();
        } else if (head.isChunked()) {
            body.chunked(head);
        } else if (head.contentLength() >= 0) {
            body.length(head.contentLength());
        } else {
            body.untilClose();
        }
    }

    /** Why the answer is invalid. */
    public Refusal refusal() {
        return refusal;
    }

    /** The head that was found, and nothing else. */
    public ByteBuf takeHead(ResponseHead head) {
        return received.readableBytes() == head.length() ? takeAll() : received.readRetainedSlice(head.length());
    }

    /** The head that was found, and what has come of the body; after a switch, all that has come. */
    ByteBuf takeAnswer(ResponseHead head) {
        ByteBuf in = takeAll();
        return head.status() == 101 ? in : passing(in, bodyEnd, head.length());
    }

    private ByteBuf takeAll() {
        ByteBuf in = received;
        received = null;
        return in;
    }

    /**
     * More of the answer's body.
     *
     * @param in handed over
     * @return what goes on of it; null when it is {@link Found#INVALID}
     */
    public ByteBuf body(ByteBuf in) {
        int end = body.scan(in, in.readerIndex());
        if (body.isInvalid()) {
            in.release();
            invalid(Refusal.INVALID_CHUNK);
            return null;
        }
        return passing(in, end, 0);
    }

    /** What follows an answer was not asked for: it is not passed on, and the connection is not used again. */
    private ByteBuf passing(ByteBuf in, int end, int headLength) {
        if (end < in.writerIndex()) {
            in.writerIndex(end);
            reusable = false;
        }
        ByteBuf part = body.pass(in);
        return unchunked == null ? part : withoutChunks(part, headLength);
    }

    private ByteBuf withoutChunks(ByteBuf part, int headLength) {
        ByteBuf out = part.alloc().ioBuffer(part.readableBytes());
        try {
            out.writeBytes(part, headLength);
            for (int bytes = unchunked.next(part); bytes > 0; bytes = unchunked.next(part)) {
                out.writeBytes(part, bytes);
            }
            return out;
        } finally {
            part.release();
        }
    }

    /** Whether all of the answer has come. */
    public boolean isEnd() {
        return body.isEnd();
    }

    /** Whether the head tells where the body ends, as it goes on, rather than the connection. */
    boolean isFramed() {
        return framed;
    }

    /** Whether the connection can carry another request, as far as the answer tells until now. */
    boolean isReusable() {
        return reusable;
    }

    /** Whether only the connection's end ends the answer. */
    boolean isUntilClose() {
        return body.isUntilClose();
    }

    /** Gives up what waits for more of a head. */
    public void release() {
        if (received != null) {
            takeAll().release();
        }
    }

    /** Whether a part of a head waits for more. */
    boolean isInHead() {
        return received != null;
    }
}
