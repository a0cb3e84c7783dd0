package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.head.AnswerRepair;
import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.Http2Headers;

/**
 * Reads the fields of answers of HTTP/2 as heads of HTTP/1. Traffic and checks read them with this, so that a verdict can't differ
 * from what requests meet.
 */
public final class AnswerFields {

    private AnswerFields() {}

    /**
     * Reads a head, interim ones included.
     *
     * @param end whether it is all of the answer
     * @param headOnly whether the request was one of HEAD
     * @param chunks whether a body without a length is to be announced as chunked
     * @param head is then a view of it
     * @return the head, and nothing else; null when it is malformed
     */
    public static ByteBuf read(
            Http2Headers fields,
            boolean end,
            boolean headOnly,
            boolean chunks,
            ResponseHead head,
            HeadWriter writer,
            ByteBufAllocator allocator) {
        int status = ToHttp1.status(fields);
        boolean interim = status < 200;
        if (interim && (status < 100 || status == 101 || end)) {
            return null;
        }
        boolean bodiless = interim || headOnly || status == 204 || status == 304;
        boolean lengthless = !bodiless && !ToHttp1.hasLength(fields);
        if (!ToHttp1.writeAnswer(fields, lengthless && !end && chunks, lengthless && end, writer.clear())) {
            return null;
        }
        ByteBuf written = writer.copy(allocator, 0);
        ByteBuf in = AnswerRepair.scan(head, written, headOnly, writer);
        if (in == null || end && !bodiless && head.contentLength() > 0) {
            written.release();
            return null;
        }
        return in;
    }

    /**
     * Whether these may be the trailers of an answer.
     *
     * @param writer has the lines of those that pass afterwards, behind what it had
     */
    public static boolean readTrailers(Http2Headers trailers, HeadWriter writer) {
        return ToHttp1.writeTrailers(trailers, writer);
    }
}
