package dev.slb.forwarder.l7.http2;

import dev.slb.forwarder.l7.exchange.Exchange;

/** The side of an {@link Exchange} that is a stream of HTTP/2, as the connection sees it. */
interface Http2StreamEnd {

    /** So many bytes of its data have gone out, as far as the peer's windows let them. */
    void sent(int bytes);

    /** What it has passed on of the data that came is all for now. */
    void flushOtherSide();
}
