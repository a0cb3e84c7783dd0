package dev.slb.forwarder.serve;

import dev.slb.forwarder.transport.Faults;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.SingleThreadEventExecutor;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** The thread of a forwarder that changes what is served. What one of its tasks throws ends that task, not the thread. */
public final class ControlThread extends SingleThreadEventExecutor {

    private static final String WHERE = "a task of the control thread";

    private final Faults faults;

    /** @param name of the instance */
    public ControlThread(String name, Faults faults) {
        super(null, new DefaultThreadFactory(name + "-control"), true);
        this.faults = faults;
    }

    @Override
    protected void run() {
        do {
            Runnable task = takeTask();
            if (task != null) {
                try {
                    task.run();
                } catch (Throwable e) {
                    faults.tell(WHERE, e);
                }
                updateLastExecutionTime();
            }
        } while (!confirmShutdown());
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        return super.schedule(faults.guard(WHERE, task), delay, unit);
    }

    /** A lambda that does nothing but throw is one of these. */
    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
        return super.schedule(
                () -> {
                    try {
                        return task.call();
                    } catch (Throwable e) {
                        faults.tell(WHERE, e);
                        throw e;
                    }
                },
                delay,
                unit);
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long first, long delay, TimeUnit unit) {
        return super.scheduleWithFixedDelay(faults.guard(WHERE, task), first, delay, unit);
    }
}
