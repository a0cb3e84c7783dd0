package dev.slb.testing;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Finds buffers of Netty that were lost rather than released. Leak detection must be paranoid, so that it sees all; it tells
 * of one way to lose a buffer once.
 */
public final class LeakWatch {

    private final Queue<String> leaks = new ConcurrentLinkedQueue<>();

    private LeakWatch() {}

    /** Begins after what others have lost. */
    public static LeakWatch start() {
        LeakWatch watch = new LeakWatch();
        report();
        ByteBufUtil.setLeakListener((type, records) -> watch.leaks.add(records));
        return watch;
    }

    /** To be called once everything that has buffers is closed. */
    public void assertNone() {
        report();
        ByteBufUtil.setLeakListener(null);
        assertThat(leaks).isEmpty();
    }

    /**
     * Leaks are reported by allocations, once the collector has found them and its references are queued. That is done batch
     * by batch, so what was lost before the first collection is queued when something is that only the second has found.
     */
    private static void report() {
        collect();
        collect();
        ByteBufAllocator.DEFAULT.directBuffer(1).release();
    }

    private static void collect() {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        WeakReference<Object> unreachable = new WeakReference<>(new Object(), queue);
        Patience.await(() -> {
            System.gc();
            return queue.poll() == unreachable;
        });
    }
}
