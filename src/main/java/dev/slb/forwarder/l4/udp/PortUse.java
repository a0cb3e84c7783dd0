package dev.slb.forwarder.l4.udp;

import java.util.concurrent.atomic.AtomicInteger;

/** How much keeps a port from being closed: sockets that take new flows, and flows. Thread-safe. */
public final class PortUse {

    private final AtomicInteger uses = new AtomicInteger();
    private volatile Runnable idle = () -> {};

    /** What to do when nothing needs the port any more: maybe several times, since it may be used again. */
    public void whenIdle(Runnable action) {
        idle = action;
    }

    void begin() {
        uses.incrementAndGet();
    }

    void end() {
        if (uses.decrementAndGet() == 0) {
            idle.run();
        }
    }
}
