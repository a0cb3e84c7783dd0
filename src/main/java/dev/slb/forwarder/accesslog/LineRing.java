package dev.slb.forwarder.accesslog;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Lines on their way from one event loop to the writer: a ring of bytes without locks, for exactly one thread that
 * offers and one that takes. Only whole lines are ever visible.
 */
final class LineRing {

    private final int capacity;
    // Made by the first line, so that loops without a log have none.
    private byte[] bytes;
    // Positions only grow; written - taken bytes are in the ring.
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong taken = new AtomicLong();

    /** @param capacity in bytes, a power of two */
    LineRing(int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("not a power of two: " + capacity);
        }
        this.capacity = capacity;
    }

    /** @return false when there is no room; then nothing of the line is in the ring */
    boolean offer(byte[] line, int length) {
        long end = written.getPlain();
        if (capacity - (end - taken.getAcquire()) < length) {
            return false;
        }
        if (bytes == null) {
            bytes = new byte[capacity];
        }
        int at = index(end);
        int first = Math.min(length, capacity - at);
        System.arraycopy(line, 0, bytes, at, first);
        System.arraycopy(line, first, bytes, 0, length - first);
        // A full fence: who offers then looks whether the writer sleeps, who falls asleep looks here last.
        written.set(end + length);
        return true;
    }

    boolean isEmpty() {
        return written.get() == taken.getPlain();
    }

    /**
     * Takes all there is.
     *
     * @param into as large as the ring
     * @return how many bytes
     */
    int take(byte[] into) {
        long start = taken.getPlain();
        int length = (int) (written.getAcquire() - start);
        if (length == 0) {
            return 0;
        }
        int at = index(start);
        int first = Math.min(length, capacity - at);
        System.arraycopy(bytes, at, into, 0, first);
        System.arraycopy(bytes, 0, into, first, length - first);
        taken.setRelease(start + length);
        return length;
    }

    private int index(long position) {
        return (int) position & capacity - 1;
    }
}
