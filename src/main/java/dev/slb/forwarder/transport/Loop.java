package dev.slb.forwarder.transport;

import io.netty.channel.EventLoop;

/** One event loop and what it carries. Per-loop state elsewhere is kept in arrays by {@link #index}, without locks. */
public final class Loop {

    private final int index;
    private final EventLoop eventLoop;
    private final Wheel wheel;

    Loop(int index, EventLoop eventLoop) {
        this.index = index;
        this.eventLoop = eventLoop;
        this.wheel = new Wheel(eventLoop);
    }

    /** 0, 1, ... */
    public int index() {
        return index;
    }

    public EventLoop eventLoop() {
        return eventLoop;
    }

    /** Timeouts of the connections of this loop. Only to be used on it. */
    public Wheel wheel() {
        return wheel;
    }
}
