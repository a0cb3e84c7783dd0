package dev.slb.forwarder.l7;

import io.netty.buffer.ByteBuf;

/**
 * What carries an {@link Exchange} to a server: a connection of HTTP/1, or a stream of HTTP/2. Requests and answers have
 * the form of HTTP/1 in either case. Used on the event loop of the exchange.
 */
interface ServerLeg {

    /** Reports {@link Exchange#connected} or {@link Exchange#connectFailed}, perhaps at once. */
    void connect(Exchange exchange, int timeoutMillis);

    /** An exchange starts; its request follows, the whole head first. */
    void begin(Exchange exchange, boolean headOnly, boolean upgrade, boolean toHttp10);

    /** Whether the server may say, once it has a request, that it has not begun with it: {@link Exchange#serverRefused}. */
    boolean mayRefuse();

    /** A {@link ConnectionLogin} was seen on it: it serves this client connection only, as long as both are there. */
    void belongTo(ClientLogin login);

    /** More of a request, to be flushed by {@link #flush}. */
    void write(ByteBuf out);

    /** The last of a request that there is for now. */
    void send(ByteBuf out);

    void flush();

    /** Whether more may be written; when not, {@link Exchange#serverWritable} follows. */
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
}
