package dev.slb.forwarder.l7.exchange;

import dev.slb.forwarder.l7.head.HeadWriter;
import dev.slb.forwarder.l7.head.RequestHead;
import dev.slb.forwarder.l7.head.ResponseHead;
import dev.slb.forwarder.l7.rewrite.Dates;
import dev.slb.forwarder.l7.rewrite.Deflaters;
import dev.slb.forwarder.l7.route.StickyCookies;
import dev.slb.forwarder.transport.Loop;
import dev.slb.forwarder.transport.RoundTrip;
import dev.slb.forwarder.transport.Transport;

/**
 * An event loop as the connections of one listener on it see it. The views and the writer are used in turn: each within
 * one call, none across calls.
 */
public final class HttpLoop {

    private final Loop loop;
    private final Transport transport;
    private final ServerLegs legs;
    private final RequestHead request = new RequestHead();
    private final ResponseHead response = new ResponseHead();
    private final RequestHead outgoing = new RequestHead();
    private final HeadWriter writer = new HeadWriter();
    private final Dates dates;
    private final Deflaters deflaters;
    private final RoundTrip roundTrip = new RoundTrip();
    private final StickyCookies cookies = new StickyCookies(writer);

    private long now;

    /** @param legs how servers are reached from here */
    public HttpLoop(Loop loop, Transport transport, ServerLegs legs) {
        this.loop = loop;
        this.transport = transport;
        this.legs = legs;
        this.dates = loop.shared(Dates.class, () -> new Dates(loop.time()));
        this.deflaters = loop.shared(Deflaters.class, Deflaters::new);
    }

    /** The event loop itself. */
    public Loop loop() {
        return loop;
    }

    /** What makes sockets. */
    public Transport transport() {
        return transport;
    }

    /** How servers are reached. */
    ServerLegs legs() {
        return legs;
    }

    /** The view of the request that is dealt with now. */
    public RequestHead request() {
        return request;
    }

    /** The view of the answer that is dealt with now. */
    public ResponseHead response() {
        return response;
    }

    /** What goes out to a server of HTTP/2, looked at while {@link #request} may still be in use. */
    public RequestHead outgoing() {
        return outgoing;
    }

    /** For heads that go out, to either side. */
    public HeadWriter writer() {
        return writer;
    }

    /** Shared by all listeners of the event loop. */
    public Dates dates() {
        return dates;
    }

    /** Shared by all listeners of the event loop. */
    Deflaters deflaters() {
        return deflaters;
    }

    /** Reads round-trip times of connections. */
    RoundTrip roundTrip() {
        return roundTrip;
    }

    /** Cookies in heads; they write with {@link #writer}. */
    StickyCookies cookies() {
        return cookies;
    }

    /** {@link Loop#nanoTime}, to be looked at again in the same call with {@link #now}. */
    public long readClock() {
        now = loop.nanoTime();
        return now;
    }

    /** What {@link #readClock} has last read. */
    public long now() {
        return now;
    }
}
