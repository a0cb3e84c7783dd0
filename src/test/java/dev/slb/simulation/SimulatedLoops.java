package dev.slb.simulation;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.AbstractEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;

import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The event loops of one transport. */
public final class SimulatedLoops extends AbstractEventExecutorGroup implements EventLoopGroup {

    private final List<SimulatedLoop> loops;
    private int turn;

    public SimulatedLoops(List<SimulatedLoop> loops) {
        this.loops = List.copyOf(loops);
    }

    /** All of them. */
    public List<SimulatedLoop> all() {
        return loops;
    }

    @Override
    public EventLoop next() {
        return loops.get(turn++ % loops.size());
    }

    @Override
    public Iterator<EventExecutor> iterator() {
        return loops.stream().map(EventExecutor.class::cast).iterator();
    }

    @Override
    public ChannelFuture register(Channel channel) {
        return next().register(channel);
    }

    @Override
    public ChannelFuture register(ChannelPromise promise) {
        return next().register(promise);
    }

    @Override
    @Deprecated
    public ChannelFuture register(Channel channel, ChannelPromise promise) {
        return next().register(channel, promise);
    }

    @Override
    public boolean isShuttingDown() {
        return false;
    }

    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
        throw new UnsupportedOperationException("the driver ends them");
    }

    @Override
    public Future<?> terminationFuture() {
        throw new UnsupportedOperationException("the driver ends them");
    }

    @Override
    @Deprecated
    public void shutdown() {
        throw new UnsupportedOperationException("the driver ends them");
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public boolean isTerminated() {
        return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return false;
    }
}
