package dev.slb.simulation;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * An event loop that runs when its {@link Driver} says so: a turn deals with what its sockets have to say, then with its tasks,
 * as Netty's loops do. All loops are driven by one thread, and still each takes only itself for its own: what one has for the
 * other waits for the other's turn.
 */
public final class SimulatedLoop extends AbstractScheduledEventExecutor implements IoEventLoop {

    private static final int MOST_TASKS = 4096;

    private final Driver driver;
    private final String name;
    private final Queue<Runnable> io = new ArrayDeque<>();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final Set<AutoCloseable> registered = new LinkedHashSet<>();
    private boolean ended;

    SimulatedLoop(Driver driver, String name) {
        this.driver = driver;
        this.name = name;
    }

    /** A socket of this loop has something to say. */
    public void io(Runnable event) {
        io.add(event);
    }

    boolean isReady(long now) {
        return !io.isEmpty() || !tasks.isEmpty() || nextDue() <= now;
    }

    /** {@link Long#MAX_VALUE}: nothing will be due. */
    long nextDue() {
        long next = nextScheduledTaskDeadlineNanos();
        return next < 0 ? Long.MAX_VALUE : next;
    }

    void turn() {
        driver.running(this);
        try {
            for (int i = io.size(); i > 0; i--) {
                io.poll().run();
            }
            int left = MOST_TASKS;
            do {
                for (Runnable due = pollScheduledTask(driver.nanoTime());
                        due != null;
                        due = pollScheduledTask(driver.nanoTime())) {
                    tasks.add(due);
                }
                for (; left > 0 && !tasks.isEmpty(); left--) {
                    tasks.poll().run();
                }
            } while (left > 0 && nextDue() <= driver.nanoTime());
        } finally {
            driver.running(null);
        }
    }

    /** Closes what is open on it, as the end of an event loop does. On no loop. */
    public void closeAll() {
        tasks.add(() -> Set.copyOf(registered).forEach(each -> {
            try {
                each.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }));
    }

    /** From now on it takes no tasks. */
    public void end() {
        ended = true;
    }

    /** What is open on it. */
    public Set<AutoCloseable> open() {
        return Set.copyOf(registered);
    }

    @Override
    public Ticker ticker() {
        return driver;
    }

    @Override
    public boolean inEventLoop(Thread thread) {
        return driver.running() == this;
    }

    @Override
    public void execute(Runnable task) {
        if (ended) {
            throw new RejectedExecutionException("ended");
        }
        tasks.add(task);
    }

    @Override
    public ChannelFuture register(Channel channel) {
        return register(channel, new DefaultChannelPromise(channel, this));
    }

    @Override
    public ChannelFuture register(ChannelPromise promise) {
        return register(promise.channel(), promise);
    }

    @Override
    public ChannelFuture register(Channel channel, ChannelPromise promise) {
        AutoCloseable closing = channel::close;
        registered.add(closing);
        channel.closeFuture().addListener(closed -> registered.remove(closing));
        channel.unsafe().register(this, promise);
        return promise;
    }

    @Override
    public Future<IoRegistration> register(IoHandle handle) {
        registered.add(handle);
        return newSucceededFuture(new Registration(handle));
    }

    private final class Registration implements IoRegistration {

        private final IoHandle handle;

        Registration(IoHandle handle) {
            this.handle = handle;
        }

        @Override
        public <T> T attachment() {
            return null;
        }

        @Override
        public long submit(IoOps ops) {
            throw new UnsupportedOperationException("its own socket knows what it waits for");
        }

        @Override
        public boolean isValid() {
            return registered.contains(handle);
        }

        @Override
        public boolean cancel() {
            return registered.remove(handle);
        }
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return true;
    }

    @Override
    public boolean isIoType(Class<? extends IoHandler> handlerType) {
        return false;
    }

    @Override
    public IoEventLoopGroup parent() {
        return this;
    }

    @Override
    public IoEventLoop next() {
        return this;
    }

    @Override
    public boolean isShuttingDown() {
        return ended;
    }

    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
        throw new UnsupportedOperationException("the driver ends it");
    }

    @Override
    public Future<?> terminationFuture() {
        throw new UnsupportedOperationException("the driver ends it");
    }

    @Override
    @Deprecated
    public void shutdown() {
        throw new UnsupportedOperationException("the driver ends it");
    }

    @Override
    public boolean isShutdown() {
        return ended;
    }

    @Override
    public boolean isTerminated() {
        return ended;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
        return ended;
    }

    @Override
    public String toString() {
        return name;
    }
}
