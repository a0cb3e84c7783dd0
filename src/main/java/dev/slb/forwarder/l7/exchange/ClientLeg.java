package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.l7.head.ConnectionLogin;
import dev.slb.forwarder.l7.head.ResponseHead;
import io.netty.buffer.ByteBuf;

/**
 * The client's side of an {@link Exchange}: a connection of HTTP/1, or a stream of HTTP/2. Everything happens on one
 * event loop. Buffers that are passed are handed over.
 */
public interface ClientLeg {

    /** Whether a {@link ConnectionLogin} may be its own: it has a connection for itself, with one request at a time. */
    boolean mayLogIn();

    /** The server can take more of the request's body, after it could not. */
    void bodyWanted();

    /** An interim answer (1xx but 101) that {@code in} consists of. */
    void interim(ResponseHead head, ByteBuf in);

    /**
     * The answer begins. After 101, what follows in both directions is not HTTP: {@link #answerBody} has it.
     *
     * @param in begins with the head, and goes on with what came of the body
     * @param framed whether the head tells where the body ends, rather than the connection
     * @param end whether that is all of the answer
     */
    void answer(ResponseHead head, ByteBuf in, boolean framed, boolean end);

    /** More of the answer's body; may be empty at its end. */
    void answerBody(ByteBuf in, boolean end);

    /**
     * The end of an answer whose trailers have no place in the form of HTTP/1, since its body has a length.
     *
     * @param trailers lines, each with its end
     */
    void answerTrailers(ByteBuf trailers);

    /** What was passed in this turn of the event loop is all for now. */
    void flush();

    /** Whether it takes more of the answer; {@link Exchange#clientWritable} follows when not. */
    boolean isWritable();

    /** There is no answer from a server, and nothing of one was passed, interim ones aside. */
    void refuse(int status, String reason);

    /** The answer that was begun can't be completed: the client must see that. */
    void breakOff();

    /** A fault of ours: whatever was answered or not, the request ends, and nothing else that others have a part in. */
    void failed();

    /**
     * The server has given the request up, whether it had begun to answer or not: tells the client the same.
     *
     * @return false when its protocol has no word for that
     */
    boolean cancel(String reason);

    /** The server has sent its last byte of what is not HTTP. */
    void serverFinished();

    /**
     * What is not HTTP is over on the server's side.
     *
     * @param broken before both sides had sent their last byte: the client must see that
     */
    void tunnelClosed(boolean broken);

    /** There is no memory for what this client does not take, or for more of its exchange: it is over, nobody being told of more. */
    void outOfMemory();
}
