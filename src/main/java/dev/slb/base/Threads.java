package dev.slb.base;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads with names that keep no process alive. Those of event loops and of the control thread are Netty's. */
public final class Threads {

    private Threads() {}

    /** One thread, not started. */
    public static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /** For an executor that has one thread, of this name. */
    public static ThreadFactory single(String name) {
        return task -> daemon(name, task);
    }

    /** For several: {@code name-1}, {@code name-2} and so on. */
    public static ThreadFactory numbered(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> daemon(name + "-" + count.incrementAndGet(), task);
    }
}
