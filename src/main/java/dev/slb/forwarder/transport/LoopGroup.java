package dev.slb.forwarder.transport;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.Future;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * Event loops that tell what their tasks throw, which Netty's log without bound, Errors too, and an Error that ends one of
 * them: its connections would hang for good.
 */
public final class LoopGroup extends MultiThreadIoEventLoopGroup {

    private volatile boolean closing;

    public LoopGroup(int loops, ThreadFactory threads, IoHandlerFactory handlers, Faults faults) {
        super(loops, threads, handlers, faults);
        forEach(loop -> loop.terminationFuture().addListener(ended -> {
            if (!closing) {
                faults.tell("an event loop", new InternalError("an event loop has ended", ended.cause()));
            }
        }));
    }

    @Override
    public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
        closing = true;
        return super.shutdownGracefully(quietPeriod, timeout, unit);
    }

    /** @param args the faults: this is called before the constructor has them */
    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory handlers, Object... args) {
        return new TellingLoop(this, executor, handlers, (Faults) args[0]);
    }

    private static final class TellingLoop extends SingleThreadIoEventLoop {

        private final Faults faults;

        TellingLoop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory handlers, Faults faults) {
            super(parent, executor, handlers);
            this.faults = faults;
        }

        @Override
        public void execute(Runnable task) {
            super.execute(new TellingTask(task, faults));
        }
    }

    private record TellingTask(Runnable task, Faults faults) implements Runnable {
        @Override
        public void run() {
            try {
                task.run();
            } catch (Throwable e) {
                faults.tell("a task of an event loop", e);
            }
        }
    }
}
