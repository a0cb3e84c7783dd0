package dev.slb.forwarder.l7;

/** A stream of HTTP/2 that is told what of its data has gone out, as far as the peer's windows let it. */
interface SentBytes {

    void sent(int bytes);
}
