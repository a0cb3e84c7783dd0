package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.limits.LimitReasons;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;

/** The small answers that a forwarder gives by itself. */
public final class OwnAnswer {

    /** Of the methods that may end here. */
    private static final String ALLOW = "Allow: OPTIONS\r\n";

    private OwnAnswer() {}

    /**
     * An answer that says why there is no other.
     *
     * @param reason also in the header {@code SLB-Reason}
     * @param headOnly the request was HEAD: the body is left out
     * @param lines header lines of this moment: its date, and what becomes of the connection
     */
    public static ByteBuf refusal(
            ByteBufAllocator allocator, int status, String reason, boolean headOnly, String lines) {
        String more = reason.equals(LimitReasons.REQUEST_RATE) ? "Retry-After: 1\r\n" : status == 405 ? ALLOW : "";
        return answer(allocator, status, "SLB-Reason: " + reason + "\r\n" + more, reason, headOnly, lines);
    }

    /** To OPTIONS, for us rather than for a server: there is nothing to tell. */
    public static ByteBuf options(ByteBufAllocator allocator, String lines) {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + lines + "\r\n";
        ByteBuf out = allocator.ioBuffer(head.length());
        ByteBufUtil.writeAscii(out, head);
        return out;
    }

    /** @param location absolute */
    public static ByteBuf redirect(
            ByteBufAllocator allocator, int status, String location, boolean headOnly, String lines) {
        return answer(allocator, status, "Location: " + location + "\r\n", "", headOnly, lines);
    }

    private static ByteBuf answer(
            ByteBufAllocator allocator, int status, String header, String detail, boolean headOnly, String lines) {
        String title = status + " " + HttpResponseStatus.valueOf(status).reasonPhrase();
        String body = title + (detail.isEmpty() ? "" : ": " + detail) + "\n";
        String head = "HTTP/1.1 " + title + "\r\n"
                + header
                + "Content-Type: text/plain\r\n"
                + "Content-Length: " + body.length() + "\r\n"
                + lines
                + "\r\n";
        ByteBuf out = allocator.ioBuffer(head.length() + body.length());
        ByteBufUtil.writeAscii(out, head);
        if (!headOnly) {
            ByteBufUtil.writeAscii(out, body);
        }
        return out;
    }
}
