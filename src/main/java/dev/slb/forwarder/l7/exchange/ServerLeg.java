package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.l7.head.ConnectionLogin;
import dev.slb.forwarder.l7.head.Refusal;
import dev.slb.forwarder.l7.head.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;

/**
 * What carries an {@link Exchange} to a server: a connection of HTTP/1, or a stream of HTTP/2. Requests and answers have
 * the form of HTTP/1 in either case. Used on the event loop of the exchange, which it knows as what it carries only.
 */
public interface ServerLeg {

    /** Reports {@link Carried#connected} or {@link Carried#connectFailed}, perhaps at once. */
    void connect(Carried exchange, int timeoutMillis);

    /** An exchange starts; its request follows, the whole head first. */
    void begin(Carried exchange, boolean headOnly, boolean upgrade, boolean toHttp10);

    /** Whether the server may say, once it has a request, that it has not begun with it: {@link Carried#serverRefused}. */
    boolean canTellNotBegun();

    /** A {@link ConnectionLogin} was seen on it: it serves this client connection only, as long as both are there. */
    void belongTo(ClientLogin login);

    /** More of a request, to be flushed by {@link #flush}. */
    void write(ByteBuf out);

    /** The last of a request that there is for now. */
    void send(ByteBuf out);

    void flush();

    /** Whether more may be written; when not, {@link Carried#serverWritable} follows. */
    boolean isWritable();

    /** The client takes more of the answer again. */
    void readMore();

    /** Passes on the end of what the client sends after a switch of protocols. */
    void shutdownOutput();

    /**
     * The answer is complete.
     *
     * @param reuse whether the request is, too
     */
    void release(boolean reuse, long now);

    /** The exchange is given up. */
    void abandon();

    /** What follows a switch of protocols is broken off by the client: the server has to see that it is not an end. */
    void reset();

    /**
     * What a leg carries: it is told what comes of it. Buffers that are passed are handed over.
     */
    interface Carried {

        /**
         * What a new connection to a server has to begin with; null: nothing. One that has begun with a client's address is
         * for this request only.
         */
        ChannelHandler proxyHeader();

        /** The connection that was asked for is there. */
        void connected();

        /** It could not be made. */
        void connectFailed(Refusal why);

        /** Whether all of the request was passed on. */
        boolean isRequestEnd();

        /** More may be written, after it could not. */
        void serverWritable();

        /** An interim answer (1xx but 101) that {@code in} consists of. */
        void interim(ResponseHead head, ByteBuf in);

        /**
         * The answer begins. After 101, what follows in both directions is not HTTP: {@link #answerBody} has it.
         *
         * @param in begins with the head, and goes on with what came of the body
         * @param framed whether the head tells where the body ends, rather than the connection
         * @param end whether that is all of the answer
         * @param reusable whether the connection can carry another exchange, as far as the answer tells
         */
        void answer(ResponseHead head, ByteBuf in, boolean framed, boolean end, boolean reusable);

        /** More of the answer's body; may be empty at its end. */
        void answerBody(ByteBuf in, boolean end, boolean reusable);

        /**
         * The end of an answer that has trailers and no place for them in the form of HTTP/1.
         *
         * @param trailers lines, each with its end
         */
        void answerTrailers(ByteBuf trailers);

        /** What was passed in this turn of the event loop is all for now. */
        void flushClient();

        /** Whether the client takes more of the answer; {@link ServerLeg#readMore} follows when not. */
        boolean isClientWritable();

        /** The server has sent its last byte of what is not HTTP. */
        void serverFinished();

        /**
         * What is not HTTP is over, and the connection with it.
         *
         * @param broken before both sides had sent their last byte
         */
        void tunnelClosed(boolean broken);

        /** The end of an answer that only the connection's end tells. */
        void answerBodyEnd();

        /**
         * The connection was lost before the answer was complete.
         *
         * @param stale whether other exchanges had gone over it: the server itself may be well
         * @param begun whether a part of the answer's head had come
         */
        void serverLost(boolean stale, boolean begun);

        /** The server has refused us by TLS, after the handshake and in place of an answer: it wants a certificate, as a rule. */
        void serverTlsFailed();

        /**
         * The server has certainly not begun with the request, so it may be sent again whatever it is (RFC 9113, section 8.7).
         *
         * @param stale as with {@link #serverLost}; false where the connection goes on
         */
        void serverRefused(boolean stale);

        /**
         * The server has given the request up: the deadline of a call is over, as a rule.
         *
         * @param stale as with {@link #serverRefused}
         */
        void serverCancelled(boolean stale);

        /**
         * Nothing is heard of the server any more, nor does it answer when it is asked whether it is there.
         *
         * @param stale as with {@link #serverRefused}
         */
        void serverSilent(boolean stale);

        /** The answer can't be understood, and the leg has closed its connection. */
        void invalidAnswer();

        /** There is no memory for what the server does not take, or for what it sends. */
        void outOfMemory();

        /**
         * A fault of ours in what was done for this request, or no memory for it. Whoever is called from outside, by a
         * socket, a frame or a timer, catches what is thrown and brings it here, since nobody above knows whose it was.
         */
        void failed(Throwable cause);
    }
}
