package dev.slb.simulation;

import java.io.IOException;
import java.util.ArrayDeque;

/** What a model has to write, as much at a time as its socket takes. */
final class SocketWriter {

    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private SimulatedSocket socket;
    private int offset;
    private Runnable whenWritten = () -> {};

    void socket(SimulatedSocket own) {
        socket = own;
    }

    void write(byte[] bytes) {
        if (bytes.length > 0) {
            waiting.add(bytes);
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Calls this, once, when all has been taken. */
    void whenWritten(Runnable task) {
        whenWritten = task;
        if (waiting.isEmpty()) {
            written();
        }
    }

    /** @return false when the connection is broken */
    boolean flush() {
        try {
            while (!waiting.isEmpty()) {
                byte[] first = waiting.peek();
                int taken = socket.write(first, offset, first.length - offset);
                if (taken == 0) {
                    return true;
                }
                offset += taken;
                if (offset == first.length) {
                    waiting.poll();
                    offset = 0;
                }
            }
        } catch (IOException e) {
            return false;
        }
        written();
        return true;
    }

    private void written() {
        Runnable task = whenWritten;
        whenWritten = () -> {};
        task.run();
    }
}
