package dev.slb.forwarder.l7;

import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.RoundTrip;
import dev.slb.forwarder.transport.Transport;

/**
 * An event loop as the connections of one listener on it see it. The views and the writer are used in turn: each within
 * one call, none across calls.
 */
final class HttpLoop {

    final Loop loop;
    final Transport transport;
    final ServerLegs legs;
    final RequestHead request = new RequestHead();
    final ResponseHead response = new ResponseHead();
    /** What goes out to a server of HTTP/2, looked at while {@link #request} may still be in use. */
    final RequestHead outgoing = new RequestHead();

    final HeadWriter writer = new HeadWriter();
    final Deflaters deflaters;
    final RoundTrip roundTrip = new RoundTrip();
    final StickyCookies cookies = new StickyCookies(writer);

    private long now;

    HttpLoop(Loop loop, Transport transport, ServerLegs legs) {
        this.loop = loop;
        this.transport = transport;
        this.legs = legs;
        this.deflaters = loop.shared(Deflaters.class, Deflaters::new);
    }

    /** {@link System#nanoTime}, to be looked at again in the same call with {@link #now}. */
    long readClock() {
        now = System.nanoTime();
        return now;
    }

    long now() {
        return now;
    }
}
