package dev.slb.forwarder.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** One event loop and what it carries. Per-loop state elsewhere is kept in arrays by {@link #index}, without locks. */
public final class Loop {

    private final int index;
    private final EventLoop eventLoop;
    private final Faults faults;
    private final ByteBufAllocator allocator;
    private final TimeSource time;
    private final Wheel wheel;
    private final Buffers buffers;
    private final Backlog backlog;
    private final Map<Class<?>, Object> shared = new ConcurrentHashMap<>();

    Loop(int index, EventLoop eventLoop, Faults faults, Buffers buffers, ByteBufAllocator allocator, TimeSource time) {
        this.index = index;
        this.eventLoop = eventLoop;
        this.faults = faults;
        this.buffers = buffers;
        this.allocator = allocator;
        this.time = time;
        this.backlog = new Backlog(this, buffers, buffers.backlogBudget());
        this.wheel = new Wheel(time, eventLoop, faults);
    }

    /** 0, 1, ... */
    public int index() {
        return index;
    }

    public EventLoop eventLoop() {
        return eventLoop;
    }

    /** What time it is. */
    public TimeSource time() {
        return time;
    }

    /** The same in nanoseconds, as {@link TimeSource#nanoTime}. */
    public long nanoTime() {
        return time.nanoTime();
    }

    /** The one thing of this kind that all listeners share on this loop, made when it is first asked for. Any thread. */
    public <T> T shared(Class<T> kind, Supplier<T> make) {
        return kind.cast(shared.computeIfAbsent(kind, absent -> make.get()));
    }

    /** What buffers are made by, where no channel says so. Any thread. */
    public ByteBufAllocator allocator() {
        return allocator;
    }

    public Buffers buffers() {
        return buffers;
    }

    /** What its connections hold for those who don't take it. Only to be used on it. */
    public Backlog backlog() {
        return backlog;
    }

    /** Where exceptions are told that nobody has foreseen. */
    public Faults faults() {
        return faults;
    }

    /** Timeouts of the connections of this loop. Only to be used on it. */
    public Wheel wheel() {
        return wheel;
    }
}
