package dev.slb.forwarder.transport;

/**
 * What time it is in one forwarder: its loops, timeouts and limits, and what they write down, all have it from here, so that
 * whoever drives the loops drives the time too. Any thread.
 */
public interface TimeSource {

    /** That of the machine. */
    TimeSource SYSTEM = new TimeSource() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long currentTimeMillis() {
            return System.currentTimeMillis();
        }
    };

    /** Nanoseconds since some moment, which never go back: for differences, as {@link System#nanoTime}. */
    long nanoTime();

    /** Milliseconds since 1970, as {@link System#currentTimeMillis}. */
    long currentTimeMillis();
}
